import assert from "node:assert/strict";
import { statusLinePath } from "../lib/claude/layout.ts";
import { pressure } from "../lib/model/policy.ts";
import { quota } from "../lib/quota/mod.ts";
import { sessionSpec, started } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";
import { finds } from "./support/preflights.ts";

const MINUTE = 60_000;
const TRANSCRIPT = "/home/ada/.claude-shared/projects/x/c.jsonl";

/** Session s1 is idle under account a, s2 as well. */
async function pool(): Promise<World> {
  const w = await world({ sessions: [sessionSpec("s1"), sessionSpec("s2")] });
  w.store.record(...started("s1", "r1"), ...started("s2", "r2", { conversation: "c2" }));
  w.store.record({
    type: "run.ready",
    session: "s1",
    run: "r1",
    conversation: "conversation-1",
    source: "resume",
    transcript: TRANSCRIPT,
  });
  return w;
}

function quotaOf(w: World, preflight: Preflight = () => finds()) {
  return quota({ ...w.deps, preflight });
}
type Preflight = Parameters<typeof quota>[0]["preflight"];

function statusLine(w: World, usedPct: number, resetsAt = w.clock.now() + 60 * MINUTE): string {
  const five_hour = { used_percentage: usedPct, resets_at: Math.floor(resetsAt / 1000) };
  return JSON.stringify({ session_id: "c", rate_limits: { five_hour } });
}

/** The turn of a session fails as the hook tells it. */
function fails(
  w: World,
  session: string,
  text: string,
  kind: "quota" | "throttle" = "quota",
  run = session === "s1" ? "r1" : "r2",
) {
  const refusal = kind === "quota" ? { kind, window: "five_hour" as const, text } : { kind, text };
  const seenAt = w.clock.now();
  w.store.record(
    { type: "prompt.accepted", session, run, mark: null, seenAt },
    { type: "turn.failed", session, run, refusal, seenAt },
  );
}

/** The line that Claude Code writes a moment after a limit. */
function limitLine(w: World, resetsAt: number): string {
  return JSON.stringify({
    type: "assistant",
    isApiErrorMessage: true,
    apiError: "usage_limit_reached",
    timestamp: new Date(w.clock.now()).toISOString(),
    quotaLimits: { status: "rejected", resetsAt: resetsAt / 1000, rateLimitType: "five_hour" },
  }) + "\n";
}

const wall = (w: World) => w.state.accounts.a!.wall;
const LIMIT = "You've hit your 5-hour limit · resets 7:12pm (UTC)";

// -- Readings --

Deno.test("quota records a reading with its source and age, and only when it moves", async () => {
  using w = await pool();
  const resetsAt = w.clock.now() + 60 * MINUTE;
  const path = statusLinePath(w.config, "r1");
  await using _ = w.live(quotaOf(w));
  for (const usedPct of [40, 40, 40.2, 41, 100, 100]) {
    w.files.put(path, statusLine(w, usedPct, resetsAt));
    await w.clock.advance(1_000);
  }
  const readings = w.events("quota.read");
  assert.deepEqual(readings.map((e) => e.windows.five_hour?.usedPct), [40, 41, 100]);
  const { source, readAt } = w.state.accounts.a!.windows.five_hour!;
  assert.deepEqual([source, readAt], ["status line", readings.at(-1)!.at - 1_000]); // when it was written
});

Deno.test("quota lets a status line that cannot be read change nothing", async () => {
  using w = await pool();
  const path = statusLinePath(w.config, "r1");
  w.files.put(path, statusLine(w, 40));
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  const { seq } = w.state;
  for (const text of ["", '{"session_id":"c","rate_limits":{"five', "null"]) {
    w.files.put(path, text);
    await w.clock.advance(1_000);
  }
  assert.equal(w.state.seq, seq);
  assert.equal(w.state.accounts.a!.windows.five_hour!.usedPct, 40);
});

Deno.test("quota reads two status lines of the same millisecond", async () => {
  using w = await pool();
  const path = statusLinePath(w.config, "r1");
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  for (const usedPct of [40, 50]) {
    await w.files.writeAtomic(path, statusLine(w, usedPct));
    w.store.record({ type: "turn.ended", session: "s1", run: "r1" }); // a wake-up, without time passing
    await w.clock.advance(0);
    assert.equal(w.state.accounts.a!.windows.five_hour!.usedPct, usedPct);
  }
});

/** A turn of the session begins now, and is over 30 s later. */
async function turn(w: World, session: string): Promise<void> {
  const of = { session, run: session === "s1" ? "r1" : "r2" };
  w.store.record({ type: "prompt.accepted", ...of, mark: null, seenAt: w.clock.now() });
  await w.clock.advance(30_000);
  w.store.record({ type: "turn.ended", ...of });
}

Deno.test("quota lets an idle session's old figures lower no newer ones, however often they are written", async () => {
  using w = await pool();
  const resetsAt = w.clock.now() + 60 * MINUTE;
  const of = (run: string, usedPct: number, reset = resetsAt) =>
    w.files.put(statusLinePath(w.config, run), statusLine(w, usedPct, reset));
  const used = () => w.state.accounts.a!.windows.five_hour!.usedPct;
  await using _ = w.live(quotaOf(w));
  await turn(w, "s1");
  of("r1", 30);
  await w.clock.advance(60_000);
  await turn(w, "s2");
  of("r2", 70);
  await w.clock.advance(60_000);
  assert.equal(used(), 70);
  for (const [usedPct, reset] of [[30, resetsAt], [30, resetsAt - 30_000], [99, resetsAt - 9e6]]) {
    of("r1", usedPct!, reset); // a key was pressed, or an older window's figure
    await w.clock.advance(60_000);
    assert.equal(used(), 70, `${usedPct} % of ${reset}`);
  }
  of("r1", 10, resetsAt + 9e6);
  await w.clock.advance(2_000);
  assert.equal(used(), 10, "a later window");
});

Deno.test("quota believes a lower figure of a session that has just had an answer", async () => {
  using w = await pool();
  const resetsAt = w.clock.now() + 60 * MINUTE;
  await using _ = w.live(quotaOf(w));
  w.files.put(statusLinePath(w.config, "r2"), statusLine(w, 95, resetsAt));
  await w.clock.advance(60_000);
  const answered = turn(w, "s1"); // the plan was upgraded
  await w.clock.advance(29_500);
  w.files.put(statusLinePath(w.config, "r1"), statusLine(w, 20, resetsAt));
  await w.clock.advance(5_000);
  await answered;
  assert.equal(w.state.accounts.a!.windows.five_hour!.usedPct, 20);
});

// -- Walls --

Deno.test("quota tells a wall at once, and its reset when the transcript says so", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  const resetsAt = w.clock.now() + 90 * MINUTE;
  fails(w, "s1", LIMIT);
  await w.clock.advance(0);
  assert.equal(wall(w)?.resetsAt, null);
  await w.clock.advance(400);
  w.files.put(TRANSCRIPT, limitLine(w, resetsAt));
  await w.clock.advance(200);
  assert.equal(wall(w)?.resetsAt, resetsAt);
  assert.equal(wall(w)?.evidence.length, 3);
  const { seq } = w.state;
  await w.clock.advance(10 * 1_000);
  assert.equal(w.state.seq, seq);
});

Deno.test("quota takes the reset of the last reading when the transcript never says one", async () => {
  using w = await pool();
  const resetsAt = w.clock.now() + 60 * MINUTE;
  w.files.put(statusLinePath(w.config, "r1"), statusLine(w, 99, resetsAt));
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  fails(w, "s1", LIMIT);
  await w.clock.advance(20_000);
  assert.equal(wall(w)?.resetsAt, resetsAt);
  assert.equal(w.events("quota.wall").length, 1);
});

Deno.test("quota does not take the limit line of the account that the session has come from", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  const ofA = w.clock.now() + 290 * MINUTE;
  w.files.put(TRANSCRIPT, limitLine(w, ofA));
  fails(w, "s1", LIMIT);
  await w.clock.advance(1_000);
  assert.equal(wall(w)?.resetsAt, ofA);

  await w.clock.advance(9_000);
  const conversation = "conversation-1";
  w.store.record({ type: "run.ended", session: "s1", run: "r1", exit: null });
  w.store.record(...started("s1", "r3", { account: "b", conversation, how: "resume" }));
  const ready = { type: "run.ready", session: "s1", run: "r3", conversation } as const;
  w.store.record({ ...ready, source: "resume", transcript: TRANSCRIPT });
  await w.clock.advance(1_000);
  fails(w, "s1", LIMIT, "quota", "r3");
  await w.clock.advance(400);
  assert.equal(w.state.accounts.b!.wall?.resetsAt, null, "the line of b is not written yet");
  const ofB = w.clock.now() + 60 * MINUTE;
  w.files.put(TRANSCRIPT, limitLine(w, ofB));
  await w.clock.advance(200);
  assert.equal(w.state.accounts.b!.wall?.resetsAt, ofB);
});

Deno.test("quota takes the reset from a transcript also when it was long not there to see the line come", async () => {
  using w = await pool();
  const resetsAt = w.clock.now() + 30 * MINUTE;
  {
    await using _ = w.live(quotaOf(w));
    fails(w, "s1", LIMIT);
    await w.clock.advance(100);
  }
  assert.equal(wall(w)?.resetsAt, null);
  w.files.put(TRANSCRIPT, limitLine(w, resetsAt));
  await w.clock.advance(20 * MINUTE); // the daemon was down, or the machine asleep
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  assert.equal(wall(w)?.resetsAt, resetsAt);
});

Deno.test("quota does not take the limit line of the account that the session has gone to for its old one's", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  fails(w, "s1", LIMIT);
  await w.clock.advance(1_000);
  const conversation = "conversation-1";
  w.store.record({ type: "run.ended", session: "s1", run: "r1", exit: null });
  w.store.record(...started("s1", "r3", { account: "b", conversation, how: "resume" }));
  const ready = { type: "run.ready", session: "s1", run: "r3", conversation } as const;
  w.store.record({ ...ready, source: "resume", transcript: TRANSCRIPT });
  await w.clock.advance(1_000);
  fails(w, "s1", LIMIT, "quota", "r3");
  const ofB = w.clock.now() + 60 * MINUTE;
  w.files.put(TRANSCRIPT, limitLine(w, ofB));
  await w.clock.advance(2_000);
  assert.deepEqual([w.state.accounts.b!.wall?.resetsAt, wall(w)?.resetsAt], [ofB, null]);
});

Deno.test("quota reads a transcript without a limit line only when it has changed", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  fails(w, "s1", LIMIT);
  w.files.put(TRANSCRIPT, '{"type":"user"}\n');
  let reads = 0;
  const readFrom = w.files.readFrom.bind(w.files);
  w.files.readFrom = (...of) => {
    reads++;
    return readFrom(...of);
  };
  await w.clock.advance(2 * MINUTE);
  assert.equal(reads, 1);
});

Deno.test("quota takes the window that the limit line names: the reset is that one's", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  fails(w, "s1", LIMIT);
  const resetsAt = w.clock.now() + 5 * 24 * 60 * MINUTE;
  w.files.put(TRANSCRIPT, limitLine(w, resetsAt).replace('"five_hour"', '"seven_day"'));
  await w.clock.advance(1_000);
  assert.deepEqual([wall(w)?.window, wall(w)?.resetsAt], ["seven_day", resetsAt]);
});

Deno.test("quota waits for the wall's own limit line where one of an earlier limit stands in the transcript", async () => {
  using w = await pool();
  w.files.put(statusLinePath(w.config, "r1"), statusLine(w, 10)); // in an hour, it says
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  const earlier = limitLine(w, w.clock.now() + 5_000);
  w.files.put(TRANSCRIPT, earlier);
  await w.clock.advance(8_000);
  const resetsAt = w.clock.now() + 20 * MINUTE;
  fails(w, "s1", LIMIT);
  await w.clock.advance(300);
  w.files.put(TRANSCRIPT, earlier + limitLine(w, resetsAt));
  await w.clock.advance(1_000);
  assert.equal(wall(w)?.resetsAt, resetsAt);
});

Deno.test("quota keeps the reset it knows of a wall when a second session hits it", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  const resetsAt = w.clock.now() + 90 * MINUTE;
  fails(w, "s1", LIMIT);
  await w.clock.advance(100);
  w.files.put(TRANSCRIPT, limitLine(w, resetsAt));
  await w.clock.advance(10_000);
  fails(w, "s2", LIMIT);
  await w.clock.advance(10_000);
  assert.deepEqual([wall(w)?.session, wall(w)?.resetsAt], ["s2", resetsAt]);
});

Deno.test("quota takes neither a throttle nor one model's limit for a wall", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  fails(w, "s1", "API Error: Server is temporarily limiting requests", "throttle");
  await w.clock.advance(1_000);
  const refusal = { kind: "quota", window: "seven_day_opus", text: "Opus limit" } as const;
  const of = { session: "s2", run: "r2" };
  w.store.record({ type: "turn.failed", ...of, refusal, seenAt: w.clock.now() });
  await w.clock.advance(10_000);
  assert.deepEqual(w.events("quota.wall"), []);
});

Deno.test("quota does not tell a wall again that a later turn has disproved", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  fails(w, "s1", LIMIT);
  await w.clock.advance(10_000);
  const of = { session: "s2", run: "r2" };
  w.store.record({ type: "prompt.accepted", ...of, mark: null, seenAt: w.clock.now() });
  await w.clock.advance(1_000);
  w.store.record({ type: "turn.ended", ...of });
  await w.clock.advance(10_000);
  assert.equal(wall(w), null);
  assert.equal(w.phase("s1"), "idle");
  assert.equal(w.events("quota.wall").length, 1);
});

Deno.test("quota tells a wall that is over by now with its reset, not as one that stands for hours", async () => {
  using w = await pool();
  const hitAt = w.clock.now();
  const resetsAt = hitAt + 90 * MINUTE;
  fails(w, "s1", LIMIT);
  w.files.put(TRANSCRIPT, limitLine(w, resetsAt));
  // The daemon was away meanwhile: the hook's file says when it was, its event in the journal is younger.
  await w.clock.advance(8 * 60 * MINUTE);
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  assert.deepEqual([wall(w)?.resetsAt, wall(w)?.hitAt], [resetsAt, hitAt]);
  const { is } = pressure(w.state.accounts.a!, w.config.accounts[0]!, w.clock.now());
  assert.notEqual(is, "full");
});

Deno.test("quota tells a wall once although the clock is set back", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w));
  await w.clock.advance(1_000);
  fails(w, "s1", LIMIT);
  w.clock.jump(-60 * MINUTE);
  await w.clock.advance(5 * MINUTE);
  assert.equal(w.events("quota.wall").length, 1);
});

// -- Preflights --

Deno.test("quota keeps a preflight of every account fresh", async () => {
  using w = await pool();
  const asked: string[] = [];
  await using _ = w.live(quotaOf(w, (_config, account, cwds) => {
    asked.push(`${account.id} ${cwds}`);
    return account.id === "b" ? finds("signed out") : finds();
  }));
  await w.clock.advance(1_000);
  assert.deepEqual(asked, ["a /home/ada/work", "b /home/ada/work", "c /home/ada/work"]);
  assert.deepEqual(w.state.accounts.b!.check?.problems, ["signed out"]);
  await w.clock.advance(9 * MINUTE);
  assert.equal(asked.length, 3);
  await w.clock.advance(2 * MINUTE);
  assert.equal(asked.length, 6);
  w.clock.jump(-300 * MINUTE); // then nobody can say how old they are
  await w.clock.advance(2_000);
  assert.equal(asked.length, 9);
});

Deno.test("quota tells a wall while a preflight takes its time", async () => {
  using w = await pool();
  await using _ = w.live(quotaOf(w, async () => {
    await w.clock.sleep(10_000);
    return finds();
  }));
  await w.clock.advance(1_000);
  fails(w, "s1", LIMIT);
  await w.clock.advance(100);
  assert.notEqual(wall(w), null);
  await w.clock.advance(40_000);
});
