/**
 * The blocks of code in README and docs are true: configs load, JSON parses, and each command line of ours is one that
 * the program takes. Those of docs/api.md are run by their own test.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parse as parseYaml } from "yaml";
import manifest from "../deno.json" with { type: "json" };
import { CATALOG } from "../lib/cli/catalog.ts";
import type { CliContext, CommandUnknownOpts } from "../lib/cli/context.ts";
import { program } from "../lib/cli/program.ts";
import { loadConfig } from "../lib/config.ts";
import { configSchema } from "../lib/config/schema.ts";
import { world } from "./cli/world.ts";

const ROOT = new URL("../", import.meta.url);

interface Block {
  /** `page:line`, for people. */
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

async function pages(): Promise<string[]> {
  const below = async (folder: string): Promise<string[]> => {
    const entries = await Array.fromAsync(Deno.readDir(new URL(folder, ROOT)));
    const found = await Promise.all(entries.map((entry) => {
      if (entry.isDirectory) return below(`${folder}${entry.name}/`);
      return entry.name.endsWith(".md") ? [`${folder}${entry.name}`] : [];
    }));
    return found.flat().sort();
  };
  return ["README.md", "CHANGELOG.md", ...await below("docs/")];
}

async function read(page: string): Promise<string> {
  return await Deno.readTextFile(new URL(page, ROOT));
}

async function blocks(language: string): Promise<Block[]> {
  const all = await Promise.all(
    (await pages()).map(async (page) => blocksOf(page, await read(page))),
  );
  return all.flat().filter((block) => block.language === language);
}

function blocksOf(page: string, text: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(({ 1: language, 2: body, index }) => ({
    where: `${page}:${text.slice(0, index).split("\n").length}`,
    language: language!,
    text: body!,
  }));
}

// -- Command lines --

interface Line {
  readonly where: string;
  readonly words: readonly string[];
}

/** Each call of the program in a block of shell, and each whole one between backticks in the text. */
async function ownLines(): Promise<Line[]> {
  const inBlocks = (await blocks("sh")).flatMap(({ where, text }) =>
    text.replaceAll("\\\n", " ").split("\n").map((line) => ({ where, line }))
  );
  const inText = await Promise.all((await pages()).map(async (page) => {
    const text = (await read(page)).replaceAll(/^```[^]*?^```$/gm, "");
    return [...text.matchAll(/`([^`]+)`/g)].map((m) => ({
      where: page,
      line: spelledOut(m[1]!.replaceAll(/\s+/g, " ")),
    }));
  }));
  return [...inBlocks, ...inText.flat()].flatMap(({ where, line }) =>
    // A value of an example may stand in quotes, with spaces; what it is does not matter here.
    line.replaceAll(/"[^"]*"|'[^']*'/g, "VALUE").replace(/(^|\s)#.*/, "")
      .replaceAll(/(^|\s)\d?[<>]+&?\s*[^\s()]*/g, " ").split(/&&|\|\||[|;]/)
      .map((part) => part.trim().split(/\s+/))
      .filter(([first]) => first === "claude-failover")
      .map(([, ...words]) => ({ where, words }))
  );
}

/** In the text the program's name is mostly left out. */
function spelledOut(line: string): string {
  const [first, second] = line.split(" ");
  return second && CATALOG.some(({ name }) => name === first) ? `claude-failover ${line}` : line;
}

/** What the program would say against this line, or null. */
function faultOf(root: CommandUnknownOpts, words: readonly string[]): string | null {
  let command = root;
  let at = words[0] === "--config" ? 2 : 0;
  const subOf = (word: string | undefined) =>
    command.commands.find((sub) =>
      word !== undefined && (sub.name() === word || sub.aliases().includes(word))
    );
  while (subOf(words[at])) command = subOf(words[at++])!;
  let given = 0;
  for (const rest = words.slice(at); rest.length > 0;) {
    const word = rest.shift()!;
    if (!word.startsWith("-") || word === "-") {
      given++;
      continue;
    }
    const [flag] = word.split("=");
    const option = [...command.options, ...root.options].find((o) =>
      o.long === flag || o.short === flag
    );
    if (!option && !["--help", "-h"].includes(flag!)) return `${command.name()} has no ${flag}`;
    if (option && (option.required || option.optional) && !word.includes("=")) rest.shift();
  }
  if (given === 0) return null; // a command may be named without what it takes
  if (command.commands.length > 0) return `${command.name()} has no such subcommand`;
  const most = command.registeredArguments.some((a) => a.variadic)
    ? Infinity
    : command.registeredArguments.length;
  return given > most ? `${command.name()} takes ${most} at most` : null;
}

async function wholeProgram({ context }: { context: CliContext }): Promise<CommandUnknownOpts> {
  return await program(context, CATALOG.map(({ name }) => name));
}

Deno.test("each command line of ours in README and docs is one that the program takes", async () => {
  await using w = await world();
  const root = await wholeProgram(w);
  const lines = await ownLines();
  assert.ok(lines.length > 20, `${lines.length} lines`);
  const faults = lines.flatMap(({ where, words }) => {
    const fault = faultOf(root, words);
    return fault === null ? [] : [`${where}: claude-failover ${words.join(" ")}: ${fault}`];
  });
  assert.deepEqual(faults, []);
});

Deno.test("a command line that the program does not take is found", async () => {
  await using w = await world();
  const root = await wholeProgram(w);
  for (const bad of ["frobnicate", "status --wtach", "task frob X", "session stop a b c d --all"]) {
    assert.notEqual(faultOf(root, bad.split(" ")), null, bad);
  }
  for (
    const good of [
      "status --watch",
      "task done X",
      "--config X status",
      "failover --to=b",
      "task add -",
    ]
  ) {
    assert.equal(faultOf(root, good.split(" ")), null, good);
  }
});

Deno.test("each deno task that README and docs name is there", async () => {
  const text = (await Promise.all((await pages()).map(read))).join("\n");
  const named = new Set([...text.matchAll(/\bdeno task ([a-z][\w:]*)/g)].map((m) => m[1]!));
  assert.deepEqual([...named].filter((name) => !(name in manifest.tasks)), []);
});

// -- Data --

const MINIMAL = `
version: 1
accounts: [{ id: work, kind: subscription, config_dir: ~/.claude }, { id: spare, kind: subscription, config_dir: ~/.claude-spare }]
failover: { mode: confirm, to_kinds: [subscription] }
projects: [{ id: shop, path: ~/src/shop }]
sessions: [{ names: "ccl-[0..3]", project: shop }]
`;

Deno.test("each config in README and docs loads, a part of one beside what is required", async () => {
  const keys = Object.keys(configSchema.shape);
  let loaded = 0;
  for (const { where, text } of await blocks("yaml")) {
    const value = parseYaml(text);
    if (!Object.keys(value ?? {}).some((key) => keys.includes(key))) continue; // another program's
    const config = "version" in value ? value : { ...parseYaml(MINIMAL), ...value };
    const around = { path: where, home: "/home/ada", env: {} };
    assert.doesNotThrow(() => loadConfig(JSON.stringify(config), around), where);
    loaded++;
  }
  assert.ok(loaded > 0);
});

Deno.test("each block of JSON in README and docs parses", async () => {
  for (const { where, text } of await blocks("json")) {
    assert.doesNotThrow(() => JSON.parse(text), where);
  }
});
