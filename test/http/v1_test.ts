/** What the v1 API promises beside its single routes: outcomes, keys, pages, tags, who asked, and no secret. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { front } from "../../lib/http/front.ts";
import { Once } from "../../lib/http/once.ts";
import type { Fact } from "../../lib/model/event.ts";
import { systemNet } from "../../lib/ports/real.ts";
import { until } from "../support/mod.ts";
import { account, config, session, started, wholeMove } from "./fixture.ts";
import { served } from "./served.ts";
import { midday, setup } from "./setup.ts";

type World = ReturnType<typeof setup>;

/** As over the socket, with keys. */
function door(world: World) {
  const handler = front({
    app: world.controlled,
    tokens: { find: () => Promise.resolve("no tokens here") },
    once: new Once(world.control),
    tcp: null,
    now: () => 0,
    pause: () => new Promise(() => {}),
  });
  return async (path: string, { key, body = {} }: { key?: string; body?: unknown } = {}) => {
    const headers = new Headers({ "content-type": "application/json" });
    if (key !== undefined) headers.set("idempotency-key", key);
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await handler(new Request(`http://x${path}`, init), null);
    const replayed = response.headers.get("idempotency-replayed");
    return { status: response.status, replayed, body: await response.json() };
  };
}

// -- Outcomes --

Deno.test("GET /v1/requests/:seq tells what became of a swap, and waits for it", async () => {
  using world = setup();
  const { swap, seq } = await world.client.failover({ to: "spare" });
  equal((await world.client.request(seq!)).outcome, { is: "pending" });
  const waited = world.client.request(seq!, 60_000);
  await until(() => world.waiting.size === 1);
  for (const name of ["ccl-0", "ccl-1"]) world.control.record(...wholeMove(swap!, name, "spare"));
  world.control.record({ type: "swap.finished", swap: swap! });
  equal(await waited, {
    seq: seq!,
    request: "swap.requested",
    via: null,
    outcome: { is: "done" },
  });
});

Deno.test("GET /v1/requests/:seq stops waiting when the time is over", async () => {
  using world = setup();
  const { seq } = await world.client.failover({ to: "spare" });
  const waited = world.client.request(seq!, 5_000);
  await until(() => world.waiting.size === 1);
  world.pass(5_000);
  equal((await waited).outcome, { is: "pending" });
  await until(() => world.waiting.size === 0);
});

Deno.test("GET /v1/requests/:seq says why it was refused, and what is no request", async () => {
  using world = setup();
  const post = door(world);
  await post("/v1/freeze", { body: { reason: "a release" } });
  equal((await post("/v1/freeze")).status, 409);
  const refused = await world.client.request(world.store.state.seq);
  equal([refused.request, refused.outcome], [
    "freeze.requested",
    { is: "refused", reason: "already frozen: a release" },
  ]);
  equal((await world.app.request("/v1/requests/1")).status, 404);
  equal((await world.app.request("/v1/requests/9999")).status, 404);
  world.pass(60_000);
  world.store.trim(world.control.now() - 1);
  equal((await world.app.request("/v1/requests/1")).status, 410);
});

// -- Idempotency-Key --

Deno.test("a command with the same key is done once and answered the same", async () => {
  using world = setup();
  const post = door(world);
  const wish = { key: "k1", body: { to: "spare" } };
  const [first, second] = [await post("/v1/swaps", wish), await post("/v1/swaps", wish)];
  equal([first.status, first.replayed, second.status, second.replayed], [202, null, 202, "true"]);
  equal(second.body, first.body);
  const asked = world.store.events({ limit: 100 }).filter((e) => e.type === "swap.requested");
  equal(asked.length, 1);
  equal(
    (await post("/v1/swaps", { ...wish, body: {} })).body.type,
    "urn:claude-failover:key-reused",
  );
  equal((await post("/v1/freeze", { key: "k1" })).status, 422);
  equal((await post("/v1/freeze", { key: "a b" })).status, 400);
});

Deno.test("two with the same key at the same time are one", async () => {
  using world = setup();
  const post = door(world);
  const both = await Promise.all([1, 2].map(() => post("/v1/swaps", { key: "k", body: {} })));
  equal(both[0]!.body, both[1]!.body);
});

Deno.test("the journal knows the key across a restart, of what was done and of what was refused", async () => {
  using world = setup();
  const first = await door(world)("/v1/swaps", { key: "k1", body: { to: "spare" } });
  const refused = await door(world)("/v1/swaps", { key: "k2", body: { to: "spare" } });
  const anew = door(world); // nothing in memory
  const again = await anew("/v1/swaps", { key: "k1", body: { to: "spare" } });
  equal([again.status, again.replayed], [202, "true"]);
  equal(again.body, { seq: first.body.seq, swap: first.body.swap });
  const refusedAgain = await anew("/v1/swaps", { key: "k2", body: { to: "spare" } });
  equal([refused.status, refusedAgain.body.detail], [409, refused.body.detail]);
  equal((await anew("/v1/swaps", { key: "k1" })).status, 422);
});

Deno.test("the journal knows the ids of a park and of a pin too, and takes no other event for the one it lost", async () => {
  using world = setup();
  const path = "/v1/sessions/ccl-0/park";
  const first = await door(world)(path, { key: "k1" });
  equal((await door(world)(path, { key: "k1" })).body, first.body);
  const pin = { key: "k2", body: { account: "work" } };
  const pinned = await door(world)("/v1/sessions/ccl-1/pin", pin);
  equal((await door(world)("/v1/sessions/ccl-1/pin", pin)).body, { ...pinned.body, stays: null });
  const { events } = world.control;
  world.control.events = (range) => events({ ...range, after: range.after + 1 });
  equal((await door(world)(path, { key: "k1" })).body, { seq: first.body.seq });
});

Deno.test("what failed before it was recorded may be tried again with its key", async () => {
  using world = setup();
  const post = door(world);
  equal((await post("/v1/swaps", { key: "k", body: { to: "nobody" } })).status, 404);
  world.control.prompt = () => {
    throw new Error("the disk is full");
  };
  const prompt = { key: "p", body: { text: "hello" } };
  equal((await post("/v1/sessions/ccl-0/send", prompt)).status, 500);
  world.control.prompt = () => ({ unsendable: null, digest: "d", keep: () => Promise.resolve() });
  equal((await post("/v1/sessions/ccl-0/send", prompt)).status, 202);
});

// -- Pages and tags --

Deno.test("GET /v1/tasks and /v1/swaps come in pages, each item once", async () => {
  using world = setup({ facts: [...midday(), ...tasks(5)] });
  const seen: string[] = [];
  let after = "";
  do {
    const page = await (await world.app.request(`/v1/tasks?limit=2${after}`)).json();
    seen.push(...page.tasks.map((t: { id: string }) => t.id));
    after = page.next === null ? "" : `&after=${page.next}`;
  } while (after);
  equal(seen.sort(), ["t0", "t1", "t2", "t3", "t4"]);
  const gone = await (await world.app.request("/v1/tasks?after=t9")).json();
  equal(gone.type, "urn:claude-failover:gone");
  await world.client.failover({});
  const swaps = await (await world.app.request("/v1/swaps?limit=1")).json();
  equal([swaps.swaps.length, swaps.next], [1, null]);
});

Deno.test("GET /v1/status has an ETag that changes with the journal and with the minute", async () => {
  using world = setup();
  const ask = (etag: string) =>
    world.app.request("/v1/status", { headers: { "if-none-match": etag } });
  const first = await ask(`"x"`);
  const etag = first.headers.get("etag")!;
  equal([first.status, (await ask(etag)).status], [200, 304]);
  equal((await ask(`"a", ${etag.slice(2)}`)).status, 304, "weak or not is the same");
  world.pass(60_000);
  equal((await ask(etag)).status, 200);
  const later = (await ask(`"x"`)).headers.get("etag")!;
  world.control.record({ type: "freeze.requested", by: "person", reason: "x" });
  equal((await ask(later)).status, 200);
});

// -- Who asked --

Deno.test("what was asked with a token stands in the journal with its id, refused or not", async () => {
  await using w = await served();
  const token = await w.token("operate");
  const id = token.split("_")[1];
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (const expected of [202, 409]) {
    const init = { method: "POST", headers, body: "{}" };
    const response = await fetch(`${w.url}/v1/freeze`, init);
    equal(response.status, expected);
    await response.body?.cancel();
  }
  const wire = systemNet.client(w.socketPath);
  const response = await wire.fetch("http://x/v1/thaw", { method: "POST" });
  await response.body?.cancel();
  wire.close();
  const asked = w.store.events({ after: w.store.state.seq - 3 });
  equal(asked.map(({ type, via }) => [type, via]), [
    ["freeze.requested", id],
    ["request.refused", id],
    ["thaw.requested", undefined],
  ]);
});

Deno.test("a token on the unix socket binds to its scope", async () => {
  await using w = await served();
  const wire = systemNet.client(w.socketPath);
  const headers = { authorization: `Bearer ${await w.token("read")}` };
  const response = await wire.fetch("http://x/v1/thaw", { method: "POST", headers });
  equal(response.status, 403);
  await response.body?.cancel();
  wire.close();
});

// -- Secrets --

Deno.test("no answer holds a secret that the config, a prompt, a note or a token holds", async () => {
  const canary = (name: string) => `CANARY-${name}`;
  const secret = config({
    accounts: [account("work", { env: { PROFILE: canary("env") } }), account("spare")],
    sessions: [
      session("ccl-0", {
        launch: {
          permissionMode: null,
          model: null,
          mcpConfig: [],
          addDirs: [],
          args: [`--settings=${canary("args")}`, canary("word")],
        },
      }),
    ],
  });
  await using w = await served({
    facts: [
      started(),
      { type: "config.applied", config: secret },
      ...midday().slice(2, 5),
      ...tasks(1),
    ],
  });
  const token = await w.token("admin");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const ask = async (path: string, init: RequestInit = {}) =>
    await (await fetch(`${w.url}${path}`, { headers, ...init })).text();
  const post = (path: string, body: unknown) =>
    ask(path, { method: "POST", body: JSON.stringify(body) });
  const said = [
    await post("/v1/sessions/ccl-0/send", { text: canary("prompt") }),
    await post("/v1/tasks/t0/end", { as: "done", note: canary("note") }),
    await post("/v1/swaps", { to: "spare", dryRun: true }),
  ];
  const spec = JSON.parse(await ask("/v1/openapi.json"));
  let looked = 0;
  for (const [path, { get }] of Object.entries<{ get?: unknown }>(spec.paths)) {
    if (!get || path.endsWith("/stream")) continue;
    const named = path.replace("{name}", "ccl-0").replace("{task}", "t0").replace("{seq}", "7")
      .replace("{id}", "work");
    said.push(await ask(named));
    looked++;
  }
  const stop = new AbortController();
  const stream = await fetch(`${w.url}/v1/events/stream?after=0`, { headers, signal: stop.signal });
  let text = "";
  for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes(`id: ${w.store.state.seq}\n`)) break;
  }
  said.push(text);
  ok(looked > 15, `${looked} routes`);
  const all = said.join("\n");
  match(all, /"env":\["PROFILE"\]/);
  match(all, /"args":\["--settings"\]/);
  equal(all.match(/CANARY-\w+/g), null);
  ok(!all.includes(token.slice("cf_00000000_".length)));
});

function tasks(count: number): Fact[] {
  return Array.from({ length: count }, (_, i): Fact => ({
    type: "task.found",
    task: `t${i}`,
    project: "shop",
    file: `t${i}.md`,
    ref: `t${i}`,
    digest: "d",
    spec: emptySpec(`task ${i}`),
    ignored: [],
  }));
}
