/** The routes of notices: what they take, what they say, and that they are for who may. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { config, HOUR, NOON } from "./fixture.ts";
import { setup } from "./setup.ts";

function telling() {
  const channels = [{ type: "stdout", name: "phone" }] as const;
  return setup({
    facts: [
      { type: "config.applied", config: config({ notify: { channels } }) },
      { type: "daemon.started", pid: 1, version: "test", boot: "b" },
    ],
  });
}

type App = ReturnType<typeof setup>["app"];

async function post(app: App, path: string, body: unknown = {}) {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await app.request(path, init);
  return { status: response.status, body: await response.json() };
}

Deno.test("POST /v1/notify/silence holds for its time, and GET /v1/notify lists it", async () => {
  using w = telling();
  const match = { kinds: ["task.done"], sessions: ["ccl-0"] };
  const answer = await post(w.app, "/v1/notify/silence", { forMs: HOUR, reason: "x", match });
  equal(answer, { status: 202, body: { seq: 3, silence: "id-1", until: NOON + HOUR } });
  const listed = async () => await (await w.app.request("/v1/notify")).json();
  equal((await listed()).silences, [
    { id: "id-1", match, since: NOON, until: NOON + HOUR, reason: "x", by: "person" },
  ]);
  w.pass(HOUR);
  equal((await listed()).silences, []);
});

Deno.test("GET /v1/notify says of each channel how it does", async () => {
  using w = telling();
  const { channels, ackedSeq } = await (await w.app.request("/v1/notify")).json();
  equal(
    channels.map((c: { name: string; type: string; dead: number }) => [c.name, c.type, c.dead]),
    [
      ["phone", "stdout", 1],
    ],
  );
  equal(ackedSeq, 0);
});

Deno.test("GET /v1/notify says when the notifier is not at work, which is not to have no channel", async () => {
  using w = telling();
  const listed = async () => await (await w.app.request("/v1/notify")).json();
  equal((await listed()).atWork, true);
  w.control.channelHealth = () => [];
  const { channels, atWork } = await listed();
  equal([channels, atWork], [[], false]);
});

Deno.test("POST /v1/notify/ack holds for what was there", async () => {
  using w = telling();
  equal((await post(w.app, "/v1/notify/ack")).status, 202);
  equal(w.store.state.notices?.ackedSeq, 2);
});

Deno.test("POST /v1/notify/test refuses a channel that there is not", async () => {
  using w = telling();
  equal((await post(w.app, "/v1/notify/test", { channel: "phone" })).status, 202);
  const refused = await post(w.app, "/v1/notify/test", { channel: "fone" });
  equal(refused.status, 409);
  match(refused.body.detail, /no channel fone/);
});

Deno.test("what is no silence is refused with the field that is wrong", async () => {
  using w = telling();
  const wrong = [
    { forMs: 0 },
    { forMs: 31 * 24 * HOUR },
    { forMs: HOUR, match: { kinds: ["nonsense"] } },
    { forMs: HOUR, match: { sesions: ["ccl-0"] } },
  ];
  for (const body of wrong) equal((await post(w.app, "/v1/notify/silence", body)).status, 400);
  equal((await post(w.app, "/v1/notify/unsilence", { silence: "id-9" })).status, 409);
});
