import { deepEqual, equal, match, ok } from "node:assert/strict";
import { EXIT } from "../../lib/cli/errors.ts";
import type { Fact } from "../../lib/model/event.ts";
import { journalPath, Store } from "../../lib/runtime/store.ts";
import { config as pool, MINUTE, NOON, running, started } from "../http/fixture.ts";
import { inboxDir } from "../../lib/queue/layout.ts";
import { midday } from "../http/setup.ts";
import { testHome } from "../support/mod.ts";
import { found } from "./task_facts.ts";
import { world } from "./world.ts";

const AGE = "No daemon is running: this was so 3 min ago";

const swap = {
  type: "swap.requested",
  swap: "5b2e",
  from: "work",
  to: "spare",
  by: "person",
  reason: { kind: "wall", session: "ccl-0", window: "five_hour" },
  sessions: ["ccl-0"],
} as const satisfies Fact;

/** A world without a daemon; the last one has left a journal with these facts, written three minutes ago. */
async function leftBehind(...facts: Fact[]) {
  const home = await testHome();
  const config = pool({ paths: { stateDir: `${home.dir}/state`, runtimeDir: `${home.dir}/run` } });
  const w = await world({ facts: null, config });
  if (facts.length > 0) {
    using store = new Store(journalPath(config), { now: () => NOON - 3 * MINUTE });
    store.record({ type: "config.applied", config }, started(), ...facts);
  }
  return {
    ...w,
    path: journalPath(config),
    async [Symbol.asyncDispose]() {
      await w[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

Deno.test("events reads the journal itself when no daemon runs, and leaves it as it is", async () => {
  await using w = await leftBehind(...running(["ccl-0"]));
  const before = await Deno.readFile(w.path);
  equal(await w.run("events"), EXIT.ok);
  match(w.said.out, /ccl-0/);
  equal(w.said.err, `${AGE}.\n`);
  deepEqual(await Deno.readFile(w.path), before);
});

Deno.test("status says what the last daemon knew and how old that is, and ends with 3", async () => {
  await using w = await leftBehind(...running(["ccl-0"]));
  equal(await w.run("status"), EXIT.noDaemon);
  match(w.said.out, /^claude-failover · no daemon is running · this was so 3 min ago/);
  match(w.said.out, /ccl-0 +work +shop +idle/);
  match(w.said.out, /Nothing is watched, moved or handed out/);
  ok(w.said.err.startsWith(`${AGE}\n`), w.said.err);
});

Deno.test("status --json without a daemon is a view with the daemon down", async () => {
  await using w = await leftBehind(...running(["ccl-0"]));
  equal(await w.run("status", "--json"), EXIT.noDaemon);
  const view = JSON.parse(w.said.out);
  equal(view.daemon.phase, "down");
  equal(view.asOf, NOON - 3 * MINUTE);
});

Deno.test("where no daemon ever ran there is nothing to show, and no journal is made", async () => {
  await using w = await leftBehind();
  equal(await w.run("events"), EXIT.noDaemon);
  equal(w.said.out, "");
  equal(await Deno.stat(w.path).then(() => true, () => false), false);
});

for (
  const [args, shown] of [
    [["quota"], /work · subscription/],
    [["explain"], /^Nothing is decided: no daemon is running[^]*What is known[^]*work/],
    [["explain", "last"], /work → spare[^]*because/],
    [["swap", "show"], /work → spare/],
    [["task", "list"], /0000aaaa/],
    [["task", "show", "0000aaaa"], /Waits, since\n +- no daemon is running to hand it out/],
    [["task", "why", "0000aaaa"], /- no daemon is running to hand it out/],
  ] as const
) {
  Deno.test(`${args.join(" ")} without a daemon reads its journal, says how old that is and ends with 3`, async () => {
    await using w = await leftBehind(...running(["ccl-0"]), swap, found("0000aaaa", "login.md"));
    equal(await w.run(...args), EXIT.noDaemon);
    match(w.said.out, shown);
    equal(w.said.err, `${AGE}\nHint: start it with \`claude-failover run\`\n`);
    w.said.out = "";
    equal(await w.run(...args, "--json"), EXIT.noDaemon);
    JSON.parse(w.said.out);
  });
}

Deno.test("explain without a daemon does not guess who could take the work", async () => {
  await using w = await leftBehind(...running(["ccl-0"]));
  await w.run("explain", "--json");
  deepEqual(JSON.parse(w.said.out).considered, []);
});

Deno.test("stop and reload without a daemon say that there is nothing to do, and what to do next", async () => {
  await using w = await leftBehind();
  for (
    const [args, hint] of [
      [
        ["stop"],
        /^Hint: there is nothing to stop; sessions .* `claude-failover run` takes them up/m,
      ],
      [["stop", "--sessions"], /^Hint: sessions .* then `stop --sessions` ends them/m],
      [["reload"], /^Hint: there is nothing to reload; `claude-failover run` starts one/m],
    ] as const
  ) {
    w.said.err = "";
    equal(await w.run(...args), EXIT.noDaemon);
    match(w.said.err, hint);
  }
});

Deno.test("a list is whole in a pipe and cut to the width of a terminal", async () => {
  const path = `/home/ada/${"a-long-folder/".repeat(8)}shop`;
  const config = pool({ projects: [{ ...pool().projects[0]!, path }] });
  for (const isTty of [false, true]) {
    await using w = await world({ facts: null, config, isTty });
    equal(await w.run("projects", "list"), EXIT.ok);
    equal(w.said.out.includes(path), !isTty);
  }
});

Deno.test("what the journal does not have is told as the daemon would tell it", async () => {
  await using w = await leftBehind(...running(["ccl-0"]));
  for (const args of [["swap", "show"], ["explain", "last"]]) {
    equal(await w.run(...args), EXIT.failed);
    match(
      w.said.err,
      /there was no swap yet\nHint: `claude-failover explain` says why nothing moves/,
    );
    w.said.err = "";
  }
  equal(await w.run("task", "show", "0000aaaa"), EXIT.usage);
  equal(w.said.err, "Cannot show task 0000aaaa: no task 0000aaaa\nHint: there is no task yet\n");
});

Deno.test("status without a daemon promises no restart", async () => {
  const dead: Fact = { type: "run.ended", session: "ccl-0", run: "run-ccl-0-work", exit: 1 };
  await using w = await leftBehind(...running(["ccl-0"]), dead);
  equal(await w.run("status"), EXIT.noDaemon);
  match(w.said.out, /ccl-0 .* dead/);
  ok(!/restarts/.test(w.said.out), w.said.out);
});

Deno.test("status without a daemon does not say when a parked session wakes", async () => {
  const run = { session: "ccl-0", run: "run-ccl-0-work" };
  const move = { swap: "5b2e", session: "ccl-0" };
  const stopped: Fact[] = [
    { type: "run.stopping", ...run, why: "a swap", tree: [] },
    { type: "run.ended", ...run, exit: 0 },
  ];
  const { from, reason, sessions } = swap;
  const parks: Fact[] = [
    { type: "park.requested", swap: "5b2e", by: "policy", from, reason, sessions },
    ...(["checkpoint", "quiesce", "stop"] as const).flatMap((step): Fact[] => [
      { type: "move.step.started", ...move, step },
      ...(step === "stop" ? stopped : []),
      { type: "move.step.finished", ...move, step },
    ]),
    { type: "move.parked", ...move, until: NOON + 60 * MINUTE },
    { type: "swap.finished", swap: "5b2e" },
  ];
  await using w = await leftBehind(...running(["ccl-0"]), ...parks);
  equal(await w.run("status"), EXIT.noDaemon);
  match(w.said.out, /ccl-0 .* parked until a daemon wakes it/);
  w.said.out = "";
  equal(await w.run("status", "--json"), EXIT.noDaemon);
  equal(JSON.parse(w.said.out).sessions[0].wakesAt, null);
});

for (const word of ["later.md", "later"]) {
  Deno.test(`a task that is still a file in an inbox is named so by task show ${word}, with and without a daemon`, async () => {
    await using without = await leftBehind(...running(["ccl-0"]));
    await using beside = await world();
    for (const w of [without, beside]) {
      w.files.put(`${inboxDir(w.config.projects[0]!)}/later.md`, "Do it later.");
      equal(await w.run("task", "show", word), EXIT.usage);
      match(w.said.err, /Hint: later\.md is in the inbox of shop, no daemon has taken it yet\n$/);
    }
  });
}

Deno.test("task list shows a file in an inbox that a daemon has not taken yet", async () => {
  await using w = await world();
  w.files.put(`${inboxDir(w.config.projects[0]!)}/later.md`, "Do it later.");
  equal(await w.run("task", "list"), EXIT.ok);
  equal(w.said.out, "  + later.md is in the inbox of shop, no daemon has taken it yet\n");
});

Deno.test("task list takes no file of more tasks than it shows for one that nobody has taken", async () => {
  const many = Array.from({ length: 1_001 }, (_, i) => found(`t${i}`, `t${i}.md`));
  await using w = await world({ facts: [...midday(), ...many] });
  w.files.put(`${inboxDir(w.config.projects[0]!)}/t0.md`, "Do it.");
  w.files.put(`${inboxDir(w.config.projects[0]!)}/t1000.md`, "Do it.");
  equal(await w.run("task", "list", "--json"), EXIT.ok);
  const { tasks, untaken } = JSON.parse(w.said.out);
  deepEqual([tasks.length, untaken], [1_000, []]);
});

Deno.test("task list without a daemon shows a file in an inbox, and leaves other files alone", async () => {
  await using w = await leftBehind(...running(["ccl-0"]), found("0000aaaa", "login.md"));
  const inbox = inboxDir(w.config.projects[0]!);
  await w.files.makeDir(inbox);
  await w.files.create(`${inbox}/later.md`, "Do it later.", 0o644);
  await w.files.create(`${inbox}/notes.txt`, "no task", 0o644);
  equal(await w.run("task", "list"), EXIT.noDaemon);
  match(w.said.out, /\+ later\.md is in the inbox of shop, no daemon has taken it yet/);
  ok(!w.said.out.includes("notes.txt") && !w.said.out.includes("no task:"), w.said.out);
  w.said.out = "";
  await w.run("task", "list", "--json");
  deepEqual(JSON.parse(w.said.out).untaken, [{ project: "shop", file: "later.md" }]);
});
