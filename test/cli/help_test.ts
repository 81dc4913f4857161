import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { CATALOG } from "../../lib/cli/catalog.ts";
import type { CommandUnknownOpts } from "../../lib/cli/context.ts";
import { golden } from "./golden.ts";
import { world } from "./world.ts";

/** Every command that does something, and those that only hold others. */
function paths(command: CommandUnknownOpts, above: readonly string[]): string[][] {
  const path = [...above, command.name()];
  return [path, ...command.commands.flatMap((sub) => paths(sub, path))];
}

Deno.test("--help of every command is as it was, with an example, within 80 columns", async () => {
  await using w = await world();
  const all: string[][] = [[]];
  for (const { load } of CATALOG) all.push(...paths((await load())(w.context), []));
  let text = "";
  for (const path of all) {
    w.said.out = "";
    equal(await w.run(...path, "--help"), 0, path.join(" "));
    text += `$ claude-failover ${[...path, "--help"].join(" ")}\n${w.said.out}\n`;
    const isGroup = path.length > 0 && w.said.out.includes("\nCommands:\n");
    ok(isGroup || w.said.out.includes("\nExample"), `${path.join(" ")} has no example`);
  }
  await golden("help", text);
  const wide = text.split("\n").filter((line) => line.length > 80 && !line.startsWith("  $ "));
  equal(wide, []);
});

Deno.test("a command loads nothing of another one", async () => {
  await using w = await world();
  const loaded: string[] = [];
  const entries = CATALOG.map((entry) => ({ ...entry, load: entry.load }));
  for (const entry of CATALOG) {
    Object.assign(entry, {
      load: () => {
        loaded.push(entry.name);
        return entries.find((e) => e.name === entry.name)!.load();
      },
    });
  }
  try {
    equal(await w.run("status"), 0);
    equal(loaded, ["status"]);
  } finally {
    for (const entry of CATALOG) Object.assign(entry, entries.find((e) => e.name === entry.name));
  }
});
