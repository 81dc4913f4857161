/**
 * Texts that people read, kept as files: `deno test -A test/cli -- --update` writes them anew, and the diff is what
 * a reviewer looks at.
 *
 * @module
 */
import { fail, strictEqual } from "node:assert/strict";

const UPDATE = Deno.args.includes("--update");

export async function golden(name: string, actual: string): Promise<void> {
  const path = new URL(`./golden/${name}.txt`, import.meta.url);
  if (UPDATE) return await Deno.writeTextFile(path, actual);
  const expected = await Deno.readTextFile(path).catch(() => null);
  if (expected === null) fail(`Cannot compare ${name}: no golden file yet; run with -- --update`);
  strictEqual(actual, expected, `${name} has changed; if that is meant, run with -- --update`);
}
