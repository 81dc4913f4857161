import assert from "node:assert/strict";
import fc from "fast-check";
import type { TaskEnd } from "../../lib/model/task.ts";
import type { Files } from "../../lib/ports/files.ts";
import { endDir, inboxDir, resultName } from "../../lib/queue/layout.ts";
import { claim, type Marker, readMarker, release } from "../../lib/queue/marker.ts";
import { isAbandoned, type Owner, ownerId } from "../../lib/queue/owner.ts";
import { bringBack, putAway } from "../../lib/queue/put_away.ts";
import { readResult } from "../../lib/queue/result.ts";
import { whereIs } from "../../lib/queue/where.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { FakeFiles } from "../fakes/files.ts";
import { testHome } from "../support/mod.ts";
import { Crash, crashing, type CrashPlan } from "./crashing_files.ts";

const PROJECT = { path: "/src/shop" };
const INBOX = inboxDir(PROJECT);
const DONE = endDir(PROJECT, "done");
const T0 = Date.UTC(2026, 10, 22);

function owner(id: string): Owner {
  return { id, host: "host", stateDir: `/state/${id}`, pid: 1 };
}

function markerOf(
  task: string,
  who = "a",
  changes: Partial<Marker> = {},
): Omit<Marker, "version" | "inode"> {
  const rest = { project: "shop", session: "s1", account: "a", attempt: 1, at: T0 };
  return { task, ...rest, ...changes, owner: owner(who) };
}

function setup(present: Record<string, string> = { [`${INBOX}/x.md`]: "do it" }) {
  let at = T0;
  const files = new FakeFiles({ now: () => at, files: present });
  const task = { id: "t1", file: "x.md" };
  const end = (as: TaskEnd, over: Files = files, of = task) =>
    putAway(over, {
      project: PROJECT,
      task: of,
      as,
      owner: owner("a"),
      result: (kept) => `---\ntask: ${of.id}\nbytes: ${kept?.bytes ?? 0}\n---\n`,
    });
  const names = async (dir: string) => (await files.list(dir)).map(({ name }) => name);
  return { files, task, end, names, pass: (ms: number) => at += ms };
}

// -- claim() --

Deno.test("claim() is one daemon's, however many try, on a real disk", async () => {
  await using home = await testHome();
  await systemFiles.writeAtomic(home.path("x.md"), "do it");
  const who = Array.from({ length: 10 }, (_, i) => `d${i}`);
  const claims = await Promise.all(
    who.map((id) => claim(systemFiles, home.dir, { file: "x.md", marker: markerOf("t1", id) })),
  );
  const [winner, ...more] = claims.flatMap(({ is }, i) => is === "ours" ? [who[i]!] : []);
  assert.ok(winner !== undefined && more.length === 0);
  const theirs = claims.filter(({ is }) => is === "theirs");
  assert.equal(theirs.length, 9);
  assert.ok(theirs.every((c) => "owner" in c && c.owner === `${winner} on host (process 1)`));
  assert.deepEqual((await systemFiles.list(home.dir)).map(({ name }) => name), [
    ...["x.md", "x.md.dispatched"],
  ]);
});

Deno.test("claim() may be done again, and brings an earlier attempt up to date", async () => {
  const { files, task } = setup();
  const again = (attempt: number) =>
    claim(files, INBOX, { file: task.file, marker: markerOf("t1", "a", { attempt }) });
  assert.deepEqual([await again(1), await again(1), await again(2)], Array(3).fill({ is: "ours" }));
  const there = await readMarker(files, INBOX, { file: task.file, owner: owner("a") });
  assert.ok(there.is === "ours");
  assert.equal(there.marker.attempt, 2);
  assert.equal(there.marker.inode, (await files.stat(`${INBOX}/x.md`))!.inode);
  const other = await claim(files, INBOX, { file: task.file, marker: markerOf("t2") });
  assert.deepEqual(other, { is: "held", task: "t1" });
});

Deno.test("claim() leaves a marker alone that it cannot read, and release() too", async () => {
  const cases = ["", "{", '{"version":2}', "null", "\0\0"];
  for (const text of cases) {
    const { files, task } = setup();
    files.put(`${INBOX}/x.md.dispatched`, text);
    assert.deepEqual(await claim(files, INBOX, { file: task.file, marker: markerOf("t1") }), {
      is: "theirs",
      owner: "unknown (not readable)",
    });
    assert.equal(await release(files, INBOX, { file: task.file, owner: owner("a") }), false);
    assert.equal(files.text(`${INBOX}/x.md.dispatched`), text);
  }
  const { files, task } = setup();
  await files.makeDir(`${INBOX}/x.md.dispatched`);
  const found = await claim(files, INBOX, { file: task.file, marker: markerOf("t1") });
  assert.deepEqual(found, { is: "theirs", owner: "unknown (no file)" });
});

Deno.test("claim() of a file that was put away meanwhile leaves no marker", async () => {
  const { files, names } = setup();
  const late: Files = crashing(files, { at: -1, when: "before" });
  const marker = markerOf("t1", "b");
  const slow: Files = {
    ...late,
    create: async (path, text, mode) => {
      await files.rename(`${INBOX}/x.md`, "/src/shop/.agent-queue/moved.md");
      await files.create(path, text, mode);
    },
  };
  assert.deepEqual(await claim(slow, INBOX, { file: "x.md", marker }), { is: "gone" });
  assert.deepEqual(await names(INBOX), []);
  assert.deepEqual(await claim(files, INBOX, { file: "x.md", marker }), { is: "gone" });
});

Deno.test("ownerId() is made once, and isAbandoned() only what no daemon will come back for", async () => {
  const files = new FakeFiles();
  let n = 0;
  const newId = () => `id-${++n}`;
  const ids = await Promise.all([1, 2, 3].map(() => ownerId(files, "/state/a", newId)));
  assert.deepEqual(ids, ["id-1", "id-1", "id-1"]);
  const own: Owner = { id: "id-1", host: "host", stateDir: "/state/a", pid: 1 };
  assert.equal(await isAbandoned(files, own, "host"), false);
  assert.equal(await isAbandoned(files, { ...own, stateDir: "/gone" }, "host"), true);
  assert.equal(await isAbandoned(files, { ...own, stateDir: "/gone" }, "another"), false);
});

// -- putAway() --

Deno.test("putAway() keeps both where names collide, each with its own result", async () => {
  const { files, end, names, task } = setup();
  assert.equal(await end("done"), "x.md");
  files.put(`${INBOX}/x.md`, "the second");
  assert.equal(await end("done", files, { ...task, id: "t2" }), "x.2.md");
  files.put(`${INBOX}/x.md`, "the third");
  files.put(`${DONE}/x.3.md`, "a person's");
  assert.equal(await end("done", files, { ...task, id: "t3" }), "x.4.md");
  assert.deepEqual(await names(DONE), [
    ...["x.2.md", "x.2.result.md", "x.3.md", "x.4.md", "x.4.result.md", "x.md", "x.result.md"],
  ]);
  assert.equal(files.text(`${DONE}/x.2.md`), "the second");
  assert.deepEqual(await names(INBOX), []);
});

Deno.test("putAway() leaves the file where the agent has put it, and finds it under another name", async () => {
  for (const [to, result] of [["x.md", "x.md"], ["renamed.md", "x.md"]] as const) {
    const { files, end, names, task } = setup();
    await claim(files, INBOX, { file: task.file, marker: markerOf("t1") });
    await files.makeDir(DONE);
    await files.rename(`${INBOX}/x.md`, `${DONE}/${to}`);
    const where = await whereIs(files, { project: PROJECT, task, owner: owner("a") });
    assert.deepEqual([where.at, "file" in where && where.file], ["done", to]);
    assert.equal(await end("done"), result);
    assert.deepEqual(await names(DONE), ["x.md", "x.result.md"]);
    assert.deepEqual(await names(INBOX), []);
  }
});

Deno.test("whereIs() knows a file that was edited before it was moved, and no older one of that name", async () => {
  const sought = { project: PROJECT, task: { id: "t1", file: "x.md" }, owner: owner("a") };
  const { files, task, pass } = setup({
    [`${INBOX}/x.md`]: "do it",
    [`${DONE}/x.md`]: "from long ago",
  });
  pass(3_600_000);
  const at = T0 + 3_600_000;
  await claim(files, INBOX, { file: task.file, marker: markerOf("t1", "a", { at }) });
  await files.remove(`${INBOX}/x.md`);
  assert.equal((await whereIs(files, sought)).at, "gone");
  await files.writeAtomic(`${DONE}/x.md`, "do it: done");
  assert.equal((await whereIs(files, sought)).at, "done");
  files.put(`${DONE}/x.result.md`, "---\ntask: t0\n---\n");
  assert.equal((await whereIs(files, sought)).at, "gone", "another task's");
  files.put(`${INBOX}/x.md`, "saved anew");
  assert.equal((await whereIs(files, sought)).at, "inbox");
});

Deno.test("putAway() says what is gone, and still writes the result", async () => {
  const { files, end, names } = setup({ [`${INBOX}/other.md`]: "" });
  assert.equal(await end("failed"), null);
  assert.equal(await end("failed"), null);
  assert.deepEqual(await names(endDir(PROJECT, "failed")), ["x.result.md"]);
  assert.deepEqual(await names(INBOX), ["other.md"]);
  files.put(`${DONE}/x.md`, "a person's");
  assert.equal(await end("done"), null);
  assert.deepEqual(await names(DONE), ["x.2.result.md", "x.md"], "not beside another's file");
});

Deno.test("putAway() takes names that no marker or result would fit, on a real disk", async () => {
  await using home = await testHome();
  const project = { path: home.dir };
  const cases = ["x".repeat(252) + ".md", "ä".repeat(126) + ".md", "a\nb\x1b[2J.md", "n.MD"];
  for (const [i, file] of cases.entries()) {
    for (const id of [`t${i}`, `u${i}`]) {
      await systemFiles.writeAtomic(`${inboxDir(project)}/${file}`, id);
      const wanted = { project, task: { id, file }, as: "failed" as const, owner: owner("a") };
      const kept = await putAway(systemFiles, {
        ...wanted,
        result: () => `---\ntask: ${id}\n---\n`,
      });
      assert.equal(await systemFiles.read(`${endDir(project, "failed")}/${kept}`), id);
      const result = await systemFiles.read(`${endDir(project, "failed")}/${resultName(kept!)}`);
      assert.equal(readResult(result!)?.task, id);
      assert.match(kept!, /^[xän_a-z[\]\d.]+\.md$/i);
    }
  }
  assert.deepEqual(await systemFiles.list(inboxDir(project)), []);
});

// -- Any order, with deaths --

const ENDS: readonly TaskEnd[] = ["done", "failed", "cancelled"];
const FILES = ["x.md", "x.2.md", "y.md"];
const anyCrash: fc.Arbitrary<CrashPlan> = fc.record({
  at: fc.nat(7),
  when: fc.constantFrom("before" as const, "half" as const, "after" as const),
});
const anyStep = fc.record({
  do: fc.constantFrom(
    ...(["drop", "drop", "claim", "claim", "edit", "move", "end", "end", "retry"] as const),
  ),
  pick: fc.nat(20),
  who: fc.constantFrom("a", "b"),
  as: fc.constantFrom("done" as const, "failed" as const, "cancelled" as const),
  crashes: fc.array(anyCrash, { maxLength: 3 }),
  /** A person drops a new file of the same name as soon as it is free, also while we are dead. */
  hasty: fc.boolean(),
});
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

interface Life {
  readonly id: string;
  file: string;
  owner: string | null;
  /** Null: in the inbox or with its agent. */
  closed: { as: TaskEnd; file: string } | null;
}

class World {
  readonly files: FakeFiles;
  readonly lives: Life[] = [];
  #now = T0;

  constructor() {
    this.files = new FakeFiles({ now: () => this.#now += 10_000 });
  }

  drop(file: string): void {
    if (this.files.text(`${INBOX}/${file}`) !== null) return;
    const id = `t${this.lives.length}`;
    this.lives.push({ id, file, owner: null, closed: null });
    this.files.put(`${INBOX}/${file}`, `<${id}>`);
  }

  async step(step: Step): Promise<void> {
    if (step.do === "drop") return this.drop(FILES[step.pick % FILES.length]!);
    const open = step.do === "retry"
      ? this.lives.filter(({ closed }) => closed && closed.as !== "done")
      : this.lives.filter(({ closed }) => !closed);
    const life = open[step.pick % open.length];
    if (!life) return;
    const inbox = `${INBOX}/${life.file}`;
    const isThere = this.files.text(inbox) === `<${life.id}>`;
    switch (step.do) {
      case "claim": {
        if (!isThere || await this.#isHeld(life)) return;
        const marker = markerOf(life.id, step.who, { at: this.#now });
        const got = await this.#live(
          step,
          life,
          (files) => claim(files, INBOX, { file: life.file, marker }),
        );
        assert.equal(got.is, (life.owner ?? step.who) === step.who ? "ours" : "theirs");
        life.owner ??= step.who;
        return;
      }
      case "edit":
        if (life.owner && isThere) await this.files.writeAtomic(inbox, `<${life.id}>`);
        return;
      case "move":
        if (!life.owner || !isThere) return;
        await this.files.makeDir(endDir(PROJECT, step.as));
        await this.files.moveNew(inbox, `${endDir(PROJECT, step.as)}/${life.file}`);
        return;
      case "end": {
        if (life.owner === null && await this.#isHeld(life)) return;
        const wanted = {
          project: PROJECT,
          task: life,
          as: step.as,
          owner: owner(life.owner ?? "a"),
          result: () => `---\ntask: ${life.id}\nbytes: 9\n---\n`,
        };
        const file = await this.#live(step, life, (files) => putAway(files, wanted));
        assert.ok(file !== null, `${life.id} is gone`);
        Object.assign(life, { owner: null, closed: { as: step.as, file } });
        return;
      }
      case "retry": {
        const { as, file } = life.closed!;
        const marker = markerOf(life.id, "a");
        const wanted = { project: PROJECT, task: life, from: as, file, marker };
        const back = await this.#live(step, life, (files) => bringBack(files, wanted));
        assert.ok(back !== null, `${life.id} is gone`);
        await release(this.files, INBOX, { file: back, owner: owner("a"), task: life.id });
        Object.assign(life, { file: back, owner: null, closed: null });
        return;
      }
    }
  }

  /** Each task's file is in exactly one place, and a closed one has its result beside it. */
  async check(): Promise<void> {
    for (const { id, closed } of this.lives) {
      const [place, ...more] = await this.#placesOf(id);
      assert.ok(place !== undefined, `${id} is lost`);
      assert.deepEqual(more, [], `${id} is in ${place} too`);
      if (!closed) continue;
      const dir = endDir(PROJECT, closed.as);
      assert.equal(place, `${dir}/${closed.file}`);
      const result = readResult(this.files.text(`${dir}/${resultName(closed.file)}`) ?? "");
      assert.equal(result?.task, id);
    }
  }

  /** Does it until it is done; each crash is one life less. What is there in between is there at least once. */
  async #live<T>(step: Step, life: Life, act: (files: Files) => Promise<T>): Promise<T> {
    for (const crash of step.crashes) {
      try {
        return await act(crashing(this.files, crash));
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      const paths = await this.#placesOf(life.id);
      const infos = await Promise.all(paths.map((path) => this.files.stat(path)));
      const inodes = new Set(infos.map((info) => info!.inode));
      assert.equal(inodes.size, 1, `${life.id} has ${inodes.size} copies while we are dead`);
      if (step.hasty) this.drop(life.file);
    }
    return await act(this.files);
  }

  /** A dispatcher does not look at a file while an open task of that name has its marker there. */
  async #isHeld(life: Life): Promise<boolean> {
    const other = this.lives.find((o) =>
      o !== life && !o.closed && o.file === life.file && o.owner
    );
    const { files } = this;
    return other !== undefined &&
      (await readMarker(files, INBOX, { file: life.file, owner: owner(other.owner!) })).is ===
        "ours";
  }

  async #placesOf(id: string): Promise<string[]> {
    const dirs = [INBOX, ...ENDS.map((end) => endDir(PROJECT, end))];
    const paths = await Promise.all(
      dirs.map(async (dir) => (await this.files.list(dir)).map(({ name }) => `${dir}/${name}`)),
    );
    return paths.flat().filter((path) => this.files.text(path) === `<${id}>`);
  }
}

Deno.test("any order of claims, ends and retries, with deaths in between, keeps each file in one place", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 25, size: "max" }), async (steps) => {
      const world = new World();
      for (const step of steps) {
        await world.step(step);
        await world.check();
      }
    }),
    { numRuns: Number(Deno.env.get("QUEUE_RUNS") ?? 400) },
  );
});
