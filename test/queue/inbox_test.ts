import assert from "node:assert/strict";
import fc from "fast-check";
import type { TasksSpec } from "../../lib/model/config.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { TASK_KEYS, type TaskKey } from "../../lib/model/task.ts";
import type { DirEntry, Files } from "../../lib/ports/files.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import {
  EMPTY_GRACE_MS,
  judgeEntry,
  scanInbox,
  type Sightings,
  sortInbox,
} from "../../lib/queue/inbox.ts";
import { endDir, inboxDir } from "../../lib/queue/layout.ts";
import { claim } from "../../lib/queue/marker.ts";
import { nudgePrompt, taskPrompt } from "../../lib/queue/prompt.ts";
import { putAway } from "../../lib/queue/put_away.ts";
import { hopsOf, parseTaskFile, readTaskFile } from "../../lib/queue/task_file.ts";
import { config } from "../model/fixtures.ts";
import { newTaskOf } from "./fixtures.ts";
import { FakeFiles } from "../fakes/files.ts";
import { testHome } from "../support/mod.ts";

const ALL = { maySet: TASK_KEYS };

function read(text: string | Uint8Array, tasks: Pick<TasksSpec, "maySet"> = ALL, name = "x.md") {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return parseTaskFile({ bytes, size: bytes.length }, { name, tasks });
}

function specOf(front: string, tasks: Pick<TasksSpec, "maySet"> = ALL) {
  const file = read(`---\n${front}\n---\nDo it.\n`, tasks);
  assert.equal(file.refused, null, file.refused ?? "");
  return file as Extract<typeof file, { refused: null }>;
}

// -- parseTaskFile() --

Deno.test("parseTaskFile() takes a file without front matter as it is", () => {
  const file = read("# Mend the cart\n\nIt forgets.\n", ALL, "mend it.md");
  assert.ok(file.refused === null);
  assert.deepEqual(file.spec, emptySpec("mend it"));
  assert.deepEqual([file.ref, file.bodyAt, file.ignored, file.unknown], ["mend it", 0, [], []]);
  assert.notEqual(file.digest, (read("# Mend the card\n") as { digest: string }).digest);
});

Deno.test("parseTaskFile() reads every key", () => {
  const file = specOf([
    "id: 012",
    'title: "Mend \\e[2J the  cart\\n!"',
    "priority: 80",
    "session: ccl-3",
    "model: opus",
    "account: work",
    "after: [one, two, one]",
    "not_before: 2026-11-23 06:00+01:00",
    "timeout: 1h30m",
    "max_attempts: 2",
    "labels: slow",
    "made_by: t7",
    "colour: red",
  ].join("\n"));
  assert.deepEqual(file.spec, {
    title: "Mend [2J the cart !",
    priority: 80,
    after: ["one", "two"],
    labels: ["slow"],
    notBefore: Date.UTC(2026, 10, 23, 5),
    timeoutMs: 5_400_000,
    maxAttempts: 2,
    session: "ccl-3",
    account: "work",
    model: "opus",
    hops: 1,
  });
  assert.deepEqual([file.ref, file.madeBy, file.unknown], ["012", "t7", ["colour"]]);
});

Deno.test("parseTaskFile() leaves aside what a file may not set, and does not even look at it", () => {
  const front = "title: a\naccount: [1, 2]\nmodel:\nmax_attempts: many\npriority: 7";
  const maySet: TaskKey[] = ["title", "priority"];
  const { spec, ignored } = specOf(front, { maySet });
  assert.deepEqual(spec, { ...emptySpec("a"), priority: 7 });
  assert.deepEqual(ignored, ["account", "max_attempts"], "an empty value sets nothing");
});

Deno.test("parseTaskFile() refuses what cannot be meant, and says what", () => {
  const deep = `a: ${"[".repeat(3_000)}`;
  const bomb = "a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]";
  const cases: [string | Uint8Array, RegExp][] = [
    ["", /^it says nothing to do$/],
    ["---\ntitle: a\n---\n \n", /^it says nothing to do$/],
    ["---\ntitle: a\n", /^its front matter begins with --- and has no second line ---$/],
    ["---\ntitle: [a\n---\nx", /^its front matter is not YAML: .* \(line \d\)$/],
    ["---\ntitle: a\ntitle: b\n---\nx", /^its front matter is not YAML: .*unique.* \(line 3\)$/],
    ["---\ntitle: !!js/function x\n---\nx", /^its front matter is not YAML: Unresolved tag/],
    [`---\n${bomb}\n---\nx`, /^its front matter uses an alias$/],
    [`---\n${deep}\n---\nx`, /^its front matter is not YAML/],
    ["---\njust words\n---\nx", /^its front matter is not made of `key: value` lines$/],
    ["---\n- title\n---\nx", /^its front matter is not made of `key: value` lines$/],
    ["---\n? [a]\n: b\n---\nx", /^its front matter has a key that is not a word$/],
    ["---\ntitle: {a: b}\n---\nx", /^its front matter has a value .*: title$/],
    ["---\npriority: 101\n---\nx", /^its priority must be a whole number from 0 to 100$/],
    ["---\npriority: high\n---\nx", /^its priority must be a whole number from 0 to 100$/],
    ["---\ntimeout: 30\n---\nx", /^its timeout must be a length of time from 1m to 168h/],
    ["---\nnot_before: soon\n---\nx", /^its not_before must be a time like 2026-/],
    ["---\ntitle: [a, b]\n---\nx", /^its title must be one text, not a list$/],
    [`---\nid: "a\\nb"\n---\nx`, /^its id must be one line of at most 250 characters$/],
    [`---\nafter: [${"a, ".repeat(9)}"${"x".repeat(251)}"]\n---\nx`, /^its after must be one line/],
    [Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /^it is not UTF-8 text$/],
    [Uint8Array.of(0x61, 0xff, 0x62), /^it is not UTF-8 text$/],
    [Uint8Array.of(0xff, 0xfe, 0x61, 0), /^it is not UTF-8 text$/],
    [Uint8Array.of(0x61, 0xc3), /^it is not UTF-8 text$/],
  ];
  for (const [text, why] of cases) assert.match(read(text).refused ?? "", why, String(text));
});

Deno.test("parseTaskFile() is content with the head of a file, wherever that is cut", () => {
  const bytes = new TextEncoder().encode("---\r\ntitle: ä\r\n---\r\n€uro");
  const begins = bytes.length - "€uro".length - 2;
  for (let cut = begins; cut <= bytes.length; cut++) {
    const head = { bytes: bytes.slice(0, cut), size: 50_000_000 };
    const file = parseTaskFile(head, { name: "x.md", tasks: ALL });
    assert.ok(file.refused === null, `${cut}: ${file.refused}`);
    assert.equal(file.spec.title, "ä");
  }
  const bom = read("\ufeff---\ntitle: a\n---\nx");
  assert.ok(bom.refused === null && bom.spec.title === "a");
  assert.equal(read("text with \ufffd in it").refused, null);
});

Deno.test("hopsOf() takes the longer of what the file says and what is known", () => {
  const maker = newTaskOf("t7", { spec: { ...emptySpec("t7"), hops: 2 } });
  const said = (madeBy: string | null, hops: number) => ({ madeBy, spec: { hops } });
  assert.equal(hopsOf(said(null, 0), null), 0);
  assert.equal(hopsOf(said("t7", 1), maker), 3);
  assert.equal(hopsOf(said("t7", 9), maker), 9);
  assert.equal(hopsOf(said("t0", 1), null), 1);
});

// -- The inbox --

function entry(name: string, changes: Partial<DirEntry> = {}): DirEntry {
  const rest = { size: 5, mtimeNs: 1n, mode: 0o644, inode: 7, device: 1, uid: 1 };
  return { name, kind: "file", ...rest, ...changes };
}

Deno.test("judgeEntry() tells tasks from what is none of our business", () => {
  const tasks = ["x.md", "X.MD", "a b.md", "-rf.md", "$(x).md", "日本.md", "x.part.md", `"'.md`];
  const others = [
    ...["x.txt", "x.md~", ".x.md", ".x.md.swp", ".#x.md", "#x.md#", "~$x.md", "4913", "x.md.part"],
    ...["x.md.tmp", "x.md.dispatched", "x.result.md", "x.sync-conflict-20261122-1-A.md", "#x.md"],
  ];
  for (const name of tasks) assert.equal(judgeEntry(entry(name)), "task", name);
  for (const name of others) assert.equal(judgeEntry(entry(name)), "nothing", name);
  assert.equal(judgeEntry(entry("x.md", { kind: "dir" })), "nothing");
  const refused: [DirEntry, RegExp][] = [
    [entry("x.md", { kind: "link" }), /it is a link/],
    [entry("x.md", { kind: "other" }), /neither a file nor a folder/],
    [entry("x.md", { size: 0 }), /empty/],
    [entry("a\nb.md"), /control characters/],
    [entry("a\u202eb.md"), /control characters/],
    [entry(`${"ä".repeat(121)}.md`), /245 bytes long; 244 are the most/],
  ];
  for (const [given, why] of refused) {
    const as = judgeEntry(given);
    assert.match(typeof as === "object" ? as.refused : as, why);
  }
  assert.equal(judgeEntry(entry(`${"x".repeat(241)}.md`)), "task");
});

Deno.test("sortInbox() waits until a file has not changed for long enough", () => {
  let seen: Sightings = new Map();
  const look = (now: number, ...entries: DirEntry[]) => {
    const scan = sortInbox(entries, { seen, now, stableMs: 2_000 });
    seen = scan.sightings;
    return [scan.tasks.map(({ file }) => file), scan.refused.map(({ why }) => why), scan.again];
  };
  assert.deepEqual(look(0, entry("x.md")), [[], [], 2_000]);
  assert.deepEqual(look(1_999, entry("x.md")), [[], [], 2_000]);
  assert.deepEqual(look(2_000, entry("x.md")), [["x.md"], [], null]);
  for (const change of [{ size: 6 }, { mtimeNs: 2n }, { inode: 8 }]) {
    look(3_000, entry("x.md"));
    assert.deepEqual(
      look(5_000, entry("x.md", change)),
      [[], [], 7_000],
      JSON.stringify(change, str),
    );
  }
  look(8_000);
  assert.deepEqual(look(9_000, entry("x.md")), [[], [], 11_000], "gone meanwhile");
  const empty = entry("y.md", { size: 0 });
  assert.deepEqual(look(20_000, empty), [[], [], 20_000 + EMPTY_GRACE_MS]);
  assert.deepEqual(look(20_000 + EMPTY_GRACE_MS, empty), [[], ["it is empty"], null]);
});

Deno.test("sortInbox() tells which files have a marker, also where the file is gone", () => {
  const entries = ["x.md", "x.md.dispatched", "y.md.dispatched"].map((name) => entry(name));
  const { marked } = sortInbox(entries, { seen: new Map(), now: 0, stableMs: 0 });
  assert.deepEqual([...marked], ["x.md", "y.md"]);
});

Deno.test("readTaskFile() does not open a pipe, nor trust a file that changes while it is read", async () => {
  await using home = await testHome();
  const at = { name: "x.md", tasks: ALL };
  await new Deno.Command("mkfifo", { args: [home.path("x.md")] }).output();
  assert.equal(await readTaskFile(systemFiles, home.path("x.md"), at), null);
  await Deno.remove(home.path("x.md"));
  await Deno.writeTextFile(home.path("x.md"), `do it\n${"x".repeat(1_000_000)}`);
  assert.equal((await readTaskFile(systemFiles, home.path("x.md"), at))?.refused, null);
  const restless: Files = {
    ...systemFiles,
    async readHead(path, max) {
      const head = await systemFiles.readHead(path, max);
      await systemFiles.writeAtomic(path, "another");
      return head;
    },
  };
  assert.equal(await readTaskFile(restless, home.path("x.md"), at), null);
});

// -- Hostile files --

const anyName = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 60 }) },
  fc.string({
    unit: fc.constantFrom(..."\n\r\t\x1b\"'`$();&|<>*?[]{}~#!-. \\ä😀\u202e"),
    minLength: 1,
  }),
  fc.nat(252).map((n) => "x".repeat(n + 1)),
  fc.constantFrom("-rf", "$(touch pwned)", "; reboot", "../../etc/passwd", "a`id`", "CON"),
).map((stem) => `${stem.toWellFormed().replaceAll(/[/\0]/g, "_")}.md`)
  .filter((name) => new TextEncoder().encode(name).length <= 255);
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
  fc.string({ unit: fc.constantFrom(..."---\n:[]{}&*!|>'\"%@`, ab") })
    .map((text) => new TextEncoder().encode(`---\n${text}\n---\nx`)),
  fc.constantFrom("__proto__: 1", "constructor: [a]", "id: ../x", "title: '\u001b[2J'", "<<: *a")
    .map((line) => new TextEncoder().encode(`---\n${line}\n---\n$(reboot)`)),
);

type Put = (path: string, body: Uint8Array) => unknown;

async function hostile(files: Files, put: Put, { dir, count }: { dir: string; count: number }) {
  const project = { path: dir };
  const inbox = inboxDir(project);
  const owner = { id: "a", host: "h", stateDir: "/s", pid: 1 };
  await files.makeDir(inbox);
  const given = new Map(fc.sample(fc.tuple(anyName, anyBody), { numRuns: count, seed: 7 }));
  for (const [name, body] of given) await put(`${inbox}/${name}`, body);
  const first = await scanInbox(files, inbox, { seen: new Map(), now: 0, stableMs: 0 });
  const now = EMPTY_GRACE_MS;
  const scan = await scanInbox(files, inbox, { seen: first.sightings, now, stableMs: 0 });
  const kept = { done: 0, failed: 0 };
  const end = async (file: string, as: "done" | "failed", id: string) => {
    const wanted = { project, task: { id, file }, as, owner };
    const name = await putAway(files, { ...wanted, result: () => `---\ntask: ${id}\n---\n` });
    assert.deepEqual(await files.readHead(`${endDir(project, as)}/${name}`, 1e6), given.get(file));
    kept[as]++;
  };
  for (const [i, { file }] of scan.refused.entries()) await end(file, "failed", `r${i}`);
  for (const [i, { file }] of scan.tasks.entries()) {
    const path = `${inbox}/${file}`;
    const read = await readTaskFile(files, path, { name: file, tasks: config().tasks });
    assert.ok(read);
    const id = `t${i}`;
    if (read.refused !== null) {
      await end(file, "failed", id);
      continue;
    }
    const about = { path, task: id, mark: "[claude-failover:m]" };
    for (const prompt of [taskPrompt(about), nudgePrompt(about)]) {
      assert.match(prompt, /^Task \[claude-failover:m\][^\p{Cc}\p{Zl}\p{Zp}]+$/u);
    }
    const marker = { task: id, project: "p", session: "s", account: "a", attempt: 1, at: 0, owner };
    assert.deepEqual(await claim(files, inbox, { file, marker }), { is: "ours" });
    await end(file, "done", id);
  }
  const left = (await files.list(inbox)).map(({ name }) => name);
  assert.ok(left.every((name) => judgeEntry(entry(name)) === "nothing"), left.join());
  assert.equal(kept.done + kept.failed + left.length, given.size);
  assert.ok(kept.done > count / 10 && kept.failed > count / 10, JSON.stringify(kept));
}

Deno.test("1,000 hostile files: none crashes, each is a task or refused, and all are there in the end", async () => {
  const files = new FakeFiles();
  await hostile(files, (path, body) => files.put(path, body), { dir: "/src/shop", count: 1_000 });
});

Deno.test("hostile files: likewise on a real disk", async () => {
  await using home = await testHome();
  await hostile(systemFiles, Deno.writeFile, { dir: home.dir, count: 100 });
});

function str(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}
