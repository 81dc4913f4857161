/** Each duty over the fakes: what may go, and what must stay. */
import assert from "node:assert/strict";
import { checkpointPath, LATEST } from "../../lib/claude/checkpoint_file.ts";
import {
  checkpointDir,
  lockPath,
  locksDir,
  promptsDir,
  runDir,
  runsDir,
} from "../../lib/claude/layout.ts";
import { sendsDir } from "../../lib/claude/sent_prompt.ts";
import { checkpoints } from "../../lib/janitor/checkpoints.ts";
import { type Duty, type DutyResult, type JanitorDeps, runOnce } from "../../lib/janitor/duty.ts";
import { locks } from "../../lib/janitor/locks.ts";
import { markers } from "../../lib/janitor/markers.ts";
import { panes } from "../../lib/janitor/panes.ts";
import { runs } from "../../lib/janitor/runs.ts";
import { texts } from "../../lib/janitor/texts.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { inboxDir, markerName } from "../../lib/queue/layout.ts";
import { notesDir } from "../../lib/queue/note.ts";
import type { Owner } from "../../lib/queue/owner.ts";
import { sessionSpec, started, swapOff } from "../model/fixtures.ts";
import { type World, world } from "../support/daemon_life.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PROJECT = { id: "shop", path: "/src/shop", accounts: ["a"] };
const US: Owner = { id: "us", host: "a-host", stateDir: "/state/us", pid: 1 };

/** Session s1 in conversation-1 under run r1. */
async function pool(): Promise<World> {
  const w = await world({ sessions: [sessionSpec("s1")], projects: [PROJECT] });
  w.store.record(...started("s1", "r1", { mark: "m", checkpoint: "move-0" }));
  return w;
}

function run(duty: Duty, w: World, { dryRun = false } = {}): Promise<DutyResult> {
  const { clock, files, tmux, store } = w;
  const owner = () => Promise.resolve(US);
  const deps: JanitorDeps = {
    clock,
    files,
    tmux,
    processes: tmux.processes,
    owner,
    journal: store,
  };
  const signal = new AbortController().signal;
  return runOnce(duty, { config: w.config, deps, signal, state: () => w.state }, { dryRun });
}

const namesIn = async (w: World, dir: string) => (await w.files.list(dir)).map(({ name }) => name);

// -- checkpoints --

Deno.test("checkpoints: the newest of a session and those in use stay", async () => {
  using w = await pool();
  for (let i = 0; i < 10; i++) {
    w.files.put(checkpointPath(w.config, "s1", `move-${i}`), "{}");
    await w.clock.advance(1_000);
  }
  w.files.put(checkpointPath(w.config, "s1", LATEST), "{}");
  w.store.record(swapOff("move-1"));
  await run(checkpoints, w);
  const newest = [5, 6, 7, 8, 9].map((i) => `move-${i}.json`);
  const left = await namesIn(w, checkpointDir(w.config, "s1"));
  assert.deepEqual(left, ["latest.json", "move-0.json", "move-1.json", ...newest]);
});

Deno.test("checkpoints: past their time only those in use stay, and none of a session that is gone", async () => {
  using w = await pool();
  for (const id of ["move-0", "old", LATEST]) {
    w.files.put(checkpointPath(w.config, "s1", id), "{}");
    w.files.put(checkpointPath(w.config, "gone", id), "{}");
  }
  await w.clock.advance(15 * DAY);
  w.files.put(checkpointPath(w.config, "gone", "young"), "{}");
  await run(checkpoints, w);
  assert.deepEqual(await namesIn(w, checkpointDir(w.config, "s1")), ["latest.json", "move-0.json"]);
  assert.deepEqual(await namesIn(w, checkpointDir(w.config, "gone")), ["young.json"]);
});

// -- locks --

Deno.test("locks: those of conversations that nobody has go, and none that is held", async () => {
  using w = await pool();
  const conversations = ["conversation-1", "held", "gone", "young"];
  for (const id of conversations.slice(0, 3)) w.files.put(lockPath(w.config, id), "");
  await w.clock.advance(2 * HOUR);
  w.files.put(lockPath(w.config, "young"), "");
  using _held = await w.files.lock(lockPath(w.config, "held"));
  const { found, removed } = await run(locks, w);
  assert.deepEqual([found.length, removed], [2, 1]);
  const left = await namesIn(w, locksDir(w.config));
  assert.deepEqual(left, ["conversation-1.lock", "held.lock", "young.lock"]);
  using again = await w.files.lock(lockPath(w.config, "young"));
  assert.ok(again, "and holds none itself");
});

// -- runs --

Deno.test("runs: old folders go with the keys of what they said, but for those that anybody has", async () => {
  using w = await pool();
  for (const id of ["r1", "alive", "old"]) await w.files.makeDir(runDir(w.config, id));
  const argv = ["sh", `${runDir(w.config, "alive")}/launch.sh`] as const;
  await w.tmux.launch("other", { cwd: "/", argv: [...argv] });
  w.store.recordOnce("old/1", { type: "thaw.requested", by: "person" });
  await w.clock.advance(2 * HOUR);
  await w.files.makeDir(runDir(w.config, "young"));
  await run(runs, w);
  assert.deepEqual(await namesIn(w, runsDir(w.config)), ["alive", "r1", "young"]);
  assert.equal(w.store.forgetKeys("old/"), 0);
});

Deno.test("runs: nothing goes while tmux does not answer", async () => {
  using w = await pool();
  await w.files.makeDir(runDir(w.config, "old"));
  await w.clock.advance(2 * HOUR);
  w.tmux.breaks("server busy");
  const { removed, problems } = await run(runs, w);
  assert.equal(removed, 0);
  assert.match(problems[0]!, /^cannot look: .*server busy/);
  assert.deepEqual(await namesIn(w, runsDir(w.config)), ["old"]);
});

// -- texts --

Deno.test("texts: prompts and notes go a week later, unless a session or an open task has them", async () => {
  using w = await pool();
  for (const task of ["open1", "over1"]) {
    w.store.record({
      ...{ type: "task.found", task, project: "shop", file: `${task}.md`, ref: task, digest: "" },
      ...{ spec: emptySpec(task), ignored: [] },
    });
    w.files.put(`${notesDir(w.config)}/${task}.txt`, "a note");
    w.files.put(`${promptsDir(w.config)}/${task}.txt`, "a prompt");
  }
  w.store.record(
    { type: "task.ended", task: "over1", as: "done", by: "person", why: null },
    { type: "task.closed", task: "over1", file: "over1.md" },
  );
  w.files.put(`${promptsDir(w.config)}/s1.json`, "{}");
  w.files.put(`${promptsDir(w.config)}/gone.json`, "{}");
  w.files.put(`${sendsDir(w.config)}/old.txt`, "a text");
  assert.equal((await run(texts, w)).found.length, 0, "too young");
  await w.clock.advance(8 * DAY);
  await run(texts, w);
  assert.deepEqual(await namesIn(w, promptsDir(w.config)), ["open1.txt", "s1.json"]);
  assert.deepEqual(await namesIn(w, notesDir(w.config)), ["open1.txt"]);
  assert.deepEqual(await namesIn(w, sendsDir(w.config)), []);
});

// -- panes --

Deno.test("panes: what ended and left the pool goes; what lives, is another's or is in the pool stays", async () => {
  using w = await pool();
  const ours = `${runDir(w.config, "r9")}/launch.sh`;
  for (const [name, program] of [["s1", ours], ["left", ours], ["lives", ours], ["theirs", "x"]]) {
    await w.tmux.launch(name!, { cwd: "/", argv: ["sh", program!] });
  }
  for (const name of ["s1", "left", "theirs"]) w.tmux.end(name, 0);
  const { found } = await run(panes, w);
  assert.deepEqual(found.map(({ what }) => what), ["tmux session left"]);
  const there = new Set((await w.tmux.panes()).map(({ session }) => session));
  assert.ok(!there.has("left") && there.has("s1") && there.has("lives") && there.has("theirs"));
});

// -- markers --

function marker(task: string, owner: Owner): string {
  const rest = { version: 1, project: "shop", session: null, account: null, attempt: 1, at: 1 };
  return JSON.stringify({ ...rest, task, inode: null, owner });
}

Deno.test("markers: only those whose owner is provably gone go, and ours that no task stands behind", async () => {
  using w = await pool();
  const inbox = inboxDir(PROJECT);
  const put = (file: string, text: string) => w.files.put(`${inbox}/${markerName(file)}`, text);
  const lives: Owner = { id: "lives", host: "a-host", stateDir: "/state/lives", pid: 2 };
  w.files.put("/state/lives/owner-id", "lives\n");
  w.files.put("/state/reused/owner-id", "another\n");
  put("gone.md", marker("t", { ...lives, id: "gone", stateDir: "/state/gone" }));
  put("reused.md", marker("t", { ...lives, id: "reused", stateDir: "/state/reused" }));
  put("lives.md", marker("t", lives));
  put("elsewhere.md", marker("t", { ...lives, id: "e", host: "b-host", stateDir: "/state/gone" }));
  put("unseen.md", marker("t", { ...lives, id: "u", stateDir: "/elsewhere/state" }));
  put("torn.md", "{");
  put("ours.md", marker("over", US));
  put("at-work.md", marker("t1", US));
  w.store.record({
    ...{ type: "task.found", task: "t1", project: "shop", file: "at-work.md", ref: "t1" },
    ...{ digest: "", spec: emptySpec("t1"), ignored: [] },
  });
  assert.equal((await run(markers, w)).found.length, 0, "too young");
  await w.clock.advance(HOUR);
  const before = await namesIn(w, inbox);
  const { found } = await run(markers, w, { dryRun: true });
  assert.equal(found.length, 3);
  assert.deepEqual(await namesIn(w, inbox), before, "a dry run removes nothing");
  await run(markers, w);
  const left = (await namesIn(w, inbox)).map((name) => name.replace(".md.dispatched", ""));
  assert.deepEqual(left, ["at-work", "elsewhere", "lives", "torn", "unseen"]);
});

// -- the skeleton --

Deno.test("a thing that cannot be removed, or is needed after all, does not keep the others", async () => {
  using w = await pool();
  const gone: string[] = [];
  const finding = (what: string, remove: () => Promise<boolean>) => ({
    ...{ what, why: "old", bytes: 10 },
    remove,
  });
  const duty: Duty = {
    name: "texts",
    find: () =>
      Promise.resolve([
        finding("broken", () => Promise.reject(new Error("the disk is gone"))),
        finding("needed", () => Promise.resolve(false)),
        finding("old", () => Promise.resolve(gone.push("old") > 0)),
      ]),
  };
  const { removed, bytes, problems } = await run(duty, w);
  assert.deepEqual([removed, bytes, problems], [1, 10, ["broken: the disk is gone"]]);
  assert.deepEqual(gone, ["old"]);
});
