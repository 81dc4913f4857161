/**
 * `deno run -A test/journals/record.ts JOURNAL.db NAME`: keeps a journal for the test of this folder.
 *
 * @module
 */
import { homedir } from "node:os";
import { Store } from "../../lib/runtime/store.ts";
import { summary } from "./summary.ts";

const HERE = import.meta.dirname!;

/** Writes `NAME.jsonl` and `NAME.expected.json` into `folder`. */
export function recordJournal(path: string, name: string, folder = HERE): void {
  using store = new Store(path, { now: () => 0 });
  const lines = store.events({ limit: -1 }).map((event) => `${anonymous(event)}\n`);
  const expected = JSON.parse(anonymous(summary(store.state)));
  Deno.writeTextFileSync(`${folder}/${name}.jsonl`, lines.join(""));
  Deno.writeTextFileSync(
    `${folder}/${name}.expected.json`,
    JSON.stringify(expected, null, 2) + "\n",
  );
}

function anonymous(value: unknown): string {
  return JSON.stringify(value).replaceAll(homedir(), "/home/ada");
}

if (import.meta.main) {
  const [path, name] = Deno.args;
  if (!path || !name) throw new Error("Cannot record a journal: give its path and a name");
  recordJournal(path, name);
}
