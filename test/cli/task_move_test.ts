/** `task move` and `task log`. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { config as pool } from "../http/fixture.ts";
import { golden } from "./golden.ts";
import { busyTasks } from "./task_facts.ts";
import { world } from "./world.ts";

/** The shop of the fixture, and a blog beside it. */
async function twoProjects() {
  const [shop] = pool().projects;
  const config = pool({ projects: [shop!, { ...shop!, id: "blog", path: "/home/ada/blog" }] });
  return await world({ facts: [...busyTasks, { type: "config.applied", config }], config });
}

Deno.test("task move puts one that waits into the inbox of another project", async () => {
  await using w = await twoProjects();
  const moved: string[][] = [];
  w.daemon.control.moveFile = (...args) => {
    moved.push(args);
    return "docs.2.md";
  };
  equal(await w.run("task", "move", "docs", "blog"), 0);
  equal(w.said.out, "docs is in the inbox of blog now.\n");
  equal(moved, [["docs.md", "shop", "blog"]]);
  const { project, file, place } = w.daemon.control.state().tasks["0000bbbb"]!;
  equal([project, file, place.at], ["blog", "docs.2.md", "queued"]);
});

Deno.test("task move leaves what somebody has in hand, and says why", async () => {
  await using w = await twoProjects();
  w.daemon.control.moveFile = () => {
    throw new Error("its file was touched");
  };
  for (
    const [args, code, why] of [
      [
        ["login", "blog"],
        1,
        /Cannot move task login: task 0000aaaa is running; only one that waits/,
      ],
      [["docs", "shop"], 1, /Cannot move task docs: task 0000bbbb is in shop already/],
      [["docs", "nowhere"], 2, /Cannot move task docs: no project nowhere in the config/],
    ] as const
  ) {
    w.said.err = "";
    equal(await w.run("task", "move", ...args), code);
    match(w.said.err, why);
  }
});

Deno.test("task move brings the file back when somebody was given the task at that moment", async () => {
  await using w = await twoProjects();
  const moved: string[][] = [];
  w.daemon.control.moveFile = (file, from, to) => {
    moved.push([file, from, to]);
    if (moved.length === 1) {
      const given = { task: "0000bbbb", session: "ccl-2", mark: "m3", why: "it is idle" };
      w.daemon.control.record({ type: "task.assigned", ...given });
    }
    return file;
  };
  equal(await w.run("task", "move", "docs", "blog"), 1);
  match(w.said.err, /task 0000bbbb is assigned/);
  equal(moved, [["docs.md", "shop", "blog"], ["docs.md", "blog", "shop"]]);
  equal(w.daemon.control.state().tasks["0000bbbb"]!.project, "shop");
});

Deno.test("task move brings the file back when it was found there as a task of its own at that moment", async () => {
  await using w = await twoProjects();
  const moved: string[][] = [];
  w.daemon.control.moveFile = (file, from, to) => {
    moved.push([file, from, to]);
    if (moved.length === 1) {
      const { spec, digest } = w.daemon.control.state().tasks["0000bbbb"]!;
      const found = { task: "0000ffff", project: "blog", file, ref: "docs", spec, digest };
      w.daemon.control.record({ type: "task.found", ...found, ignored: [] });
    }
    return file;
  };
  equal(await w.run("task", "move", "docs", "blog"), 1);
  match(w.said.err, /docs\.md in blog is task 0000ffff already/);
  equal(moved, [["docs.md", "shop", "blog"], ["docs.md", "blog", "shop"]]);
  equal(w.daemon.control.state().tasks["0000bbbb"]!.project, "shop");
});

Deno.test("task log tells the story of one task, with what befell its sessions, and of no other", async () => {
  await using w = await world({ facts: busyTasks });
  equal(await w.run("task", "log", "tidy.md"), 0);
  await golden("task_log", w.said.out);
  w.said.out = "";
  equal(await w.run("task", "log", "tidy.md", "--json"), 0);
  const events = w.said.out.trim().split("\n").map((line) => JSON.parse(line));
  equal(events.filter((e) => "task" in e && e.task !== "0000dddd"), []);
});
