import assert from "node:assert/strict";
import type { Event } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { EMPTY } from "../../lib/model/state.ts";
import { Store } from "../../lib/runtime/store.ts";
import { checkInvariants, checkStep } from "../model/invariants.ts";
import { recordJournal } from "./record.ts";
import { summary } from "./summary.ts";

const HERE = import.meta.dirname!;

const NAMES = [...Deno.readDirSync(HERE)]
  .filter((file) => file.name.endsWith(".jsonl"))
  .map((file) => file.name.slice(0, -".jsonl".length))
  .sort();

function readJournal(name: string): Event[] {
  const text = Deno.readTextFileSync(`${HERE}/${name}.jsonl`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("there is a journal to fold", () => {
  assert.ok(NAMES.length > 0);
});

for (const name of NAMES) {
  Deno.test(`fold() makes of the journal ${name} what it always made of it`, () => {
    let state = EMPTY;
    for (const event of readJournal(name)) {
      const next = fold(state, event);
      checkStep(state, next);
      checkInvariants(next);
      state = next;
    }
    const expected = JSON.parse(Deno.readTextFileSync(`${HERE}/${name}.expected.json`));
    assert.deepEqual(summary(state), expected);
  });
}

Deno.test("recordJournal() keeps a journal as it is, but for the home folder", () => {
  const dir = Deno.makeTempDirSync({ prefix: "cf-journals-" });
  try {
    {
      using store = new Store(`${dir}/journal.db`, { now: () => 1 });
      const reason = `see ${Deno.env.get("HOME")}/notes`;
      store.record({ type: "freeze.requested", by: "person", reason });
    }
    recordJournal(`${dir}/journal.db`, "one", dir);
    assert.deepEqual(JSON.parse(Deno.readTextFileSync(`${dir}/one.jsonl`)), {
      type: "freeze.requested",
      by: "person",
      reason: "see /home/ada/notes",
      seq: 1,
      at: 1,
    });
    const expected = JSON.parse(Deno.readTextFileSync(`${dir}/one.expected.json`));
    assert.equal(expected.frozen, "see /home/ada/notes");
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
