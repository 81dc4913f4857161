/** What a swap does about obstacles that are one session's own: a folder without trust, a start that fails. */
import assert from "node:assert/strict";
import type { FolderProblem } from "../lib/model/preflight.ts";
import { accountSpec, sessionSpec } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";
import { finds } from "./support/preflights.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Session s1 works in a folder of its own; both are up and idle under account a. */
async function pool(ids: readonly string[] = ["a", "b", "c"]): Promise<World> {
  const w = await world({
    accounts: ids.map((id, priority) => accountSpec(id, { priority })),
    sessions: ["s1", "s2"].map((name) =>
      sessionSpec(name, { cwd: `/src/${name}`, allowedAccounts: ids })
    ),
  });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle" && w.phase("s2") === "idle");
  return w;
}

const starts = (w: World, name: string) =>
  w.agent.starts.filter((s) => s.session === name).map((s) => s.account);

/** b has not been told to trust the folder of s1. */
const DISTRUSTED: FolderProblem = { cwd: "/src/s1", what: "the folder /src/s1 is not trusted" };
const distrust = (_config: unknown, { id }: { id: string }) =>
  id === "b" ? finds(DISTRUSTED) : finds();

async function hitWall(w: World): Promise<void> {
  await using _ = w.live(w.watcher());
  for (const name of ["s1", "s2"]) {
    await w.agent.prompt(name, "build");
    await w.agent.limit(name);
  }
  await w.until(() => w.phase("s1") === "limited" && w.phase("s2") === "limited");
  w.store.record({
    type: "quota.wall",
    account: "a",
    session: "s1",
    window: "five_hour",
    resetsAt: w.clock.now() + 3 * HOUR,
    transcript: null,
    evidence: [],
  });
}

Deno.test("a folder that the target does not trust sends only its own session to the next account", async () => {
  for (const known of [false, true]) {
    using w = await pool();
    if (known) {
      const folders = [DISTRUSTED];
      w.store.record({ type: "account.checked", account: "b", problems: [], folders });
    }
    await hitWall(w);
    await using _ = w.live(w.watcher(), w.switcher(distrust));
    await w.until(() => starts(w, "s1").length === 2 && starts(w, "s2").length === 2);
    await w.clock.advance(MINUTE);
    assert.deepEqual([starts(w, "s1"), starts(w, "s2")], [["a", "c"], ["a", "b"]]);
    assert.equal(w.events("swap.redirected").length, 0);
    assert.equal(w.events("swap.requested").length, known ? 2 : 1);
  }
});

Deno.test("a session at the wall is parked when only its folder keeps it from the last account", async () => {
  using w = await pool(["a", "b"]);
  await hitWall(w);
  await using _ = w.live(w.watcher(), w.switcher(distrust));
  await w.until(() => w.phase("s1") === "parked" && w.session("s2").account === "b");
  await w.clock.advance(HOUR);
  assert.equal(w.phase("s1"), "parked");
  w.store.record({ type: "account.checked", account: "b", problems: [], folders: [] });
  await w.clock.advance(MINUTE);
  assert.deepEqual(starts(w, "s1"), ["a", "b"]);
});

Deno.test("a start that fails is tried again after growing rests, and in the end only by a person", async () => {
  using w = await pool(["a", "b"]);
  const { onCall } = w.tmux;
  w.tmux.onCall = async (call) => {
    if (call.kind !== "launch") return;
    const script = await w.files.read(call.options.argv[1]!) ?? "";
    if (script.includes(".claude-b'")) w.tmux.end(call.session, 1);
    else await onCall!(call);
  };
  w.store.record({
    type: "quota.read",
    account: "a",
    source: "status line",
    windows: { seven_day: { usedPct: 97, resetsAt: w.clock.now() + 100 * HOUR } },
  });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(6 * HOUR);
  const tries = w.events("swap.requested").map((e) => e.at);
  const rests = tries.slice(1).map((at, i) => Math.round((at - tries[i]!) / MINUTE));
  assert.deepEqual(rests, [10, 30, 120]); // the first one is 5, but a was just moved to (min_stay)
  assert.deepEqual([w.session("s1").account, w.phase("s1")], ["a", "idle"]);
  w.tmux.onCall = onCall;
  const asked = { swap: "w9", from: "a", to: "b", reason: { kind: "asked" as const } };
  w.store.record({ type: "swap.requested", ...asked, by: "person", sessions: ["s1"] });
  await w.until(() => w.session("s1").account === "b" && w.phase("s1") === "idle");
  assert.deepEqual(w.session("s1").startFailures, []);
});

Deno.test("what B's wall catches in the middle of the swap goes back to A, when A's own wall is over by then", async () => {
  using w = await pool(["a", "b"]);
  await hitWall(w);
  const wallFor = (account: string, minutes: number) =>
    w.store.record({
      type: "quota.wall",
      account,
      session: "s1",
      window: "five_hour",
      resetsAt: w.clock.now() + minutes * MINUTE,
      transcript: null,
      evidence: [],
    });
  const { onCall } = w.tmux;
  w.tmux.onCall = async (call) => {
    if (call.kind !== "launch" || call.session !== "s1") return await onCall!(call);
    wallFor("a", 0); // its reset has come
    wallFor("b", 60);
    w.tmux.end("s1", 1);
    w.tmux.onCall = onCall;
  };
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.phase("s1") === "working");
  await w.clock.advance(MINUTE);
  assert.equal(w.session("s1").account, "a");
  assert.deepEqual([w.phase("s1"), starts(w, "s1")], ["working", ["a", "a"]]);
  assert.ok(w.agent.last("s1").prompt, "it is told to go on");
  assert.match(w.events("move.redirected")[0]!.reason, /ended under b/);
});
