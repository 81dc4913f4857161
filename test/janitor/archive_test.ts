/** The archive, on a real disk and with the real tar. */
import assert from "node:assert/strict";
import { archive } from "../../lib/janitor/archive.ts";
import { type JanitorDeps, runOnce } from "../../lib/janitor/duty.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import type { Files } from "../../lib/ports/files.ts";
import { systemFiles, systemProcesses } from "../../lib/ports/real.ts";
import { claim } from "../../lib/queue/marker.ts";
import { Store } from "../../lib/runtime/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeTmux } from "../fakes/tmux.ts";
import { applied, config, sessionSpec } from "../model/fixtures.ts";
import { type TestHome, testHome } from "../support/mod.ts";

const NOV_23 = Date.UTC(2026, 10, 23);
const processes = systemProcesses();
const US = { id: "us", host: "here", stateDir: "/state", pid: 1 };

function setup(home: TestHome) {
  const project = { id: "shop", path: home.path("shop"), accounts: ["a"] };
  const pool = { sessions: [sessionSpec("s1")], projects: [project] };
  const store = new Store(":memory:", { now: () => NOV_23 });
  store.record(applied(pool));
  const queue = `${project.path}/.agent-queue`;
  const put = async (path: string, text: string, at: number) => {
    await systemFiles.writeAtomic(`${queue}/${path}`, text, 0o644);
    await Deno.utime(`${queue}/${path}`, new Date(at), new Date(at));
  };
  const run = (files: Files = systemFiles) => {
    const deps: JanitorDeps = {
      ...{ files, clock: new FakeClock(NOV_23), processes },
      ...{ tmux: new FakeTmux(), journal: store, owner: () => Promise.resolve(US) },
    };
    const job = { config: config(pool), deps, signal: new AbortController().signal };
    return runOnce(archive, { ...job, state: () => store.state }, { dryRun: false });
  };
  const names = (dir: string) => systemFiles.names(`${queue}/${dir}`);
  const unpack = async (name: string) => {
    const to = home.path(`unpacked-${name}`);
    await systemFiles.makeDir(to);
    const argv = ["tar", "-C", to, "-xzf", `${queue}/archive/${name}`] as const;
    const { code, stderr } = await processes.run([...argv], { timeoutMs: 60_000 });
    assert.equal(code, 0, stderr);
    return to;
  };
  return { store, queue, put, run, names, unpack };
}

const result = (task: string, title: string) =>
  `---\nversion: 1\ntask: "${task}"\ntitle: ${JSON.stringify(title)}\n---\n\n# Done\n`;
const SEPTEMBER = Date.UTC(2026, 8, 15, 12);
const HOSTILE = ["-rf.md", "a b.md", "*.md", "@list.md", "ünï — 漢字.md"];

Deno.test("ended tasks of old months are packed with their results, any names, and an index says which", async () => {
  await using home = await testHome();
  const t = setup(home);
  using _ = t.store;
  for (const [i, file] of HOSTILE.entries()) {
    await t.put(`done/${file}`, `do ${i}`, SEPTEMBER + i);
    const name = file.replace(/\.md$/, ".result.md");
    await t.put(`done/${name}`, result(`t${i}`, `Title\t${i}`), SEPTEMBER + i);
  }
  await t.put("failed/x.md", "x", SEPTEMBER);
  await t.put("done/lonely.result.md", result("t9", "gone"), SEPTEMBER);
  await t.put("done/october.md", "a month not long over", Date.UTC(2026, 9, 30));
  await t.put("done/notes.txt", "somebody's own", SEPTEMBER);

  const { found, removed, problems } = await t.run();
  assert.deepEqual(problems, []);
  assert.deepEqual([found.length, removed], [2, 2]);
  assert.deepEqual(await t.names("done"), ["notes.txt", "october.md"]);
  assert.deepEqual(await t.names("failed"), []);
  const there = await t.names("archive");
  assert.deepEqual(there, [
    ...["2026-09.done.tar.gz", "2026-09.done.tsv", "2026-09.failed.tar.gz", "2026-09.failed.tsv"],
  ]);
  const unpacked = await t.unpack("2026-09.done.tar.gz");
  for (const [i, file] of HOSTILE.entries()) {
    assert.equal(await Deno.readTextFile(`${unpacked}/${file}`), `do ${i}`);
  }
  assert.equal((await systemFiles.names(unpacked)).length, 2 * HOSTILE.length + 1);
  const index = (await Deno.readTextFile(`${t.queue}/archive/2026-09.done.tsv`)).split("\n");
  assert.equal(index[0], "ended\ttask\ttitle\tfile\tbytes\tchanged\tresult bytes\tresult changed");
  assert.ok(index.some((line) => line.includes("\tt1\tTitle 1\ta b.md\t4\t")), index.join("\n"));
  assert.equal((await t.run()).found.length, 0, "and there is nothing to do the second time");
});

Deno.test("what comes late to a month goes into an archive of its own", async () => {
  await using home = await testHome();
  const t = setup(home);
  using _ = t.store;
  await t.put("done/x.md", "first", SEPTEMBER);
  await t.run();
  await t.put("done/x.md", "second", SEPTEMBER);
  await t.run();
  assert.deepEqual((await t.names("archive")).filter((name) => name.endsWith(".gz")), [
    ...["2026-09.done.2.tar.gz", "2026-09.done.tar.gz"],
  ]);
  const first = await t.unpack("2026-09.done.tar.gz");
  const second = await t.unpack("2026-09.done.2.tar.gz");
  assert.equal(await Deno.readTextFile(`${first}/x.md`), "first");
  assert.equal(await Deno.readTextFile(`${second}/x.md`), "second");
});

Deno.test("a file that comes again as it was is packed again, for its result is another one", async () => {
  await using home = await testHome();
  const t = setup(home);
  using _ = t.store;
  for (const [task, title] of [["t1", "Once"], ["t2", "Once more"]] as const) {
    await t.put("done/x.md", "weekly", SEPTEMBER);
    await t.put("done/x.result.md", result(task, title), SEPTEMBER);
    await t.run();
    assert.deepEqual(await t.names("done"), []);
  }
  const again = await t.unpack("2026-09.done.2.tar.gz");
  assert.match(await Deno.readTextFile(`${again}/x.result.md`), /Once more/);
});

Deno.test("a crash at any step loses nothing and packs nothing twice", async () => {
  for (let at = 1;; at++) {
    await using home = await testHome();
    const t = setup(home);
    using _ = t.store;
    await t.put("done/x.md", "x", SEPTEMBER);
    await t.put("done/y.md", "y", SEPTEMBER);
    let step = 0;
    const dies = new Proxy(systemFiles, {
      get(target, name: keyof Files) {
        const work = target[name] as (...args: unknown[]) => unknown;
        const changes = ["writeAtomic", "moveNew", "remove", "makeDir"].includes(name);
        return (...args: unknown[]) => {
          if (changes && ++step >= at) return Promise.reject(new Error("killed"));
          return work.apply(target, args);
        };
      },
    });
    await t.run(dies);
    const crashed = step >= at;
    await t.run();
    assert.deepEqual(await t.names("done"), [], `step ${at}`);
    const archives = (await t.names("archive")).filter((name) => name.endsWith(".gz"));
    assert.deepEqual(archives, ["2026-09.done.tar.gz"], `step ${at}`);
    assert.equal((await systemFiles.names(await t.unpack(archives[0]!))).length, 2, `step ${at}`);
    if (!crashed) return assert.ok(at > 5, "there were steps");
  }
});

Deno.test("a file that an agent has just put there is not taken from under its task", async () => {
  await using home = await testHome();
  const t = setup(home);
  using _ = t.store;
  const file = "x.md";
  await t.put(`inbox/${file}`, "an old wish", SEPTEMBER);
  t.store.record({
    ...{ type: "task.found", task: "t1", project: "shop", file, ref: "x", digest: "" },
    ...{ spec: emptySpec("x"), ignored: [] },
  });
  const rest = { project: "shop", session: "s1", account: "a", attempt: 1, at: NOV_23 };
  await claim(systemFiles, `${t.queue}/inbox`, {
    file,
    marker: { task: "t1", owner: US, ...rest },
  });
  await systemFiles.makeDir(`${t.queue}/done`);
  await Deno.rename(`${t.queue}/inbox/${file}`, `${t.queue}/done/renamed.md`);
  await t.run();
  assert.deepEqual(await t.names("done"), ["renamed.md"]);
  t.store.record(
    { type: "task.ended", task: "t1", as: "done", by: "agent", why: null },
    { type: "task.closed", task: "t1", file: "renamed.md" },
  );
  await t.run();
  assert.deepEqual(await t.names("done"), []);
});
