import { strict as assert } from "node:assert";
import { until } from "../../support/until.ts";
import { accessToken, refreshToken } from "./account.ts";
import { directions, MessagesRequest, nextStep, said } from "./conversation.ts";
import { type RunningApi, startApi } from "./server.ts";

// -- What a request carries --

Deno.test("said() gives what people, the agent and tools said, and nothing of the harness", () => {
  const request = MessagesRequest.parse({
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "<system-reminder>not typed</system-reminder>" },
          { type: "text", text: "list the files" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "text", text: "running" },
          { type: "tool_use", id: "toolu_1", name: "Bash", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            content: [{ type: "text", text: "a.txt\n\n<system-reminder>\nx\n</system-reminder>" }],
          },
          { type: "text", text: "and stop" },
        ],
      },
    ],
  });
  assert.deepEqual(said(request), [
    { by: "person", text: "list the files" },
    { by: "agent", text: "running" },
    { by: "tool", text: "a.txt" },
    { by: "person", text: "and stop" },
  ]);
});

Deno.test("directions() reads one step per line, and says which it does not know", () => {
  const prompt = [
    "please",
    "@@bash echo one",
    '@@tool Read {"file_path":"/a"}',
    "@@text done",
    "@@stream 3 10",
    "@@error overloaded",
    "@@fly away",
  ].join("\n");
  assert.deepEqual(directions(prompt), [
    { kind: "bash", command: "echo one" },
    { kind: "tool", name: "Read", input: { file_path: "/a" } },
    { kind: "text", text: "done" },
    { kind: "stream", chunks: 3, everyMs: 10 },
    { kind: "error", mode: "overloaded" },
    { kind: "text", text: "unknown direction: @@fly away" },
  ]);
});

Deno.test("nextStep() goes one direction further with each tool result, and starts anew with a prompt", () => {
  const prompt = { role: "user", content: "@@bash one\n@@text two" };
  const call = { role: "assistant", content: [{ type: "tool_use" }] };
  const result = { role: "user", content: [{ type: "tool_result", content: "1" }] };
  const step = (...messages: unknown[]) => nextStep(MessagesRequest.parse({ messages }));
  assert.deepEqual(step(prompt), { kind: "bash", command: "one" });
  assert.deepEqual(step(prompt, call, result), { kind: "text", text: "two" });
  assert.equal(
    step(prompt, call, result, { role: "assistant", content: "two" }, {
      role: "user",
      content: "plain",
    }),
    null,
  );
});

// -- On the wire --

Deno.test("startApi() answers for the provider through CONNECT, with a certificate of its own", async () => {
  await using api = await startApi();
  using client = await clientOf(api);
  const response = await ask(client, "A", "hello");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("anthropic-ratelimit-unified-5h-utilization"), "0.1");
  assert.deepEqual(textOf(await response.text()), "[A] echo: hello");
  const [exchange] = api.turns("A", CONVERSATION);
  assert.deepEqual(exchange?.said, [{ by: "person", text: "hello" }]);
  assert.equal(exchange.host, "api.anthropic.com");
  assert.equal(exchange.status, 200);
});

Deno.test("startApi() refuses a CONNECT to anybody else, and remembers it", async () => {
  await using api = await startApi();
  using connection = await Deno.connect({ port: Number(new URL(api.url).port) });
  await connection.write(
    new TextEncoder().encode("CONNECT elsewhere.example:443 HTTP/1.1\r\n\r\n"),
  );
  const [status] = (await new Response(connection.readable).text()).split("\r\n");
  assert.equal(status, "HTTP/1.1 403 Forbidden");
  assert.deepEqual(api.refusedHosts(), ["elsewhere.example"]);
});

Deno.test("an account at its limit gets 429 with the window it has used up", async () => {
  await using api = await startApi();
  using client = await clientOf(api);
  Object.assign(api.account("A"), { mode: "limit", claim: "seven_day", reset7d: 4_000_000_000 });
  const response = await ask(client, "A", "hello");
  await response.body?.cancel();
  const header = (name: string) => response.headers.get(`anthropic-ratelimit-unified-${name}`);
  assert.equal(response.status, 429);
  assert.equal(header("status"), "rejected");
  assert.equal(header("7d-status"), "rejected");
  assert.equal(header("5h-status"), "allowed");
  assert.equal(header("representative-claim"), "seven_day");
  assert.equal(header("reset"), "4000000000");
  assert.equal((await ask(client, "B", "hello").then(drained)).status, 200);
});

Deno.test("an account that burns reaches its limit by its own turns, until the window ends", async () => {
  await using api = await startApi();
  using client = await clientOf(api);
  Object.assign(api.account("A"), { util5h: 0.4, burn: 0.3 });
  const status = async () => (await ask(client, "A", "go").then(drained)).status;
  assert.deepEqual([await status(), await status(), await status()], [200, 200, 429]);
  api.account("A").reset5h = 1;
  assert.equal(await status(), 200);
});

Deno.test("an account with a turn left answers one more, then is limited until the window ends", async () => {
  await using api = await startApi();
  using client = await clientOf(api);
  api.account("A").turnsLeft = 1;
  const status = async () => (await ask(client, "A", "go").then(drained)).status;
  assert.deepEqual([await status(), await status(), await status()], [200, 429, 429]);
  api.account("A").reset5h = 1;
  assert.deepEqual([await status(), await status()], [200, 200]);
});

for (
  const [mode, status] of [
    ["plain429", 429],
    ["overloaded", 529],
    ["server_error", 500],
    ["unauthorized", 401],
    ["revoked", 403],
    ["billing", 400],
  ] as const
) {
  Deno.test(`an account in mode ${mode} gets ${status} without unified headers`, async () => {
    await using api = await startApi();
    using client = await clientOf(api);
    api.account("A").mode = mode;
    const response = await drained(await ask(client, "A", "hello"));
    assert.equal(response.status, status);
    assert.equal(response.headers.get("anthropic-ratelimit-unified-status"), null);
  });
}

Deno.test("a client may leave a hanging or a streamed answer; close() waits for neither", async () => {
  await using api = await startApi();
  using client = await clientOf(api);
  api.account("A").mode = "hang";
  const leaving = new AbortController();
  const hanging = ask(client, "A", "hello", leaving.signal);
  await until(() => api.requests()[0]?.status === "hang");
  leaving.abort();
  await assert.rejects(hanging, { name: "AbortError" });
  api.account("A").mode = "ok";
  const streamed = await ask(client, "A", "@@stream 1000 1000");
  await streamed.body?.cancel();
  const left = await ask(client, "A", "@@stream 1000 1000");
  await api.close();
  await assert.rejects(left.text());
});

Deno.test("a refresh token works once", async () => {
  await using api = await startApi();
  using client = await clientOf(api);
  api.account("A").validGeneration = 2;
  assert.equal((await ask(client, "A", "hello").then(drained)).status, 401);
  const refresh = async () => {
    const response = await fetch("https://platform.claude.com/v1/oauth/token", {
      client,
      method: "POST",
      body: JSON.stringify({ grant_type: "refresh_token", refresh_token: refreshToken("A", 1) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const first = await refresh();
  assert.equal(first.body.access_token, accessToken("A", 2));
  assert.equal((await ask(client, "A~2", "hello").then(drained)).status, 200);
  const second = await refresh();
  assert.equal(second.status, 400);
  assert.equal(second.body.error, "invalid_grant");
});

Deno.test("/_control sets an account and refuses what is no field of it", async () => {
  await using api = await startApi();
  const patch = async (body: unknown) => {
    const response = await fetch(`${api.url}/_control/accounts/A`, {
      method: "PATCH",
      body: JSON.stringify(body),
    });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await patch({ mode: "limit", util5h: 1 }), 200);
  assert.equal(api.account("A").mode, "limit");
  assert.equal(await patch({ mode: "asleep" }), 400);
  assert.equal(await patch({ name: "B" }), 400);
  assert.equal(api.account("A").name, "A");
});

const CONVERSATION = "5a7f3a52-8d6f-4c39-9d0f-0c5d4f2f7a10";

async function clientOf(api: RunningApi): Promise<Deno.HttpClient> {
  const ca = await Deno.readTextFile(api.caPath);
  return Deno.createHttpClient({ proxy: { url: api.url }, caCerts: [ca] });
}

function ask(
  client: Deno.HttpClient,
  account: string,
  prompt: string,
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch("https://api.anthropic.com/v1/messages?beta=true", {
    client,
    signal,
    method: "POST",
    headers: {
      authorization: `Bearer ${accessToken(account, 1)}`,
      "x-claude-code-session-id": CONVERSATION,
    },
    body: JSON.stringify({
      stream: true,
      tools: [{ name: "Bash" }],
      messages: [{ role: "user", content: prompt }],
    }),
  });
}

async function drained(response: Response): Promise<Response> {
  await response.body?.cancel();
  return response;
}

/** The text of a streamed answer. */
function textOf(events: string): string {
  return [...events.matchAll(/^data: (.*)$/gm)]
    .map(([, data]) => JSON.parse(data!).delta)
    .map((delta) => delta?.type === "text_delta" ? delta.text : "")
    .join("");
}
