/** `checkpoint …`: what is kept, compared and brought back. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { Checkpoint } from "../../lib/claude/checkpoint_file.ts";
import { checkpointPath, patchPath } from "../../lib/claude/checkpoint_file.ts";
import { config, NOON } from "../http/fixture.ts";
import { golden } from "./golden.ts";
import { world } from "./world.ts";

const MINUTE = 60_000;
const CWD = "/home/ada/shop";

const latest: Checkpoint = {
  version: 2,
  id: "latest",
  takenAt: NOON - 3 * MINUTE,
  session: "ccl-0",
  account: "work",
  conversation: "6f0c7c1e-0000-4000-8000-000000000000",
  run: "r1",
  cwd: CWD,
  phase: "working",
  task: { id: "0000aaaa", project: "shop", file: "login.md", title: "Mend the login" },
  lastTool: { name: "Bash", id: "toolu_1", inputDigest: "d", finished: false },
  todos: [
    { text: "read the code", status: "completed" },
    { text: "mend the cart", status: "in_progress" },
    { text: "run the tests", status: "pending" },
  ],
  git: {
    head: "a".repeat(40),
    branch: "main",
    dirty: [
      { path: "lib/cart.ts", state: "changed", bytes: 10, digest: "1" },
      { path: "notes.md", state: "untracked", bytes: 5, digest: "2" },
    ],
    dirtyCount: 60,
  },
  transcript: { path: "/home/ada/t.jsonl", sizeBytes: 4711 },
  patch: { bytes: 99 },
};
const move: Checkpoint = {
  ...latest,
  ...{ id: "9c1e0f3a-1111-4000-8000-000000000000", takenAt: NOON - 90 * MINUTE, phase: "idle" },
  ...{ task: null, lastTool: null, todos: [], patch: null },
};

async function kept() {
  const w = await world();
  for (const one of [latest, move]) {
    w.files.put(checkpointPath(config(), "ccl-0", one.id), JSON.stringify(one));
  }
  w.files.put(checkpointPath(config(), "ccl-1", "latest"), "{ torn");
  w.files.put(patchPath(config(), "ccl-0", "latest"), "diff");
  w.files.put(`${CWD}/.git/HEAD`, "");
  w.files.put(`${CWD}/lib/cart.ts`, "0123456789");
  w.processes.on("git", (args) => {
    const status = ["# branch.oid " + "b".repeat(40), "# branch.head main"];
    const changed = `1 .M N... 100644 100644 100644 ${"0".repeat(40)} ${
      "0".repeat(40)
    } lib/cart.ts`;
    if (args.includes("status")) return { stdout: [...status, changed, "? new.md", ""].join("\0") };
    return {};
  });
  return w;
}

Deno.test("checkpoint list, show and diff print what is kept, within 80 columns", async () => {
  await using w = await kept();
  const page: string[] = [];
  for (
    const args of [
      ["list"],
      ["show", "ccl-0"],
      ["show", "ccl-0", "9c1e"],
      ["diff", "ccl-0"],
      ["show", "ccl-0", "--prompt"],
    ]
  ) {
    w.said.out = "";
    equal(await w.run("checkpoint", ...args), 0, w.said.err);
    page.push(`$ checkpoint ${args.join(" ")}\n${w.said.out}`);
  }
  await golden("checkpoint", page.join("\n"));
  const lines = page.slice(0, -1).join("\n").split("\n");
  equal(lines.filter((line) => line.length > 80), []);
});

Deno.test("checkpoint list says when there is none, and what a name may be", async () => {
  await using empty = await world();
  equal(await empty.run("checkpoint", "list"), 0);
  match(empty.said.out, /none yet/);
  await using w = await kept();
  equal(await w.run("checkpoint", "show", "ccl-9"), 2);
  match(w.said.err, /there is none\n.*ccl-0, ccl-1/);
  equal(await w.run("checkpoint", "show", "ccl-0", "beef"), 2);
  match(w.said.err, /Cannot find the checkpoint beef of ccl-0: there is none/);
  w.said.out = "";
  equal(await w.run("checkpoint", "list", "ccl-0", "--tsv"), 0);
  equal(w.said.out.split("\n")[2]?.split("\t").slice(0, 2), ["ccl-0", move.id]);
});

Deno.test("checkpoint restore makes a work tree of its own, and says what it cannot", async () => {
  await using w = await kept();
  equal(await w.run("checkpoint", "restore", "ccl-0", "--to", "/tmp/back"), 0, w.said.err);
  const git = w.processes.runs.map(({ argv }) => argv.join(" "));
  equal(git, [
    `git -C ${CWD} worktree add --detach /tmp/back ${"a".repeat(40)}`,
    `git -C /tmp/back apply --whitespace=nowarn ${patchPath(config(), "ccl-0", "latest")}`,
  ]);
  equal(await w.run("checkpoint", "restore", "ccl-0", "9c1e", "--to", "/tmp/back"), 1);
  match(w.said.err, /60 files were not committed, and they were not kept\n.*checkpoints\.patch/);
  equal(await w.run("checkpoint", "restore", "ccl-0", "--to", CWD), 2);
  match(w.said.err, /there is something at \/home\/ada\/shop/);
});
