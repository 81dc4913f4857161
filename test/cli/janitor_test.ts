/** `janitor …`: what it says of what went, would go, and could not go. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { golden } from "./golden.ts";
import { world } from "./world.ts";

Deno.test("janitor list and run say what is tidied up, within 80 columns", async () => {
  await using w = await world();
  const page: string[] = [];
  for (const args of [["list"], ["run", "--dry-run"], ["run"], ["run", "--duty", "runs"]]) {
    w.said.out = "";
    equal(await w.run("janitor", ...args), 0, args.join(" "));
    page.push(`$ janitor ${args.join(" ")}\n${w.said.out}`);
  }
  await golden("janitor", page.join("\n"));
  ok(page.join("\n").split("\n").every((line) => line.length <= 80));
});

Deno.test("janitor run --json is for programs; a duty that there is not is a mistake", async () => {
  await using w = await world();
  equal(await w.run("janitor", "run", "--duty", "locks", "--dry-run", "--json"), 0);
  const { results } = JSON.parse(w.said.out);
  equal(results.map((r: { duty: string; removed: number }) => [r.duty, r.removed]), [["locks", 0]]);
  equal(await w.run("janitor", "run", "--duty", "looks"), 2);
  match(w.said.err, /looks/);
});

Deno.test("janitor run needs a daemon", async () => {
  await using w = await world({ facts: null });
  equal(await w.run("janitor", "run"), 3);
  match(w.said.err, /Cannot tidy up: no daemon is running/);
});
