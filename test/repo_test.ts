/**
 * What holds for the repository as a whole: nothing of a build machine in it, the fixed top level, and docs that
 * are true to the tree.
 *
 * @module
 */
import assert from "node:assert/strict";
import manifest from "../deno.json" with { type: "json" };
import { CATALOG } from "../lib/cli/catalog.ts";

const ROOT = new URL("../", import.meta.url);

const TOP_LEVEL = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "config.example.yaml",
  "deno.json",
  "deno.lock",
  "docs",
  "lib",
  "main.ts",
  "scripts",
  "test",
];

/** Absolute paths below folders that only a build machine has, and hosts of package registries. */
const PRIVATE = [
  /(?<![\w.~$}-])\/(?:work|root|opt|workspace)\//,
  /\bregistry\.[a-z0-9-]+\.(?:com|dev|io|net|org)\b/,
  /\bnpmjs\.(?:org|com)/,
  /\bdl\.deno\.land/,
];

const MOST_LINES = 350;

const hasGit = await exists(".git");

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** Paths that git tracks and that are there. */
async function tracked(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z"],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  const all = new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
  const there = await Promise.all(all.map(exists));
  return all.filter((_, i) => there[i]);
}

/** The first cells of the tables of a page, without their backticks. */
function firstCells(page: string): string[] {
  return page.split("\n").flatMap((line) => /^\| (`[^|]+) \|/.exec(line)?.[1] ?? []);
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

Deno.test({
  name: "no tracked file holds a path of a build machine or the host of a registry",
  ignore: !hasGit,
  async fn() {
    const found: string[] = [];
    for (const path of await tracked()) {
      (await read(path)).split("\n").forEach((line, i) => {
        if (PRIVATE.some((pattern) => pattern.test(line))) found.push(`${path}:${i + 1}: ${line}`);
      });
    }
    assert.deepEqual(found, []);
  },
});

Deno.test("the patterns of private paths find some, and leave others alone", () => {
  const matches = (line: string) => PRIVATE.some((pattern) => pattern.test(line));
  const below = (folder: string) => ["", folder, "x"].join("/");
  for (const bad of [below("root"), `cd ${below("work")}`, `"${below("opt")}"`]) {
    assert.ok(matches(bad), bad);
  }
  assert.ok(matches(["https://registry", "example.org/"].join(".")));
  for (
    const good of [
      `/home/ada${below("work")}`,
      `~${below("work")}`,
      `a${below("root")}`,
      "${dir}/opt/x",
      "registry.filter(x).map",
    ]
  ) {
    assert.ok(!matches(good), good);
  }
});

Deno.test({
  name: "the top level is the fixed one",
  ignore: !hasGit,
  async fn() {
    const top = new Set((await tracked()).map((path) => path.split("/")[0]!));
    assert.deepEqual([...top].filter((name) => !name.startsWith(".")).sort(), TOP_LEVEL);
  },
});

Deno.test({
  name: `no module in lib has more than ${MOST_LINES} lines`,
  ignore: !hasGit,
  async fn() {
    // Modules only: lib/cli/demo/agent.sh is a whole program, which is copied somewhere as one file.
    const modules = (await tracked()).filter((path) => /^lib\/.*\.ts$/.test(path));
    const sizes = await Promise.all(modules.map(async (path) => ({
      path,
      lines: (await read(path)).split("\n").length - 1,
    })));
    assert.deepEqual(sizes.filter(({ lines }) => lines > MOST_LINES), []);
  },
});

Deno.test({
  name: "every shell script parses, and those without an ending can be executed",
  ignore: !hasGit,
  async fn() {
    const scripts = (await tracked()).filter((path) =>
      /\.sh$/.test(path) || /^(scripts|\.ci)\/[a-z0-9-]+$/.test(path)
    );
    assert.ok(scripts.includes("scripts/demo") && scripts.includes(".ci/run"), `${scripts}`);
    for (const path of scripts) {
      const { success, stderr } = await new Deno.Command("sh", { args: ["-n", path], cwd: ROOT })
        .output();
      assert.ok(success, `${path}: ${new TextDecoder().decode(stderr)}`);
      if (path.endsWith(".sh")) continue;
      assert.equal((await Deno.stat(new URL(path, ROOT))).mode! & 0o111, 0o111, path);
    }
  },
});

Deno.test("each package is pinned exactly and has its sentence in docs/dependencies.md, and no other has", async () => {
  for (const [name, specifier] of Object.entries(manifest.imports)) {
    assert.equal(specifier.replace(/@\d+\.\d+\.\d+$/, ""), `npm:${name}`, `${name} is not pinned`);
  }
  const described = firstCells(await read("docs/dependencies.md")).flatMap(quoted);
  assert.deepEqual(described.sort(), Object.keys(manifest.imports).sort());
});

Deno.test("the README begins with exactly two commands, and what it names is there", async () => {
  const readme = await read("README.md");
  const [introduction] = readme.split("\n## ");
  const blocks = [...introduction!.matchAll(/```sh\n([^]*?)```/g)].map((match) => match[1]!.trim());
  assert.deepEqual(blocks, ["scripts/demo", "scripts/test"]);
  const scripts = new Set(readme.match(/(?<![\w/.])scripts\/[a-z-]+/g));
  for (const path of scripts) {
    const { mode } = await Deno.stat(new URL(path, ROOT));
    assert.equal(mode! & 0o111, 0o111, `${path} cannot be executed`);
  }
});

Deno.test("the README's table has every command there is, and no other", async () => {
  const cells = firstCells(await read("README.md")).flatMap((cell) => cell.split(", "));
  const words = cells.flatMap(quoted).map((words) => words.split(" ")[0]!);
  const commands = new Set(CATALOG.map((entry) => entry.name));
  assert.deepEqual([...commands].filter((name) => !words.includes(name)), []);
  // `list`, `start` and the like follow their command in the same row.
  const first = firstCells(await read("README.md")).map((cell) => quoted(cell)[0]!.split(" ")[0]!);
  assert.deepEqual(first.filter((name) => !commands.has(name)), []);
});

Deno.test("docs/architecture.md names every part of lib, and nothing that is not there", async () => {
  const named = firstCells(await read("docs/architecture.md")).flatMap(quoted);
  for (const path of named) assert.ok(await exists(path), path);
  const parts = await Array.fromAsync(
    Deno.readDir(new URL("lib/", ROOT)),
    (entry) => `lib/${entry.name}${entry.isDirectory ? "/" : ""}`,
  );
  assert.deepEqual(parts.filter((part) => !named.includes(part)), []);
});

Deno.test({
  name: "links between the pages lead somewhere",
  ignore: !hasGit,
  async fn() {
    const broken: string[] = [];
    for (const page of (await tracked()).filter((path) => path.endsWith(".md"))) {
      for (const [, target] of (await read(page)).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^[a-z]+:/.test(target!)) continue;
        const path = new URL(target!, new URL(page, ROOT));
        if (!await Deno.stat(path).then(() => true, () => false)) broken.push(`${page}: ${target}`);
      }
    }
    assert.deepEqual(broken, []);
  },
});
