/** The description at /v1/openapi.json is valid, says what the routes are, and the answers are as it says. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { setup } from "./setup.ts";

interface Operation {
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly summary?: string;
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}

async function document(app: ReturnType<typeof setup>["app"]): Promise<Document> {
  return await (await app.request("/v1/openapi.json")).json();
}

function operations({ paths }: Document): [name: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ])
  );
}

Deno.test("GET /v1/openapi.json is valid OpenAPI 3.1", async () => {
  using world = setup();
  const made = await document(world.app);
  const result = await new Validator().validate(structuredClone(made) as never);
  equal([made.openapi, result.errors ?? [], result.valid], ["3.1.0", [], true]);
});

Deno.test("every route is described, and what is described is a route", async () => {
  using world = setup();
  const described = operations(await document(world.app)).map(([name]) => name);
  const routes = world.controlled.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  equal([...new Set(routes)].sort(), described.sort());
  ok(described.length > 40);
});

Deno.test("each operation says in words what it does, and names one scope that it enforces", async () => {
  using world = setup();
  const order = ["read", "operate", "admin"];
  for (const [name, { security, summary, responses }] of operations(await document(world.app))) {
    ok(summary, name);
    ok(responses.default, `${name} says nothing of problems`);
    if (name === "GET /healthz") {
      equal(security, []);
      continue;
    }
    const [scope, ...more] = security?.flatMap((one) => one.token ?? []) ?? [];
    equal(more, [], name);
    ok(order.includes(scope!), name);
    if (!name.startsWith("GET ")) ok(scope !== "read", `${name} changes something`);
    const [method, path] = name.split(" ");
    const below = order[order.indexOf(scope!) - 1];
    const init = { method: method!, body: method === "POST" ? "{}" : null };
    const asked = path!.replaceAll(/\{(\w+)\}/g, "1");
    const headers = { "content-type": "application/json" };
    const caller = { token: "t", isWelcome: () => Promise.resolve(true) };
    if (below) {
      const scoped = { caller: { ...caller, scope: below as "read" } };
      const response = await world.controlled.request(asked, { ...init, headers }, scoped);
      equal(response.status, 403, name);
      await response.body?.cancel();
    }
    const nobody = await world.controlled.request(asked, { ...init, headers }, {});
    equal(nobody.status, 401, `${name}, of nobody`);
    await nobody.body?.cancel();
  }
});
