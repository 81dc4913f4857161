/**
 * A lock that was let go is free at once, also while another thread starts programs: the child has our files open from its fork
 * to its exec, and a lock of flock(2) lives as long as anybody has.
 */
import assert from "node:assert/strict";
import { systemFiles } from "../../lib/ports/real.ts";
import { testHome } from "../support/mod.ts";

const STARTS = 400;
const STARTER = `
  for (let i = 0; i < ${STARTS}; i++) new Deno.Command("true").outputSync();
  self.postMessage("over");`;

Deno.test("lock() is free as soon as it is disposed of, whatever is started beside it", async () => {
  await using home = await testHome();
  const starters = [0, 1].map(() => {
    const url = URL.createObjectURL(new Blob([STARTER], { type: "application/javascript" }));
    return new Worker(url, { type: "module" });
  });
  let over = 0;
  for (const starter of starters) starter.onmessage = () => over++;
  let taken = 0;
  for (let n = 0; over < starters.length || n < 10; n++) {
    const lock = await systemFiles.lock(home.path("lock"));
    if (lock) lock[Symbol.dispose]();
    else taken++;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (const starter of starters) starter.terminate();
  assert.equal(taken, 0);
});
