/** `task …`: the work in the inboxes. */
import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { until } from "../support/mod.ts";
import { MINUTE } from "../http/fixture.ts";
import { midday } from "../http/setup.ts";
import { golden } from "./golden.ts";
import { busyTasks, found } from "./task_facts.ts";
import { world } from "./world.ts";

const INBOX = "/home/ada/shop/.agent-queue/inbox";

Deno.test("task list, show, why and preview print the work, within 80 columns", async () => {
  await using w = await world({ facts: busyTasks });
  w.daemon.pass(3 * MINUTE);
  const page: string[] = [];
  for (
    const args of [
      ["list"],
      ["list", "--all"],
      ["list", "--project", "blog"],
      ["show", "login.md"],
      ["show", "0000b"],
      ["why", "docs"],
      ["why", "login"],
      ["preview"],
    ]
  ) {
    w.said.out = "";
    equal(await w.run("task", ...args), 0, args.join(" "));
    page.push(`$ task ${args.join(" ")}\n${w.said.out}`);
  }
  await golden("task", page.join("\n"));
  ok(page.join("\n").split("\n").every((line) => line.length <= 80));
});

Deno.test("status counts the tasks, and names those that need a person", async () => {
  await using w = await world({ facts: busyTasks });
  equal(await w.run("status"), 0);
  match(
    w.said.out,
    /\nTasks\n {2}1 under way, 1 waiting\n {2}! 0000dddd needs attention: `claude-/,
  );
  await using quiet = await world();
  equal(await quiet.run("status"), 0);
  doesNotMatch(quiet.said.out, /Tasks/);
});

Deno.test("task list --tsv holds one line a task, whatever its title, and --json the view", async () => {
  const odd = { ...emptySpec("a\ttitle\nof two lines"), priority: 90 };
  await using w = await world({
    facts: [...midday(), found("0000aaaa", "odd.md", { spec: odd } as never)],
  });
  equal(await w.run("task", "list", "--tsv"), 0);
  const [head, line, ...rest] = w.said.out.split("\n");
  equal([head!.split("\t").length, line!.split("\t").length, rest], [9, 9, [""]]);
  w.said.out = "";
  equal(await w.run("task", "list", "--json"), 0);
  const { tasks, paused } = JSON.parse(w.said.out);
  equal([tasks[0].priority, tasks[0].place, paused], [90, "queued", null]);
});

Deno.test("task done is a person's word on any task, and an agent's only on its own", async () => {
  await using person = await world({ facts: busyTasks });
  equal(await person.run("task", "done", "docs", "--note", "no longer needed"), 0);
  const { place } = person.daemon.store.state.tasks["0000bbbb"]!;
  ok(place.at === "closing" && place.as === "done" && place.by === "person");
  equal(person.daemon.control.kept.get("0000bbbb"), "no longer needed");
  doesNotMatch(JSON.stringify(person.daemon.store.events({ limit: 1_000 })), /no longer needed/);
  equal(await person.run("task", "done", "docs"), 1);
  match(person.said.err, /^Cannot end task docs: task 0000bbbb is done already\n/);

  const taken: Fact = { type: "task.taken", task: "0000bbbb", owner: "far-away" };
  await using other = await world({ facts: [...busyTasks, taken] });
  equal(await other.run("task", "done", "docs"), 1);
  match(other.said.err, /task 0000bbbb is with another daemon: far-away/);

  await using agent = await world({ facts: busyTasks, env: { CLAUDE_FAILOVER_SESSION: "ccl-0" } });
  equal(await agent.run("task", "fail", "docs"), 1);
  match(agent.said.err, /ccl-0 does not have task 0000bbbb, but 0000aaaa/);
  equal(await agent.run("task", "fail", "--note", "the API is gone"), 0);
  const own = agent.daemon.store.state.tasks["0000aaaa"]!.place;
  ok(own.at === "closing" && own.as === "failed" && own.by === "agent");
  equal(await agent.run("task", "done"), 1);
  match(agent.said.err, /ccl-0 has no task/);
});

Deno.test("task cancel and retry say what becomes of the task, and refuse in words", async () => {
  await using w = await world({ facts: busyTasks });
  equal(await w.run("task", "cancel", "docs"), 0);
  equal(w.daemon.store.state.tasks["0000bbbb"]!.place.at, "closing");
  equal(await w.run("task", "retry", "x.md"), 0);
  equal(w.daemon.store.state.tasks["0000cccc"]!.place.at, "returning");
  equal(await w.run("task", "retry", "login"), 1);
  match(w.said.err, /^Cannot retry task login: task 0000aaaa is running\n$/);
  w.said.err = "";
  equal(await w.run("task", "cancel", "nothing"), 2);
  match(w.said.err, /^Cannot cancel task nothing: no task nothing\n/);
  w.said.err = "";
  equal(await w.run("task", "show", "0000"), 2);
  match(w.said.err, /0000 may be each of 0000/);
});

Deno.test("task pause and resume hold for the dispatcher, and the list says so", async () => {
  await using w = await world({ facts: busyTasks });
  equal(await w.run("task", "pause", "--reason", "a demo is on"), 0);
  w.said.out = "";
  equal(await w.run("task", "preview"), 0);
  match(w.said.out, /^Paused since .*: a demo is on/);
  equal(await w.run("task", "pause"), 1);
  equal(w.said.err, "Cannot pause the dispatcher: paused already: a demo is on\n");
  equal(await w.run("task", "resume"), 0);
  equal(w.daemon.store.state.dispatchPaused, null);
});

Deno.test("task add puts a file or a text into the inbox, whole and never over another", async () => {
  await using w = await world({ facts: null, stdin: "Update the docs.\n" });
  await w.files.writeAtomic("/home/ada/login.md", "Fix the login.\n");
  equal(await w.run("task", "add", "login.md", "-p", "shop"), 0);
  equal(await w.run("task", "add", "login.md", "-p", "shop"), 0);
  equal(w.files.text(`${INBOX}/login.md`), "Fix the login.\n");
  equal(w.files.text(`${INBOX}/login.2.md`), "Fix the login.\n");

  equal(await w.run("task", "add", "-p", "shop", "-t", "Do/cs: now?", "--priority", "80"), 0);
  const text = w.files.text(`${INBOX}/Do-cs- now-.md`);
  equal(text, '---\ntitle: "Do/cs: now?"\npriority: 80\n---\n\nUpdate the docs.\n');
  w.said.out = "";
  equal(await w.run("task", "add", "-p", "shop", "--json"), 0);
  match(JSON.parse(w.said.out).path, /\/inbox\/task-[0-9a-f]{8}\.md$/);
});

Deno.test("task add keeps the wishes that a file has, and refuses what an inbox would", async () => {
  await using w = await world({ facts: null, stdin: "" });
  await w.files.writeAtomic("/home/ada/a.md", "---\nlabels: [ui]\n---\nDo it.\n");
  equal(await w.run("task", "add", "a.md", "-p", "shop", "--after", "b", "c"), 0);
  equal(w.files.text(`${INBOX}/a.md`), '---\nafter: ["b","c"]\nlabels: [ui]\n---\nDo it.\n');
  equal(await w.run("task", "add", "a.md", "-p", "blog"), 2);
  match(w.said.err, /^Cannot add the task: no project blog in the config\nHint: there is shop\n/);
  w.said.err = "";
  equal(await w.run("task", "add", "a.md"), 2);
  match(w.said.err, /the current folder is in no project/);
  w.said.err = "";
  equal(await w.run("task", "add", "-p", "shop"), 2);
  match(w.said.err, /^Cannot add the task: it says nothing to do\n/);
  w.said.err = "";
  equal(await w.run("task", "add", "gone.md", "-p", "shop"), 2);
  match(w.said.err, /there is no file \/home\/ada\/gone\.md/);
});

Deno.test("task add within a session says whose task made it, so that chains have an end", async () => {
  await using w = await world({
    facts: busyTasks,
    stdin: "And then the tests.\n",
    env: { CLAUDE_FAILOVER_SESSION: "ccl-0" },
  });
  equal(await w.run("task", "add", "-p", "shop", "-t", "tests"), 0);
  const text = w.files.text(`${INBOX}/tests.md`);
  match(text!, /^made_by: "0000aaaa"\nhops: 1$/m);
});

Deno.test("task add --wait tells each step, and ends as the task does", async () => {
  for (const [as, code] of [["done", 0], ["failed", 1]] as const) {
    await using w = await world({ stdin: "Fix it.\n" });
    const waiting = w.run("task", "add", "-p", "shop", "-t", "fix", "--wait");
    await until(() => w.files.text(`${INBOX}/fix.md`) !== null && w.daemon.waiting.size === 1);
    w.daemon.control.record(found("0000eeee", "fix.md"));
    await until(() => w.said.out.includes("queued"));
    w.daemon.control.record(
      { type: "task.ended", task: "0000eeee", as, by: "agent", why: null },
      { type: "task.closed", task: "0000eeee", file: "fix.md" },
    );
    equal(await waiting, code);
    match(w.said.out, new RegExp(`\\n${as}\\n$`));
  }
});
