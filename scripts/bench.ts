/**
 * Runs the benches, scripts/bench/NAME_bench.ts, and prints a table for each.
 *
 *     deno task bench [NAME…]
 *
 * @module
 */
import { type Row, table } from "./bench/row.ts";
import { chosen } from "./lib/chosen.ts";

interface Bench {
  bench(): Promise<Row[]>;
}

const FOLDER = new URL("./bench/", import.meta.url);

if (import.meta.main) {
  console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} processors`);
  for (const { name, url } of await chosen(FOLDER, "_bench.ts", Deno.args)) {
    const { bench } = await import(url) as Bench;
    console.log(`\n${name}\n${table(await bench())}`);
  }
}
