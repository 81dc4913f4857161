import assert from "node:assert/strict";
import { dirname } from "node:path";
import fc from "fast-check";
import {
  planSetup,
  setUp,
  type SetupPorts,
  SetupRefused,
} from "../../lib/claude/shared_projects/setup.ts";
import { labelled } from "../../lib/claude/shared_projects/places.ts";
import { type Contents, systemContents } from "../../lib/ports/contents.ts";
import type { Files } from "../../lib/ports/files.ts";
import { systemFiles } from "../../lib/ports/files_real.ts";
import type { Processes } from "../../lib/ports/process.ts";
import { testHome } from "../support/mod.ts";

const U = "0b6c7e0e-3f6a-4d0e-9a44-6d1c6f0e0001";
const V = "0b6c7e0e-3f6a-4d0e-9a44-6d1c6f0e0002";

/** Path below the root -> text; `-> x` stands for a link. */
type Shape = Record<string, string>;

async function setup() {
  const home = await testHome();
  const alive = new Set<number>();
  const processes = {
    identify: (pid: number) => Promise.resolve(alive.has(pid) ? { pid, birth: "b" } : null),
  } as Processes;
  const ports: SetupPorts = {
    files: systemFiles,
    contents: systemContents,
    processes,
    now: () => 1_000,
  };
  const shared = home.path("shared/projects");
  return {
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
    home,
    ports,
    alive,
    shared,
    /** A config dir with these projects. */
    async member(name: string, projects: Shape | null): Promise<string> {
      const dir = home.path(name);
      await Deno.mkdir(dir, { recursive: true });
      if (projects) await write(`${dir}/projects`, projects);
      return dir;
    },
    request: (...dirs: string[]) => ({ members: labelled(dirs), shared }),
  };
}

async function write(root: string, shape: Shape): Promise<void> {
  await Deno.mkdir(root, { recursive: true });
  for (const [path, text] of Object.entries(shape)) {
    await Deno.mkdir(dirname(`${root}/${path}`), { recursive: true });
    if (text.startsWith("-> ")) await Deno.symlink(text.slice(3), `${root}/${path}`);
    else await Deno.writeTextFile(`${root}/${path}`, text);
  }
}

async function read(root: string): Promise<Shape> {
  const shape: Shape = {};
  async function walk(below: string) {
    for (const entry of await systemFiles.list(`${root}${below}`)) {
      const path = `${below}/${entry.name}`;
      if (entry.kind === "dir") await walk(path);
      else if (entry.kind === "link") {
        shape[path.slice(1)] = `-> ${await Deno.readLink(`${root}${path}`)}`;
      } else shape[path.slice(1)] = await Deno.readTextFile(`${root}${path}`);
    }
  }
  await walk("");
  return shape;
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(() => assert.fail("was not refused"), (e) => e);
  assert.ok(error instanceof SetupRefused, String(error));
  for (const problem of error.problems) assert.notEqual(problem.hint, "");
  return error.message;
}

function turns(...texts: string[]): string {
  return texts.map((text, i) =>
    `${JSON.stringify({ type: i % 2 ? "assistant" : "user", message: text })}\n`
  ).join("");
}

// -- One place out of several --

Deno.test("setUp() links every projects to the shared folder and brings all files there", async () => {
  await using world = await setup();
  const a = await world.member("a", {
    [`-w-app/${U}.jsonl`]: turns("one", "two"),
    "-w-app/memory/MEMORY.md": "m",
  });
  const b = await world.member("b", { [`-w-lib/${V}.jsonl`]: turns("three") });
  const c = await world.member("c", null);

  const result = await setUp(world.ports, world.request(a, b, c));

  for (const dir of [a, b, c]) assert.equal(await Deno.readLink(`${dir}/projects`), world.shared);
  assert.deepEqual(await read(world.shared), {
    "-w-app/memory/MEMORY.md": "m",
    [`-w-app/${U}.jsonl`]: turns("one", "two"),
    [`-w-lib/${V}.jsonl`]: turns("three"),
  });
  assert.equal((await Deno.stat(world.shared)).mode! & 0o777, 0o700);
  assert.deepEqual(result.asides, [`${a}/projects.before-sharing`, `${b}/projects.before-sharing`]);
  const aside = await read(`${a}/projects.before-sharing`);
  assert.equal(aside[`-w-app/${U}.jsonl`], turns("one", "two"));
  assert.match(aside["NOTE-claude-failover.txt"]!, /Remove this folder when you are sure/);
  assert.equal(await systemFiles.stat(`${world.shared}-conflicts`), null);
});

Deno.test("setUp() keeps times of change, by link and by copy", async () => {
  await using world = await setup();
  const path = `-w/${U}.jsonl`;
  const a = await world.member("a", { [path]: turns("a") });
  const then = new Date(1_700_000_000_000);
  await Deno.utime(`${a}/projects/${path}`, then, then);
  const b = await world.member("b", { [path.replace(U, V)]: turns("b") });
  await Deno.utime(`${b}/projects/${path.replace(U, V)}`, then, then);

  await setUp(world.ports, world.request(a));
  await setUp({ ...world.ports, contents: otherDevice }, world.request(a, b));

  const linked = await Deno.stat(`${world.shared}/${path}`);
  const copied = await Deno.stat(`${world.shared}/${path.replace(U, V)}`);
  assert.deepEqual([linked.mtime, copied.mtime], [then, then]);
  assert.deepEqual([linked.nlink, copied.nlink], [2, 1]);
});

Deno.test("setUp() takes in another account later, and brings back nothing that was deleted since", async () => {
  await using world = await setup();
  const a = await world.member("a", { [`-w/${U}.jsonl`]: turns("a") });
  await setUp(world.ports, world.request(a));
  await Deno.remove(`${world.shared}/-w/${U}.jsonl`);
  const b = await world.member("b", { [`-w/${V}.jsonl`]: turns("b") });

  await setUp(world.ports, world.request(a, b));
  assert.deepEqual(await read(world.shared), { [`-w/${V}.jsonl`]: turns("b") });

  // The same name serves again once the person has removed the folder that was set aside.
  await Deno.remove(`${b}/projects.before-sharing`, { recursive: true });
  await Deno.remove(`${b}/projects`);
  await write(`${b}/projects`, { "-w/new": "n" });
  await setUp(world.ports, world.request(b));
  assert.deepEqual(await read(world.shared), { [`-w/${V}.jsonl`]: turns("b"), "-w/new": "n" });
});

Deno.test("setUp() follows a projects that already links to another config dir's", async () => {
  await using world = await setup();
  const a = await world.member("a", { [`-w/${U}.jsonl`]: turns("a") });
  const b = await world.member("b", null);
  await Deno.symlink("../a/projects", `${b}/projects`);

  assert.match(
    await refusal(setUp(world.ports, world.request(b))),
    /which is neither the shared folder/,
  );
  await setUp(world.ports, world.request(b, a));

  assert.equal(await Deno.readLink(`${b}/projects`), world.shared);
  assert.deepEqual(await read(world.shared), { [`-w/${U}.jsonl`]: turns("a") });
});

Deno.test("setUp() takes a config dir's own projects as the shared folder", async () => {
  await using world = await setup();
  const a = await world.member("a", { [`-w/${U}.jsonl`]: turns("a") });
  const b = await world.member("b", { [`-w/${V}.jsonl`]: turns("b") });

  await setUp(world.ports, { members: labelled([a, b]), shared: `${a}/projects` });

  assert.equal(await Deno.readLink(`${b}/projects`), `${a}/projects`);
  assert.deepEqual(Object.keys(await read(`${a}/projects`)), [`-w/${U}.jsonl`, `-w/${V}.jsonl`]);
});

Deno.test("setUp() resolves config dirs given by link, and keeps links inside as they lead", async () => {
  await using world = await setup();
  const a = await world.member("a", {
    "-w/one": "1",
    "-w/inside": "-> one",
    "-w/outside": "-> ../../notes",
  });
  await Deno.symlink(a, world.home.path("link"));

  assert.match(
    await refusal(setUp(world.ports, world.request(a, world.home.path("link")))),
    /named twice/,
  );
  await setUp(world.ports, world.request(world.home.path("link")));

  assert.deepEqual(await read(world.shared), {
    "-w/inside": "-> one",
    "-w/one": "1",
    "-w/outside": `-> ${a}/notes`,
  });
});

Deno.test("planSetup() tells the changes and makes none", async () => {
  await using world = await setup();
  const a = await world.member("a", { [`-w/${U}.jsonl`]: turns("a") });
  const b = await world.member("b", { [`-w/${U}.jsonl`]: turns("b", "c") });
  const before = await read(world.home.dir);

  const plan = await planSetup(world.ports, world.request(a, b));

  assert.deepEqual(
    plan.changes.map((change) => [change.do, change.file.label]),
    [["keep-apart", "a"], ["place", "b"]],
  );
  assert.deepEqual(await read(world.home.dir), before);
});

// -- Two versions of one file --

Deno.test("setUp() keeps the transcript with more messages, and the other one outside of projects", async () => {
  await using world = await setup();
  const path = `-w/${U}.jsonl`;
  const long = turns("1", "2", "3");
  const short = turns("1", "other") + '{"type":"file-history-snapshot"}\n'.repeat(9);
  const a = await world.member("a", { [path]: short });
  const b = await world.member("b", { [path]: long, [`-w/${U}/subagents/x.jsonl`]: "{}" });

  await setUp(world.ports, world.request(a, b));

  assert.deepEqual(await read(world.shared), { [path]: long, [`-w/${U}/subagents/x.jsonl`]: "{}" });
  assert.deepEqual(await read(`${world.shared}-conflicts`), { [`a/${path}`]: short });
});

Deno.test("setUp() replaces what the shared folder has by more of it, and keeps another version apart", async () => {
  await using world = await setup();
  const [u, v] = [`-w/${U}.jsonl`, `-w/${V}.jsonl`];
  await write(world.shared, { [u]: turns("1"), [v]: turns("x") });
  const a = await world.member("a", { [u]: turns("1", "2"), [v]: turns("y", "z") });

  await setUp(world.ports, world.request(a));

  assert.deepEqual(await read(world.shared), { [u]: turns("1", "2"), [v]: turns("y", "z") });
  assert.deepEqual(await read(`${world.shared}-conflicts`), { [`_shared/${v}`]: turns("x") });
});

Deno.test("setUp() leaves one conversation under one project folder only", async () => {
  await using world = await setup();
  const a = await world.member("a", {
    [`-x/${U}.jsonl`]: turns("1"),
    [`-x/${U}/tool-results/r`]: "r",
  });
  const b = await world.member("b", { [`-y/${U}.jsonl`]: turns("1", "2") });
  await write(world.shared, { [`-z/${U}.jsonl`]: turns("0") });

  await setUp(world.ports, world.request(a, b));

  assert.deepEqual(await read(world.shared), { [`-y/${U}.jsonl`]: turns("1", "2") });
  assert.deepEqual(await read(`${world.shared}-conflicts`), {
    [`_shared/-z/${U}.jsonl`]: turns("0"),
    [`a/-x/${U}.jsonl`]: turns("1"),
    [`a/-x/${U}/tool-results/r`]: "r",
  });
});

Deno.test("setUp() keeps the newer of two other files, and a file where a folder is apart", async () => {
  await using world = await setup();
  const a = await world.member("a", {
    "-w/memory/MEMORY.md": "old",
    "-w/t": "file",
    "-w/u/x": "in a folder",
  });
  const b = await world.member("b", {
    "-w/memory/MEMORY.md": "new",
    "-w/t/x": "in a folder",
    "-w/u": "file",
  });
  await Deno.utime(`${a}/projects/-w/memory/MEMORY.md`, 1_000, 1_000);

  const { changes } = await setUp(world.ports, world.request(a, b));

  assert.deepEqual(await read(world.shared), {
    "-w/memory/MEMORY.md": "new",
    "-w/t": "file",
    "-w/u/x": "in a folder",
  });
  assert.deepEqual(await read(`${world.shared}-conflicts`), {
    "a/-w/memory/MEMORY.md": "old",
    "b/-w/t/x": "in a folder",
    "b/-w/u": "file",
  });
  assert.deepEqual(changes.filter((one) => one.do === "keep-apart").map((one) => one.file.path), [
    "-w/memory/MEMORY.md",
    "-w/t/x",
    "-w/u",
  ]);
});

// -- What is refused --

Deno.test("setUp() is refused, and changes nothing, while a claude runs under one of the dirs", async () => {
  await using world = await setup();
  const a = await world.member("a", { "-w/x": "x" });
  const b = await world.member("b", { "-w/y": "y" });
  await write(b, { "sessions/4242.json": "{half", "sessions/4242.ab.key": "" });
  const before = await read(world.home.dir);
  world.alive.add(4242);

  assert.match(
    await refusal(setUp(world.ports, world.request(a, b))),
    /b is in use by process 4242/,
  );
  assert.match(await refusal(planSetup(world.ports, world.request(a, b))), /in use/);
  world.alive.clear();
  assert.deepEqual(omit(await read(world.home.dir), ".lock"), before);

  await setUp(world.ports, world.request(a, b));
  world.alive.add(4242); // and who took part before must be at rest as well
  assert.match(await refusal(setUp(world.ports, world.request(a))), /b is in use/);
});

Deno.test("setUp() is refused while another one runs", async () => {
  await using world = await setup();
  const a = await world.member("a", { "-w/x": "x" });
  await Deno.mkdir(dirname(world.shared));
  using _lock = await systemFiles.lock(`${world.shared}-setup.lock`);
  assert.match(await refusal(setUp(world.ports, world.request(a))), /another setup .* is running/);
  assert.equal((await Deno.lstat(`${a}/projects`)).isDirectory, true);
});

Deno.test("setUp() refuses places that cannot work", async () => {
  await using world = await setup();
  const a = await world.member("a", { "-w/x": "x" });
  const inside = { members: labelled([a]), shared: `${a}/projects/shared` };
  assert.match(await refusal(setUp(world.ports, inside)), /lies inside/);
  const around = { members: labelled([a]), shared: world.home.dir };
  assert.match(await refusal(setUp(world.ports, around)), /lies inside the shared folder/);
  const nowhere = world.request(world.home.path("nowhere"));
  assert.match(await refusal(setUp(world.ports, nowhere)), /nowhere does not exist/);
  const mounted: Files = {
    ...systemFiles,
    async stat(path) {
      const info = await systemFiles.stat(path);
      return info && path === `${a}/projects` ? { ...info, device: -1 } : info;
    },
  };
  const ports = { ...world.ports, files: mounted };
  assert.match(await refusal(setUp(ports, world.request(a))), /is a mount point/);
});

// -- Killed anywhere --

/** Where two places never are on one device. */
const otherDevice: Contents = { ...systemContents, hardLink: () => Promise.resolve(false) };

/** The same without waiting for the disk: hundreds of setups follow. */
const quick: { files: Files; contents: Contents } = {
  files: {
    ...systemFiles,
    async writeAtomic(path, text) {
      await Deno.writeTextFile(`${path}.new`, text);
      await Deno.rename(`${path}.new`, path);
    },
  },
  contents: {
    ...systemContents,
    async copy(from, to) {
      await Deno.copyFile(from, to);
      const { mtime } = await Deno.stat(from);
      await Deno.utime(to, mtime!, mtime!);
    },
  },
};

const CHANGING = ["writeAtomic", "makeDir", "link", "rename", "remove", "hardLink", "copy"];

class Killed extends Error {}

/** Dies at the nth changing call, just before it; with `half`, in the midst of it. */
function dyingAt(nth: number, ports: SetupPorts, { half = false } = {}) {
  const calls: string[] = [];
  function wrap<T extends object>(port: T): T {
    return new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name) as (...args: string[]) => unknown;
        if (!CHANGING.includes(String(name))) return method;
        return async (...args: string[]) => {
          if (calls.push(String(name)) !== nth) return await method.apply(target, args);
          if (half) await Deno.writeTextFile(args[1]!, "half");
          throw new Killed();
        };
      },
    });
  }
  return { dying: { ...ports, files: wrap(ports.files), contents: wrap(ports.contents) }, calls };
}

for (const device of ["the same device", "another device"]) {
  Deno.test(`setUp() reaches the same end wherever it was killed, on ${device}`, async () => {
    async function fresh() {
      const world = await setup();
      const [u, v] = [`-w/${U}.jsonl`, `-w/${V}.jsonl`];
      await write(world.shared, { [u]: turns("0"), "-w/link": "-> old" });
      const a = await world.member("a", { [u]: turns("1", "2"), [v]: turns("x") });
      const b = await world.member("b", {
        [u]: turns("3"),
        [`-x/${V}.jsonl`]: turns("y", "z"),
        "-w/link": "-> new",
      });
      const c = await world.member("c", null);
      await Deno.symlink(`${a}/projects`, `${c}/projects`);
      const ports = { ...world.ports, ...quick };
      if (device === "another device") {
        ports.contents = { ...quick.contents, hardLink: otherDevice.hardLink };
      }
      return { ...world, ports, request: world.request(a, b, c) };
    }
    async function end({ home }: { home: { dir: string } }) {
      const shape = omit(await read(home.dir), "-setup.jsonl");
      return JSON.parse(JSON.stringify(shape).replaceAll(home.dir, ""));
    }
    await using straight = await fresh();
    const { dying: watched, calls } = dyingAt(0, straight.ports);
    await setUp(watched, straight.request);
    const expected = await end(straight);

    assert.ok(calls.length > 30, `${calls.length} calls`);
    const deaths = calls.flatMap((call, index) => [
      { call, nth: index + 1, half: false },
      ...call === "copy" ? [{ call, nth: index + 1, half: true }] : [],
    ]);
    await Promise.all(deaths.map(async ({ call, nth, half }) => {
      await using world = await fresh();
      const { dying } = dyingAt(nth, world.ports, { half });
      await assert.rejects(setUp(dying, world.request), Killed);
      await setUp(world.ports, world.request);
      assert.deepEqual(await end(world), expected, `killed at call ${nth}, ${call}`);
    }));
  });
}

// -- Any trees --

const NAMES = [
  `-w/${U}.jsonl`,
  `-w/${V}.jsonl`,
  `-x/${U}.jsonl`,
  `-w/${U}/tool-results/r`,
  `-x/${U}/subagents/s.jsonl`,
  "-w/memory/m.md",
  "-w/memory",
  "top",
];
const content = fc.array(fc.constantFrom("p", "q"), { maxLength: 3 }).map((t) => turns(...t));
const tree = fc.dictionary(fc.constantFrom(...NAMES), content).filter((t) =>
  !("-w/memory" in t && "-w/memory/m.md" in t)
);

Deno.test("setUp() loses no content of any trees, and leaves no conversation of two accounts twice", async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, tree, async (first, second, standing) => {
      await using world = await setup();
      const a = await world.member("a", first);
      const b = await world.member("b", second);
      await write(world.shared, standing);

      await setUp({ ...world.ports, ...quick }, world.request(a, b));

      const now = await read(world.shared);
      const kept = Object.values(await read(`${world.shared}-conflicts`));
      for (const text of [first, second, standing].flatMap((t) => Object.values(t))) {
        const isThere = kept.includes(text) || Object.values(now).some((t) => t.startsWith(text));
        assert.ok(isThere, `lost: ${text}`);
      }
      for (const id of [U, V]) {
        const holders = (t: Shape) =>
          Object.keys(t).filter((path) => path.endsWith(`/${id}.jsonl`));
        const most = Math.max(...[first, second, standing].map((t) => holders(t).length));
        assert.ok(holders(now).length <= most);
      }
      for (const [dir, before] of [[a, first], [b, second]] as const) {
        const aside = omit(
          await read(`${dir}/projects.before-sharing`),
          "NOTE-claude-failover.txt",
        );
        assert.deepEqual(aside, Object.fromEntries(Object.entries(before).sort()));
      }
      const again = await planSetup(world.ports, world.request(a, b));
      assert.deepEqual(again.changes, []);
    }),
    { numRuns: 40 },
  );
});

function omit(shape: Shape, ending: string): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([path]) => !path.endsWith(ending)));
}
