/**
 * The heavier proofs, scripts/evidence/NAME.ts: each is a program that prints what it saw and exits with 0 when it
 * holds. Runs them one after another and ends with a table.
 *
 *     deno task evidence [NAME…]
 *
 * @module
 */
import { type Row, table } from "./bench/row.ts";
import { chosen } from "./lib/chosen.ts";

const FOLDER = new URL("./evidence/", import.meta.url);

if (import.meta.main) {
  const rows: Row[] = [];
  let failed = 0;
  for (const { name, url } of await chosen(FOLDER, ".ts", Deno.args)) {
    console.log(`== ${name}`);
    const startedMs = performance.now();
    const { success, code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", url],
      stdin: "null",
    }).spawn().status;
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    if (!success) failed++;
    rows.push({ name, value: `${seconds} s`, note: success ? "holds" : `FAILED (exit ${code})` });
  }
  console.log(`\n${table(rows)}\n${rows.length - failed} passed, ${failed} failed`);
  Deno.exit(failed > 0 ? 1 : 0);
}
