import assert from "node:assert/strict";
import { emptySpec } from "../../lib/model/fold_task.ts";
import type { Fact } from "../../lib/model/event.ts";
import { findMark } from "../../lib/claude/spool.ts";
import { nudgePrompt, taskAgainPrompt, taskPrompt } from "../../lib/queue/prompt.ts";
import { type Outcome, readResult, resultText } from "../../lib/queue/result.ts";
import {
  isNews,
  nextStatus,
  projectStatus,
  readStatus,
  type StatusFile,
  writeStatus,
} from "../../lib/queue/status_file.ts";
import { statusPath } from "../../lib/queue/layout.ts";
import { FakeFiles } from "../fakes/files.ts";
import { applied, folded, sessionSpec, started, T0 } from "../model/fixtures.ts";
import { newTaskOf } from "./fixtures.ts";

// -- result.ts --

function outcome(changes: Partial<Outcome> = {}): Outcome {
  const attempt = { endedAt: T0 + 90_000, end: "its session died" };
  return {
    task: newTaskOf("t1", {
      file: "mend it.md",
      ref: "mend it",
      spec: emptySpec("Mend the cart"),
      ignored: ["account"],
      attempts: [
        { nth: 1, session: "ccl-1", account: "a", startedAt: T0, ...attempt },
        {
          nth: 2,
          session: "ccl-2",
          account: "b",
          then: ["c"],
          startedAt: T0 + 100_000,
          endedAt: null,
          end: null,
        },
      ],
      swapsSurvived: 1,
    }),
    as: "done",
    by: "agent",
    why: null,
    endedAt: T0 + 3_700_000,
    conversation: "c-2",
    note: null,
    tokens: { input: 1200, output: 300, cached: 900 },
    ...changes,
  };
}

Deno.test("resultText() has a part for programs and the story in words", () => {
  const text = resultText(outcome({ note: "All green.\n# Not a heading" }), {
    file: "mend it.2.md",
    bytes: 42,
  });
  assert.equal(
    text,
    `---
version: 1
task: "t1"
ref: "mend it"
title: "Mend the cart"
project: "shop"
file: "mend it.2.md"
bytes: 42
end: "done"
said_by: "agent"
found: "2026-11-22T12:00:00.000Z"
ended: "2026-11-22T13:01:40.000Z"
duration: 3690
attempts: 2
session: "ccl-2"
conversation: "c-2"
accounts: ["a","b","c"]
swaps_survived: 1
tokens_in: 1200
tokens_out: 300
tokens_cached: 900
---

# Done: Mend the cart

1. ccl-1 under a, from 2026-11-22T12:00:00.000Z for 1 min 30 s: its session died
2. ccl-2 under b, then c, from 2026-11-22T12:01:40.000Z for 1 h

It lived through 1 move to another account.
Left aside, since tasks.may_set does not name it: account.

What was said about it:

> All green.
> # Not a heading
`,
  );
  assert.deepEqual(readResult(text), { task: "t1", bytes: 42 });
});

Deno.test("resultText() keeps what others wrote in its place", () => {
  const hostile = '"\n---\ntask: t9\n# <b>`x`';
  const task = newTaskOf("t1", { ref: hostile, spec: emptySpec(hostile), file: hostile });
  const text = resultText(outcome({ task, note: `---\ntask: t9\n${hostile}`, why: hostile }), null);
  assert.deepEqual(readResult(text), { task: "t1", bytes: 0 });
  assert.match(text, /\n# Done: .*\\<b\\>\\`x\\`\n/);
  assert.match(text, /\nIts file was gone when it was to be put away\.\n/);
  assert.match(text, /Nobody had begun it\./);
  const long = resultText(outcome({ note: "x\n".repeat(5_000) }), null);
  assert.equal(long.match(/^> x$/gm)?.length, 60);
});

Deno.test("readResult() knows no other text", () => {
  for (const text of ["", "hello", "---\ntask:\n---\n", "---\ntask: [a]\n---\n", "---\n"]) {
    assert.equal(readResult(text), null, text);
  }
});

// -- prompt.ts --

Deno.test("taskPrompt() is one line that begins with a letter, carries its mark and fits one typing", () => {
  const about = {
    path: '/home/ada/src/shop/.agent-queue/inbox/mend the "cart".md',
    task: "0193e4a2-7d11-7c1b-a1f0-3b5f0c9d2e77",
    mark: "[claude-failover:0193e4a2-7d11-7c1b-a1f0-3b5f0c9d2e78]",
  };
  const prompts = [
    taskPrompt(about),
    taskAgainPrompt({ ...about, attempt: 2 }),
    nudgePrompt(about),
  ];
  for (const prompt of prompts) {
    assert.match(prompt, /^Task [^\n]+$/);
    assert.equal(findMark(prompt), about.mark);
    assert.ok(prompt.includes(JSON.stringify(about.path)));
    assert.ok(prompt.includes(`claude-failover task done ${about.task}`));
  }
  assert.ok(prompts[0]!.length <= 400, `${prompts[0]!.length}`);
  const odd = taskPrompt({ ...about, path: "/a\n\u202e\u2028b.md" });
  assert.ok(odd.includes('the file "/a\\n\\u202e\\u2028b.md" says;'), odd);
});

// -- status_file.ts --

const SHOP = { id: "shop", path: "/src/shop", accounts: ["a"] };

function shop(...facts: Fact[]) {
  return folded(
    applied({
      projects: [SHOP],
      sessions: [sessionSpec("s1", { project: "shop" }), sessionSpec("s2")],
    }),
    ...started("s1", "r1"),
    ...facts,
  );
}

Deno.test("projectStatus() tells of the project's sessions and of the tasks at work", () => {
  assert.deepEqual(projectStatus(shop(), "shop"), {
    state: "idle",
    sessions: { s1: { phase: "idle", task: null } },
    tasks: [],
  });
  const at = shop(
    {
      type: "task.found",
      task: "t1",
      project: "shop",
      file: "x.md",
      ref: "x",
      digest: "",
      spec: emptySpec("X"),
      ignored: [],
    },
    { type: "task.assigned", task: "t1", session: "s1", mark: "m", why: "" },
    { type: "prompt.accepted", session: "s1", run: "r1", mark: "m", seenAt: T0 },
  );
  assert.deepEqual(projectStatus(at, "shop"), {
    state: "working",
    sessions: { s1: { phase: "working", task: "t1" } },
    tasks: [{ id: "t1", file: "x.md", title: "X" }],
  });
});

Deno.test("readStatus() hears others, also those who edit our text, and never ourselves", async () => {
  const files = new FakeFiles();
  const at = { last: null as StatusFile | null, writer: "us" };
  const said = async () => (await readStatus(files, SHOP, at)).said;
  const idle = projectStatus(shop(), "shop");
  assert.equal(await said(), null, "there is no file");
  const first = nextStatus(idle, { last: null, writer: "us", seq: 0, now: T0 });
  await writeStatus(files, SHOP, first);
  assert.equal(await said(), null, "ours, from before a restart");
  at.last = first;
  assert.equal(await said(), null);
  const put = (value: unknown) => files.put(statusPath(SHOP), JSON.stringify(value));
  put({ ...first, state: "working" });
  assert.deepEqual(await said(), { state: "working", by: "us" }, "edited in place");
  put({ state: "working" });
  assert.deepEqual(await said(), { state: "working", by: "unknown" }, "an old script");
  put({ state: "working", writer: "an\u001bagent", seq: 70 });
  assert.deepEqual(await readStatus(files, SHOP, at), {
    said: { state: "working", by: "an agent" },
    seq: 70,
  });
  put({ state: "idle", writer: "agent" });
  assert.equal(await said(), null, "nothing new");
  for (const text of ["", "{", '{"state":"busy"}', "[]"]) {
    files.put(statusPath(SHOP), text);
    assert.equal(await said(), null, text);
  }
  const second = nextStatus({ ...idle, state: "working" }, {
    last: first,
    writer: "us",
    seq: 70,
    now: T0 + 5,
  });
  assert.deepEqual([second.seq, second.since, second.heartbeat], [71, T0 + 5, T0 + 5]);
  const third = nextStatus(second, { last: second, writer: "us", seq: 71, now: T0 + 9 });
  assert.deepEqual([third.seq, third.since, third.heartbeat], [72, T0 + 5, T0 + 9]);
  assert.deepEqual([isNews(idle, null), isNews(idle, first), isNews(idle, second)], [
    true,
    false,
    true,
  ]);
});
