import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { CATALOG } from "../../lib/cli/catalog.ts";
import { valueOf } from "../../lib/cli/completion/wanted.ts";
import type { CommandUnknownOpts } from "../../lib/cli/context.ts";
import { program } from "../../lib/cli/program.ts";
import { world, type WorldOptions } from "./world.ts";

/** What is offered at the end of the words, without what is said about it. */
async function offered(words: readonly string[], options: WorldOptions = {}): Promise<string[]> {
  await using w = await world(options);
  equal(await w.run("__complete", ...words), 0);
  equal(w.said.err, "");
  return w.said.out.trimEnd().split("\n").map((line) => line.split("\t")[0]!);
}

const PLACES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["ses", [":words", "session"]],
  ["session sh", [":words", "show"]],
  ["session show ccl-", [":words", "ccl-0", "ccl-1", "ccl-2"]],
  ["session show 'ccl-1", [":words", "ccl-1"]],
  ["session show ccl-0 ", [":words"]],
  ["session pin ccl-0 ", [":words", "work", "spare"]],
  ["session stop --config x.yaml ccl-2", [":words", "ccl-2"]],
  ["session capture --lines 5 ccl-2", [":words", "ccl-2"]],
  ["session capture --lines ", [":words"]],
  ["session show -- --", [":words"]],
  ["failover --to ", [":words", "work", "spare"]],
  ["failover --to = s", [":words", "spare"]],
  ["failover --to =", [":words", "work", "spare"]],
  ["failover --to work --from s", [":words", "spare"]],
  ["projects add x y --accounts work sp", [":words", "spare"]],
  ["projects remove ", [":words", "shop"]],
  ["init --mode ", [":words", "auto", "confirm", "off"]],
  ["janitor run --duty p", [":words", "panes"]],
  ["completion ", [":words", "bash", "zsh", "fish"]],
  ["status --j", [":words", "--json"]],
  ["task add ", [":files"]],
  ["--config ", [":files"]],
  ["status --config ", [":files"]],
  ["projects add shop ", [":dirs"]],
  ["nonsense ", [":words"]],
];

Deno.test("__complete offers what fits at the cursor", async () => {
  for (const [line, expected] of PLACES) equal(await offered(line.split(" ")), expected, line);
});

Deno.test("__complete is silent without a daemon, and without a config", async () => {
  equal(await offered(["task", "show", ""], { facts: null }), [":words"]);
  equal(await offered(["session", "show", "ccl-1"], { facts: null }), [":words", "ccl-1"]);
  equal(await offered(["session", "show", ""], { configText: null }), [":words"]);
  equal(await offered(["session", "show", ""], { configText: "{" }), [":words"]);
});

Deno.test("__complete waits for no daemon that does not answer", async () => {
  await using w = await world();
  const client = w.context.client;
  w.context.client = async () =>
    Object.assign(await client(), { tasks: () => new Promise<never>(() => {}) });
  const answered = w.run("__complete", "task", "show", "");
  await w.clock.advance(1_000);
  equal(await answered, 0);
  equal(w.said.out, ":words\n");
});

Deno.test("every argument is completed, or is a word that only its author knows", async () => {
  const free = [
    /^explain --at$/,
    /<(text|token|id|proposal|swap|number|factor|time|n|seq|ref|reason|name|socket)>/,
    /--(reason|expires|title|note|last|lines|priority|after|timeout|speed|sessions|account|socket)$/,
  ];
  await using w = await world();
  const root = await program(w.context, CATALOG.map(({ name }) => name));
  const walk = (command: CommandUnknownOpts, path: string): string[] =>
    [
      ...command.registeredArguments.map((arg) => ({ arg, place: `${path} <${arg.name()}>` })),
      ...command.options.filter((o) => o.required).map((arg) => ({
        arg,
        place: `${path} ${arg.long}`,
      })),
    ].filter(({ arg, place }) =>
      valueOf(arg, place.trim()).is === "nothing" && !free.some((word) => word.test(place))
    ).map(({ place }) => place).concat(
      command.commands.flatMap((sub) => walk(sub, `${path} ${sub.name()}`.trim())),
    );
  equal(walk(root, ""), []);
});

Deno.test("completion prints scripts that evaluate nothing", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    await using w = await world();
    equal(await w.run("completion", shell), 0);
    const code = w.said.out.split("\n").filter((line) => !line.startsWith("#")).join("\n");
    ok(!/\beval\b|compgen -W|\bsource\b/.test(code), code);
    match(code, /claude-failover __complete/);
  }
});
