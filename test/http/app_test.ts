import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import type { Event, Fact } from "../../lib/model/event.ts";
import { systemNet } from "../../lib/ports/net_real.ts";
import { TmuxError } from "../../lib/ports/tmux.ts";
import { controlClient, ControlError } from "../../lib/http/client.ts";
import { readEvents, type ServerSentEvent } from "../../lib/http/sse.ts";
import { until } from "../support/mod.ts";
import { config, NOON, started, wholeMove } from "./fixture.ts";
import { setup } from "./setup.ts";

// -- Questions --

Deno.test("GET /v1/status answers the view with its version", async () => {
  using world = setup();
  const status = await world.client.status();
  equal([status.v, status.seq, status.mode], [1, world.store.state.seq, "auto"]);
  equal(status.accounts.map((a) => [a.id, a.liveSessions]), [["work", 3], ["spare", 0]]);
  equal(status.decision.text, "Nothing to do: every account in use has room");
});

Deno.test("GET /v1/sessions answers them in the order of the config", async () => {
  using world = setup();
  const sessions = await world.client.sessions();
  equal(sessions.map((s) => [s.name, s.phase, s.pid, s.held]), [
    ["ccl-0", "idle", 4_100, false],
    ["ccl-1", "idle", 4_100, false],
    ["ccl-2", "idle", 4_100, true],
  ]);
});

Deno.test("GET /v1/sessions/:name/capture answers what the pane shows", async () => {
  using world = setup();
  equal(await world.client.capture("ccl-1", 50), { session: "ccl-1", text: "the pane (+50)" });
  await refusal(world.client.capture("constructor"), 404, "no session constructor");
});

Deno.test("GET /v1/sessions/:name/capture answers 502 with the words of tmux, when tmux fails", async () => {
  using world = setup();
  world.control.capture = () => Promise.reject(new TmuxError(["capture-pane"], 1, "no server"));
  await refusal(world.client.capture("ccl-1"), 502, "Cannot capture-pane: no server");
});

Deno.test("GET /v1/swaps/:id answers a swap with its steps, `last` the newest", async () => {
  using world = setup();
  await refusal(world.client.swap("last"), 404, "there was no swap yet");
  await refusal(world.client.swap("toString"), 404, "no swap toString");
  const { swap } = await world.client.failover({ to: "spare" });
  equal((await world.client.swap("last")).outcome, { is: "running" });
  world.pass(900);
  for (const name of ["ccl-0", "ccl-1"]) world.store.record(...wholeMove(swap!, name, "spare"));
  world.store.record({ type: "swap.finished", swap: swap! });
  const view = await world.client.swap(swap!);
  equal([view.outcome.is, view.tookMs, view.moves.length], ["finished", 900, 2]);
  equal(view.moves[0]!.steps.map((s) => s.is), Array(6).fill("done"));
  equal(view.moves[0]!.proven, false);
  equal(await world.client.swap("last"), view);
});

Deno.test("GET /v1/events answers what is after the cursor, up to the limit", async () => {
  using world = setup();
  const { events, seq } = await world.client.events(1, 2);
  equal(events.map((e) => e.seq), [2, 3]);
  equal(seq, world.store.state.seq);
});

Deno.test("GET of an unknown route answers 404 as a problem", async () => {
  using world = setup();
  const response = await world.app.request("/v1/nope");
  equal(response.headers.get("content-type"), "application/problem+json");
  equal(await response.json(), {
    type: "urn:claude-failover:not-found",
    title: "Not found",
    status: 404,
    detail: "no route GET /v1/nope",
  });
});

// -- Commands --

Deno.test("POST /v1/swaps records the request and answers its place in the journal", async () => {
  using world = setup();
  const { swap, seq, plan } = await world.client.failover({});
  const event = world.store.events({ after: seq! - 1 })[0] as Event<"swap.requested">;
  equal(event.type, "swap.requested");
  equal([event.swap, event.from, event.to, event.by], [swap, "work", "spare", "person"]);
  equal(event.sessions, ["ccl-0", "ccl-1"]);
  equal(plan.left, [{ session: "ccl-2", why: "held (never_move)" }]);
});

Deno.test("POST /v1/swaps with dryRun says the plan and writes nothing", async () => {
  using world = setup();
  const before = world.store.state.seq;
  const { swap, seq, plan } = await world.client.failover({ dryRun: true });
  equal([swap, seq, plan.to, world.store.state.seq], [null, null, "spare", before]);
});

Deno.test("POST /v1/swaps answers 409 and leaves the refusal in the journal, when a swap runs", async () => {
  using world = setup();
  await world.client.failover({});
  await refusal(world.client.failover({}), 409, "swap id-1 is still running");
  const last = world.store.events({ after: world.store.state.seq - 1 })[0]!;
  equal(last.type, "request.refused");
});

Deno.test("POST /v1/swaps refuses what cannot become a request, and journals that too", async () => {
  using world = setup({ facts: [started(), { type: "config.applied", config: config() }] });
  const before = world.store.state.seq;
  await refusal(world.client.failover({ to: "wrok" }), 404, "no account wrok in the config");
  await refusal(world.client.failover({ dryRun: true }), 409, "no session is running");
  equal(world.store.state.seq, before);
  await refusal(world.client.failover({}), 409, "no session is running");
  equal(world.store.state.seq, before + 1);
});

Deno.test("POST /v1/proposal/confirm and /reject answer the proposal that waits, and no other", async () => {
  const reason = { kind: "threshold", window: "five_hour", usedPct: 93 } as const;
  const proposed = (proposal: string): Fact => ({
    type: "swap.proposed",
    proposal,
    from: "work",
    to: "spare",
    reason,
    deadline: NOON + 60_000,
    then: "stay",
  });
  using world = setup();
  await refusal(world.client.confirm(), 409, "no proposal waits for an answer");
  await refusal(world.client.reject("p1"), 409, "no proposal waits for an answer");
  world.store.record(proposed("p1"));
  equal((await world.client.status()).proposal?.deadline, NOON + 60_000);
  await refusal(world.client.confirm("p0"), 409, "proposal p0 does not wait any more; p1 does");
  const { until } = await world.client.reject("p1", "not now");
  equal(until, NOON + 8_040_000, "the window's reset");
  equal([world.store.state.proposal, world.store.state.declined.work?.how], [null, "rejected"]);
  world.store.record(proposed("p2"));
  const { swap, plan } = await world.client.confirm();
  equal([plan.to, plan.reason, plan.sessions], ["spare", reason, ["ccl-0", "ccl-1"]]);
  equal([world.store.state.runningSwap, world.store.state.proposal], [swap, null]);
  equal(world.store.state.swaps[swap]?.by, "person");
});

Deno.test("POST /v1/freeze and /v1/thaw change the state once, and say so the second time", async () => {
  using world = setup();
  const { seq } = await world.client.freeze("a release is on");
  equal(seq, world.store.state.seq);
  equal((await world.client.status()).frozen?.reason, "a release is on");
  await refusal(world.client.freeze(), 409, "already frozen: a release is on");
  await world.client.thaw();
  await refusal(world.client.thaw(), 409, "nothing is frozen");
});

Deno.test("POST /v1/daemon/stop asks the daemon to stop, and says what becomes of the sessions", async () => {
  using world = setup();
  await world.client.stop({ sessions: true });
  equal(world.store.state.daemon, { phase: "stopping", pid: 4_000, endSessions: true });
});

Deno.test("POST /v1/sessions/:name/start asks for the start of one that ended", async () => {
  using world = setup();
  await refusal(world.client.start("ccl-0"), 409, "ccl-0 is idle already");
  const run = world.store.state.sessions["ccl-0"]!.run!.plan.id;
  world.store.record({ type: "run.ended", session: "ccl-0", run, exit: 1 });
  await world.client.start("ccl-0");
  equal(world.store.state.sessions["ccl-0"]!.phase, { name: "absent" });
});

Deno.test("controlApp() answers 400 and names each wrong field, before anything is written", async () => {
  using world = setup();
  const before = world.store.state.seq;
  const post = (path: string, body: string) =>
    world.app.request(path, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
  const response = await post("/v1/swaps", `{"to": 7, "drymRun": true}`);
  equal(response.status, 400);
  const { errors } = await response.json();
  equal(errors.map((e: { path: string }) => e.path), ["to", ""]);
  equal((await post("/v1/freeze", `{"reason": ""}`)).status, 400);
  equal((await post("/v1/daemon/stop", `{`)).status, 400);
  equal((await world.app.request("/v1/events?after=-1")).status, 400);
  equal(world.store.state.seq, before);
});

// -- Following --

/** Where no gap is expected. */
function noGaps(signal: AbortSignal) {
  return {
    signal,
    onGap: (gap: unknown) => {
      throw new Error(`Cannot be: ${JSON.stringify(gap)}`);
    },
  };
}

Deno.test("follow() tells of events that are gone, and goes on with those there are", async () => {
  using world = setup();
  const trim = world.store.state.seq;
  world.pass(1_000);
  world.control.record({ type: "freeze.requested", by: "person", reason: "x" });
  world.store.trim(world.control.now());
  for (
    const [after, gap] of [
      [0, { is: "trimmed", after: 0, first: trim + 1, seq: trim + 1 }],
      [99, { is: "reset", after: 99, first: trim + 1, seq: trim + 1 }],
    ] as const
  ) {
    const gaps: unknown[] = [];
    const { signal } = new AbortController();
    for await (
      const event of world.client.follow(after, { signal, onGap: (gap) => gaps.push(gap) })
    ) {
      equal(event.type, "freeze.requested");
      break;
    }
    equal(gaps, [gap]);
  }
});

Deno.test("follow() gives every event once and in order, when they come faster than one batch", async () => {
  using world = setup({ facts: [started()] });
  for (let i = 0; i < 450; i++) world.store.record(late(i));
  const seqs: number[] = [];
  const stop = new AbortController();
  for await (const event of world.client.follow(0, noGaps(stop.signal))) {
    seqs.push(event.seq);
    if (event.seq === 451) world.control.record(late(451), late(452));
    if (event.seq === 453) break;
  }
  equal(seqs, Array.from({ length: 453 }, (_, i) => i + 1));
});

Deno.test("GET /v1/events/stream goes on after Last-Event-ID, whatever the URL says", async () => {
  using world = setup();
  const response = await world.app.request("/v1/events/stream?after=0", {
    headers: { "last-event-id": "3" },
  });
  const [first] = await firstOf(response, 1);
  equal([first!.id, first!.event], ["4", "run.launched"]);
});

Deno.test("follow() ends and leaves no waiter behind, when the reader goes, over a real socket", async () => {
  using world = setup();
  const dir = await Deno.makeTempDir();
  try {
    const server = await systemNet.serve(`${dir}/c.sock`, world.app.fetch);
    using client = controlClient(systemNet, `${dir}/c.sock`);
    const stop = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const event of client.follow(world.store.state.seq - 1, noGaps(stop.signal))) {
        seen.push(event.seq);
      }
    })();
    await until(() => world.waiting.size === 1);
    world.control.record(late(1));
    await until(() => seen.length === 2);
    stop.abort();
    await following;
    await until(() => world.waiting.size === 0);
    await server.close();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("follow() ends when the daemon is killed in the middle of it", async () => {
  const dir = await Deno.makeTempDir({ prefix: "cf-http-" });
  const script = `Deno.serve({ path: Deno.args[0], onListen() {} }, () =>
    new Response(new ReadableStream({ start(c) {
      c.enqueue(new TextEncoder().encode('id: 1\\nevent: thaw.requested\\ndata: {"seq":1}\\n\\n'));
    } }), { headers: { "content-type": "text/event-stream" } }))`;
  const path = `${dir}/c.sock`;
  const server = new Deno.Command(Deno.execPath(), { args: ["eval", script, path] }).spawn();
  try {
    await until(() => Deno.stat(path).then(() => true, () => false));
    using client = controlClient(systemNet, path);
    const seen: number[] = [];
    for await (const { seq } of client.follow(0, noGaps(new AbortController().signal))) {
      seen.push(seq);
      server.kill("SIGKILL");
    }
    equal(seen, [1]);
  } finally {
    await server.status;
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("follow() throws what broke the stream on the server's side", async () => {
  using world = setup();
  world.control.nextEvent = () => Promise.reject(new Error("the disk is full"));
  const all = async () => {
    for await (const _ of world.client.follow(0, noGaps(new AbortController().signal)));
  };
  await rejects(all(), new ControlError(500, "The event stream failed", "the disk is full"));
});

// -- Helpers --

/** The first events of the stream, which is left after them. */
async function firstOf(response: Response, count: number): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(response.body!)) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

function late(i: number) {
  return { type: "turn.ended", session: "ccl-0", run: `gone-${i}` } as const;
}

async function refusal(call: Promise<unknown>, status: number, detail: string): Promise<void> {
  await rejects(call, (error: unknown) => {
    ok(error instanceof ControlError, String(error));
    equal([error.status, error.detail], [status, detail]);
    return true;
  });
}
