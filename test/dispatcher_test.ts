import assert from "node:assert/strict";
import { dispatcher } from "../lib/dispatcher/mod.ts";
import type { ProjectSpec } from "../lib/model/config.ts";
import type { Task } from "../lib/model/task.ts";
import { sessionSpec, swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";
import { Keyboard } from "./support/keyboard.ts";

const SHOP = "/home/ada/shop";
const INBOX = `${SHOP}/.agent-queue/inbox`;
const OWNER = { id: "us", host: "a-host", stateDir: "/state", pid: 1 };

type Pool = World & { keys: Keyboard; dispatch: () => ReturnType<typeof dispatcher> };

/** Sessions of the shop that are up and idle; `live` starts the workers that tasks need. */
async function pool(names = ["s1"], others: ProjectSpec[] = []): Promise<Pool> {
  const w = await world({
    projects: [...others, { id: "shop", path: SHOP, accounts: ["a", "b", "c"] }],
    sessions: names.map((name) => sessionSpec(name, { project: "shop", cwd: SHOP })),
  });
  await w.files.makeDir(INBOX);
  const keys = new Keyboard(w);
  await using _ = w.live(w.watcher());
  await w.until(() => names.every((name) => w.phase(name) === "idle"));
  const dispatch = () => dispatcher({ ...w.deps, owner: () => Promise.resolve(OWNER) });
  return Object.assign(w, { keys, dispatch });
}

const drop = (w: World, name: string, text = "Fix the login.\n") =>
  w.files.writeAtomic(`${INBOX}/${name}`, text, 0o644);
const tasks = (w: World): Task[] => Object.values(w.state.tasks);
const only = (w: World): Task => {
  assert.equal(tasks(w).length, 1, JSON.stringify(tasks(w), null, 1));
  return tasks(w)[0]!;
};
const is = (w: World, at: Task["place"]["at"]) => () => tasks(w).some((t) => t.place.at === at);
const story = (w: World) => () =>
  JSON.stringify(w.store.events({ limit: 100_000 }).slice(-30), null, 1);

Deno.test("the dispatcher hands a task to an idle session and puts it away when the agent moved it", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.dispatch());
  await drop(w, "fix.md");
  await w.until(is(w, "running"), story(w));
  const prompt = w.files.text(
    `${w.config.share.projectsDir}/-src-shop/${w.session("s1").conversation}.jsonl`,
  );
  assert.match(prompt!, /please do what the file .*\/inbox\/fix\.md/);
  const marker = JSON.parse(w.files.text(`${INBOX}/fix.md.dispatched`)!);
  assert.deepEqual([marker.session, marker.account, marker.attempt], ["s1", "a", 1]);

  await w.files.rename(`${INBOX}/fix.md`, `${SHOP}/.agent-queue/done/fix.md`);
  await w.until(is(w, "closed"), story(w));
  assert.equal(w.files.text(`${INBOX}/fix.md.dispatched`), null);
  assert.match(w.files.text(`${SHOP}/.agent-queue/done/fix.result.md`)!, /end: "done"/);
  assert.equal(w.keys.times, 1);
});

Deno.test("what a person changes in a task while a session has it counts once it is back in the queue", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.dispatch());
  await drop(w, "fix.md", "---\npriority: 1\n---\nFix the login.\n");
  await w.until(is(w, "running"), story(w));
  await drop(w, "fix.md", "---\npriority: 9\n---\nFix the login.\n");
  await w.clock.advance(60_000);
  assert.equal(only(w).spec.priority, 1);
  const { id } = only(w);
  const notBefore = w.clock.now() + 60 * 60_000;
  w.store.record({ type: "task.requeued", task: id, why: "its session has died", notBefore });
  await w.until(() => only(w).spec.priority === 9, story(w));
});

Deno.test("the dispatcher waits until a file is whole", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.dispatch());
  for (const text of ["Fix", "Fix the", "Fix the login"]) {
    await drop(w, "slow.md", text);
    await w.clock.advance(1_500);
  }
  assert.deepEqual(tasks(w), []);
  await w.until(is(w, "running"), story(w));
});

Deno.test("the dispatcher refuses what cannot be a task, says why, and loses nothing", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.dispatch());
  await drop(w, "bad.md", "---\npriority: high\n---\n\nDo it.\n");
  await w.until(is(w, "closed"), story(w));
  const { place } = only(w);
  assert.match(place.at === "closed" && place.why || "", /its priority must be/);
  assert.match(w.files.text(`${SHOP}/.agent-queue/failed/bad.md`)!, /Do it/);
  assert.match(w.files.text(`${SHOP}/.agent-queue/failed/bad.result.md`)!, /priority must be/);
});

Deno.test("the dispatcher reminds a silent session once, then calls a person", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.dispatch());
  await drop(w, "fix.md");
  await w.until(is(w, "running"), story(w));
  await w.agent.hook("s1", "Stop", {});
  await w.until(() => w.events("task.nudged").length === 1, story(w));
  await w.until(() => w.phase("s1") === "working", story(w));
  await w.agent.hook("s1", "Stop", {});
  await w.until(is(w, "attention"), story(w));
  assert.equal(w.keys.times, 2);
  await w.clock.advance(60_000);
  assert.deepEqual([w.keys.times, w.events("task.nudged").length], [2, 1]);
});

Deno.test("the dispatcher leaves a task alone that another daemon has, and takes it once that gave it up", async () => {
  using w = await pool();
  await drop(w, "fix.md");
  const theirs = { ...OWNER, id: "they", host: "far-away" };
  const marker = {
    version: 1,
    task: "x",
    project: "shop",
    session: null,
    account: null,
    attempt: 1,
  };
  const text = JSON.stringify({ ...marker, at: 1, inode: null, owner: theirs });
  await w.files.writeAtomic(`${INBOX}/fix.md.dispatched`, text);
  await using _ = w.live(w.watcher(), w.dispatch());
  await w.until(is(w, "elsewhere"), story(w));
  await w.clock.advance(30_000);
  assert.equal(w.keys.times, 0);
  await w.files.remove(`${INBOX}/fix.md.dispatched`);
  await w.until(is(w, "running"), story(w));
});

Deno.test("the dispatcher gives two tasks to two sessions, and the third waits", async () => {
  using w = await pool(["s1", "s2"]);
  await using _ = w.live(w.watcher(), w.dispatch());
  for (const name of ["1.md", "2.md", "3.md"]) await drop(w, name);
  await w.until(() => tasks(w).filter((t) => t.place.at === "running").length === 2, story(w));
  await w.clock.advance(10_000);
  assert.deepEqual(tasks(w).map((t) => [t.file, t.place.at]), [
    ["1.md", "running"],
    ["2.md", "running"],
    ["3.md", "queued"],
  ]);
});

Deno.test("the dispatcher keeps the task of a session that a swap moves, with its work cut", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher(), w.dispatch());
  await drop(w, "fix.md");
  await w.until(is(w, "running"), story(w));
  w.store.record(swapOff("w1", { sessions: ["s1"] }));
  await w.clock.advance(w.config.failover.quiesceGraceMs); // then the turn is cut
  await w.until(() => w.state.runningSwap === null, story(w));
  await w.until(() => only(w).swapsSurvived === 1, story(w));
  const { place } = only(w);
  assert.equal(place.at === "running" && place.account, "b");
  assert.match(
    w.agent.last("s1").prompt!,
    /Its task is in the file ".*\/inbox\/fix\.md"\. Once done, run/,
  );
  await w.files.rename(`${INBOX}/fix.md`, `${SHOP}/.agent-queue/done/fix.md`);
  await w.until(is(w, "closed"), story(w));
  const result = w.files.text(`${SHOP}/.agent-queue/done/fix.result.md`)!;
  assert.match(result, /It lived through 1 move to another account/);
});

Deno.test("the dispatcher gives a task to another session when its own was stopped for good", async () => {
  using w = await pool(["s1", "s2"]);
  await using _ = w.live(w.watcher(), w.dispatch());
  await drop(w, "fix.md");
  await w.until(is(w, "running"), story(w));
  w.store.record({ type: "session.stop.requested", session: "s1", by: "person" });
  await w.until(() => only(w).attempts.length === 2 && is(w, "running")(), story(w));
  assert.deepEqual(only(w).attempts.map((a) => [a.session, a.end]), [
    ["s1", "s1 was stopped"],
    ["s2", null],
  ]);
});

Deno.test("the dispatcher calls a person when its prompt stands unsent in the input box", async () => {
  using w = await pool(["s1", "s2"]);
  await using _ = w.live(w.watcher(), w.dispatch());
  w.keys.lost = 100;
  await drop(w, "fix.md");
  await w.until(is(w, "attention"), story(w));
  const { place } = only(w);
  assert.match(place.at === "attention" && place.why || "", /stands unsent in the input box of s1/);
  await w.clock.advance(60_000);
  assert.equal(w.keys.times, 1);
});

Deno.test("the dispatcher calls a person when nobody can tell whether its prompt arrived", async () => {
  for (const isReadable of [true, false]) {
    using w = await pool(["s1"]);
    await using _ = w.live(w.watcher(), w.dispatch());
    w.keys.lost = 100;
    await drop(w, "fix.md");
    await w.until(() => w.keys.times === 1, story(w));
    w.keys.show("s1", ""); // it is gone from the box, and no hook has told of it
    if (!isReadable) w.files.fails(w.config.share.projectsDir, new Error("a stale mount"));
    if (isReadable) await w.until(() => only(w).attempts.length === 2, story(w));
    else await w.until(is(w, "attention"), story(w));
  }
});

Deno.test("the dispatcher goes on with the others when the folder of one project cannot be read", async () => {
  const blog = "/home/ada/blog";
  using w = await pool(["s1"], [{ id: "blog", path: blog, accounts: ["a"] }]);
  await w.files.writeAtomic(`${blog}/.agent-queue/inbox/a.md`, "Write.\n");
  const list = w.files.list.bind(w.files);
  w.files.list = (dir) =>
    dir.startsWith(blog) ? Promise.reject(new Error("no leave to read")) : list(dir);
  await using _ = w.live(w.watcher(), w.dispatch());
  await drop(w, "fix.md");
  await w.until(is(w, "running"), story(w));
  await w.clock.advance(60_000);
  const told = w.events("worker.failed").map(({ error }) => error);
  assert.deepEqual(told, ["the inbox of blog: no leave to read"], "once");
  w.files.list = list;
  await w.until(() => tasks(w).some((t) => t.project === "blog"), story(w));
});

for (const crash of ["after the text", "after Enter", "in the text"] as const) {
  Deno.test(`the dispatcher hands a task over once when the daemon dies ${crash}`, async () => {
    using w = await pool();
    await drop(w, "fix.md");
    w.keys.crash = crash;
    {
      const dying = w.live(w.watcher(), w.dispatch());
      await w.until(() => w.keys.times === 1, story(w));
      await w.clock.advance(100);
      await Promise.resolve(dying[Symbol.asyncDispose]()).catch(() => {});
    }
    w.keys.crash = null;
    if (crash === "in the text") w.keys.show("s1", ""); // a person cleared it away
    await using _ = w.live(w.watcher(), w.dispatch());
    await w.clock.advance(50_000); // a prompt that did not come is sent again after a pause
    await w.until(is(w, "running"), story(w));
    const text = w.files.text(
      `${w.config.share.projectsDir}/-src-shop/${w.session("s1").conversation}.jsonl`,
    );
    assert.equal(text!.match(/please do what the file/g)?.length, 1);
  });
}
