/**
 * The test runner over small projects of its own: what it counts, says last and exits with.
 *
 * @module
 */
import assert from "node:assert/strict";
import { closingLine, countsOf, verdict } from "../scripts/run_tests.ts";

const RUNNER = new URL("../scripts/run_tests.ts", import.meta.url).pathname;

const PASSING = `Deno.test("a", () => {}); Deno.test("b", () => {});`;

/** Runs the runner over these files; `last` is the last line on stdout. */
async function run(files: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const dir = await Deno.makeTempDir({ prefix: "cf-run-tests-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, text);
    }
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", "--no-check", RUNNER, "--no-config", ...args, "."],
      cwd: dir,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stderr: "null",
    }).output();
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    return { code, last: lines.at(-1) };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("run_tests counts the tests that pass", async () => {
  assert.deepEqual(await run({ "a_test.ts": PASSING }, ["--no-check"]), {
    code: 0,
    last: "2 passed, 0 failed",
  });
});

Deno.test("run_tests counts what fails, is skipped, or is a step", async () => {
  const files = {
    "a_test.ts": PASSING,
    "b_test.ts": `
      Deno.test("fails", () => { throw new Error("no"); });
      Deno.test.ignore("is skipped", () => {});
      Deno.test("has steps", async (t) => { await t.step("one", () => {}); await t.step("two", () => {}); });`,
  };
  assert.deepEqual(await run(files, ["--no-check"]), {
    code: 1,
    last: "5 passed, 1 failed, 1 skipped",
  });
});

Deno.test("run_tests counts a step that fails, and the test it fails", async () => {
  const text = `Deno.test("t", async (t) => {
    await t.step("bad", () => { throw new Error("no"); });
    await t.step("good", () => {});
  });`;
  assert.deepEqual(await run({ "a_test.ts": text }, ["--no-check"]), {
    code: 1,
    last: "1 passed, 2 failed",
  });
});

Deno.test("run_tests counts a file that throws while loading as one failure", async () => {
  const files = { "a_test.ts": PASSING, "b_test.ts": `throw new Error("at load");` };
  assert.deepEqual(await run(files, ["--no-check"]), { code: 1, last: "2 passed, 1 failed" });
});

Deno.test("run_tests counts a type error as one failure, and runs nothing", async () => {
  const files = { "a_test.ts": `const n: number = "one"; Deno.test("t", () => { n; });` };
  assert.deepEqual(await run(files), { code: 1, last: "0 passed, 1 failed" });
});

Deno.test("run_tests fails when there is no test at all", async () => {
  const noFile = await run({ "notes.txt": "" }, ["--no-check"]);
  assert.deepEqual(noFile, { code: 1, last: "0 passed, 1 failed" });
  const noTest = await run({ "a_test.ts": "export {};" }, ["--no-check"]);
  assert.deepEqual(noTest, { code: 1, last: "0 passed, 1 failed" });
});

Deno.test("run_tests passes a leak on as a failure", async () => {
  const text = `Deno.test("leaks", () => { setTimeout(() => {}, 60_000); });`;
  assert.deepEqual(await run({ "a_test.ts": text }, ["--no-check", "--sanitize-ops"]), {
    code: 1,
    last: "0 passed, 1 failed",
  });
});

Deno.test("countsOf() answers null where there is no report", () => {
  assert.equal(countsOf(""), null);
  assert.equal(countsOf("<html>"), null);
});

Deno.test("countsOf() counts errors as failures", () => {
  const junit = `<testsuites name="deno test" tests="5" failures="1" errors="2" time="0.1">`;
  assert.deepEqual(countsOf(junit), { passed: 2, failed: 3, skipped: 0 });
});

Deno.test("verdict() lets the exit code have the last word", () => {
  const counts = { passed: 3, failed: 0, skipped: 1 };
  assert.deepEqual(verdict(counts, 0), counts);
  assert.deepEqual(verdict(counts, 1), { ...counts, failed: 1 });
  assert.deepEqual(verdict({ ...counts, failed: 2 }, 1), { ...counts, failed: 2 });
  assert.deepEqual(verdict(null, 0), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("closingLine() names the skipped ones only when there are some", () => {
  assert.equal(closingLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  assert.equal(closingLine({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed, 2 skipped");
});
