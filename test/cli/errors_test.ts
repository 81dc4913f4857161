import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { EXIT } from "../../lib/cli/errors.ts";
import { TmuxError } from "../../lib/ports/tmux.ts";
import { golden } from "./golden.ts";
import { world, type WorldOptions } from "./world.ts";

/** Every mistake a person can make, as it looks to them. */
const MISTAKES: readonly (readonly [argv: string, options?: WorldOptions])[] = [
  [""],
  ["stauts"],
  ["status --wacth"],
  ["status extra"],
  ["--config"],
  ["session"],
  ["session lst"],
  ["session attach"],
  ["session attach ccl-9"],
  ["session capture ccl-9", { facts: null }],
  ["session capture ccl-1 --lines many"],
  ["session start ccl-9"],
  ["session show ccl-9"],
  ["session send ccl-9 hello"],
  ["session send ccl-0 /compact"],
  ["session send ccl-0"],
  ["session send ccl-0 hello --timeout soon"],
  ["session pin ccl-0"],
  ["session pin ccl-0 wrok"],
  ["session show clc-0"],
  ["task show fix-login"],
  ["checkpoint show ccl-9"],
  ["projects remove shpo"],
  ["account check sparse"],
  ["completion tcsh"],
  ["swap show 77"],
  ["failover --to wrok"],
  ["failover --to work --from work"],
  ["events --after yesterday"],
  ["freeze --reason"],
  ["thaw"],
  ["env wrok"],
  ["run --once"],
  ["status", { facts: null }],
  ["failover", { facts: null }],
  ["events --follow", { facts: null }],
  ["stop", { facts: null }],
  ["status", { configText: null }],
  ["--config elsewhere.yaml status", { configText: null }],
  ["status", { configText: "acounts: []\nfailover:\n  mode: sometimes\n" }],
];

Deno.test("main() answers each mistake with a sentence, a hint and its exit code", async () => {
  let text = "";
  for (const [argv, options = {}] of MISTAKES) {
    await using w = await world(options);
    const code = await w.run(...argv.split(" ").filter((word) => word !== ""));
    ok(code !== EXIT.ok, `${argv} went well`);
    ok(!/^ +at /m.test(w.said.err), `${argv} printed a stack`);
    equal(w.said.out, "", `${argv} wrote to standard output`);
    const state = options.facts === null ? "   (no daemon)" : "";
    text += `$ claude-failover ${argv}${state}\n${w.said.err}exit ${code}\n\n`;
  }
  await golden("errors", text);
});

Deno.test("main() prints a bug with its stack, its causes and where to report it", async () => {
  await using w = await world();
  w.context.ports = () =>
    Promise.reject(new TypeError("Cannot do it", { cause: new Error("the reason") }));
  equal(await w.run("session", "capture", "ccl-0"), EXIT.failed);
  match(w.said.err, /^claude-failover has a bug: TypeError: Cannot do it\n +at /);
  match(w.said.err, /caused by: Error: the reason\n/);
  match(w.said.err, /Please report it/);
});

Deno.test("main() says what tmux said, without a stack, when tmux fails", async () => {
  await using w = await world();
  w.tmux.failure = new TmuxError(["list-panes"], 1, "no answer in 5000 ms");
  equal(await w.run("session", "capture", "ccl-0"), EXIT.failed);
  equal(w.said.err, "Cannot capture ccl-0: Cannot list-panes: no answer in 5000 ms\n");
});
