import { ok, strictEqual } from "node:assert/strict";
import { CATALOG } from "../../lib/cli/catalog.ts";
import type { CommandUnknownOpts } from "../../lib/cli/context.ts";
import { program } from "../../lib/cli/program.ts";
import { cliReference } from "../../scripts/docs.ts";
import { world } from "./world.ts";

Deno.test("docs/cli.md is what `deno task docs` writes", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/cli.md", import.meta.url));
  strictEqual(text, await cliReference(), "run `deno task docs`");
});

/** Commands that only look: what a program wants to know it need not read off a table. */
const LOOKS =
  /^(status|doctor|version|events|explain|demo|(session|task|account|checkpoint|projects|janitor) (list|show|why|preview|check|capture|diff)|swap show)$/;

Deno.test("every command that looks has --json", async () => {
  await using w = await world();
  const root = await program(w.context, CATALOG.map(({ name }) => name));
  const walk = (command: CommandUnknownOpts, path: string): string[] => [
    ...command.commands.length === 0 ? [path] : [],
    ...command.commands.flatMap((sub) => walk(sub, `${path} ${sub.name()}`.trim())),
  ];
  const leaves = walk(root, "");
  const looking = leaves.filter((path) => LOOKS.test(path));
  ok(looking.length > 15, looking.join(", "));
  for (const path of looking) {
    const command = path.split(" ").reduce<CommandUnknownOpts>(
      (at, name) => at.commands.find((one) => one.name() === name)!,
      root,
    );
    ok(command.options.some(({ long }) => long === "--json"), `${path} has no --json`);
  }
});
