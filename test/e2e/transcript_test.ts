import { strict as assert } from "node:assert";
import { branchesIn } from "./support/transcript.ts";

Deno.test("branchesIn() finds the line that two lines go on from, and a second beginning", () => {
  const line = (uuid: string, parentUuid: string | null) => ({ type: "user", uuid, parentUuid });
  const one = [line("1", null), line("2", "1"), { type: "mode" }, line("3", "2")];
  assert.deepEqual(branchesIn(one), []);
  assert.deepEqual(branchesIn([...one, line("4", "1")]), [one[0]]);
  assert.deepEqual(branchesIn([...one, line("4", null)]), [line("4", null)]);
});
