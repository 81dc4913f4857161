/**
 * The lint rules of our own, each over good and bad samples.
 *
 * @module
 */
import assert from "node:assert/strict";
import plugin from "../scripts/lint/mod.ts";
import { layerOf } from "../scripts/lint/places.ts";

/** What the rule says about `code`, were it the file `path` of this project. */
function says(rule: string, path: string, code: string): string[] {
  const file = new URL(`../${path}`, import.meta.url).pathname;
  return Deno.lint.runPlugin(plugin, file, code)
    .filter(({ id }) => id === `failover/${rule}`)
    .map(({ message }) => message);
}

function allows(rule: string, path: string, code: string): void {
  assert.deepEqual(says(rule, path, code), [], `${rule} refuses in ${path}: ${code}`);
}

function refuses(rule: string, path: string, code: string, message: RegExp | string): void {
  const said = says(rule, path, code);
  assert.equal(said.length, 1, `${rule} says ${JSON.stringify(said)} in ${path} to: ${code}`);
  if (typeof message === "string") assert.equal(said[0], message);
  else assert.match(said[0]!, message);
}

Deno.test("layerOf() knows a file's layer by its place in this project's lib/", () => {
  const at = (path: string) => layerOf(new URL(`../${path}`, import.meta.url).pathname);
  assert.equal(at("lib/model/state.ts"), "model");
  assert.equal(at("lib/claude/account/trust.ts"), "claude");
  assert.equal(at("lib/config.ts"), "config");
  assert.equal(at("lib/config/schema.ts"), "config");
  assert.equal(at("lib/daemon.ts"), "daemon");
  assert.equal(at("lib/checkpoint.ts"), "worker");
  assert.equal(at("lib/switcher/steps.ts"), "worker");
  assert.equal(at("test/model/fold_test.ts"), null);
  assert.equal(at("test/lib/model/x.ts"), null);
  assert.equal(at("lib/claude/hook.sh"), null);
  assert.equal(layerOf("/home/ada/lib/other/lib/model/x.ts"), null);
});

// -- layers --

Deno.test("layers lets imports point down", () => {
  allows("layers", "lib/model/fold.ts", `import { x } from "./state.ts";`);
  allows("layers", "lib/runtime/store.ts", `import { fold } from "../model/fold.ts";`);
  allows("layers", "lib/claude/launch.ts", `import { x } from "../model/config.ts";`);
  allows("layers", "lib/watcher/mod.ts", `import { readSpool } from "../claude/spool.ts";`);
  allows("layers", "lib/checkpoint.ts", `import { x } from "./runtime/worker.ts";`);
  allows("layers", "lib/daemon.ts", `import { switcher } from "./switcher/mod.ts";`);
  allows("layers", "lib/daemon.ts", `import { systemClock } from "./ports/clock.ts";`);
  allows("layers", "lib/cli/run/mod.ts", `import { runDaemon } from "../../daemon.ts";`);
  allows("layers", "lib/cli/catalog.ts", `await import("./run/mod.ts");`);
});

Deno.test("layers refuses imports that point up or sideways", () => {
  const cases = [
    ["lib/model/fold.ts", "../runtime/store.ts", "model must not import runtime"],
    ["lib/model/fold.ts", "../ports/clock.ts", "model must not import ports"],
    ["lib/runtime/store.ts", "../claude/spool.ts", "runtime must not import claude"],
    ["lib/ports/tmux.ts", "../runtime/channel.ts", "ports must not import runtime"],
    ["lib/claude/launch.ts", "../switcher/mod.ts", "claude must not import worker"],
    ["lib/http/app.ts", "../claude/spool.ts", "http must not import claude"],
    ["lib/switcher/mod.ts", "../http/app.ts", "worker must not import http"],
    ["lib/checkpoint.ts", "./daemon.ts", "worker must not import daemon"],
    ["lib/config/schema.ts", "../claude/auth.ts", "config must not import claude"],
    ["lib/cli/status.ts", "../quota/mod.ts", "cli must not import worker"],
    ["lib/daemon.ts", "./cli/main.ts", "daemon must not import cli"],
    ["lib/model/fold.ts", "../../test/fakes/clock.ts", "lib imports only from lib"],
  ] as const;
  for (const [path, source, message] of cases) {
    refuses("layers", path, `import { x } from "${source}";`, message);
  }
});

Deno.test("layers refuses a type from above as much as a value, in each form of import", () => {
  const message = "model must not import runtime";
  for (
    const code of [
      `import type { Store } from "../runtime/store.ts";`,
      `import "../runtime/store.ts";`,
      `export { Store } from "../runtime/store.ts";`,
      `export type { Store } from "../runtime/store.ts";`,
      `export * from "../runtime/store.ts";`,
      `const { Store } = await import("../runtime/store.ts");`,
      `type Store = import("../runtime/store.ts").Store;`,
    ]
  ) refuses("layers", "lib/model/fold.ts", code, message);
});

Deno.test("layers keeps workers apart, and lets a worker's folder import inside itself", () => {
  const message = "workers never import each other: they meet in the state";
  refuses("layers", "lib/checkpoint.ts", `import { x } from "./switcher/mod.ts";`, message);
  refuses("layers", "lib/switcher/mod.ts", `import { x } from "../checkpoint.ts";`, message);
  refuses("layers", "lib/switcher/mod.ts", `import type { X } from "../quota/mod.ts";`, message);
  allows("layers", "lib/switcher/mod.ts", `import { x } from "./steps.ts";`);
  allows("layers", "lib/switcher.ts", `import { x } from "./switcher/steps.ts";`);
});

Deno.test("layers gives workers, claude, runtime and http the types of ports only", () => {
  for (const path of ["lib/switcher/mod.ts", "lib/claude/auth.ts", "lib/http/client.ts"]) {
    const from = (names: string) => `import ${names} from "../ports/tmux.ts";`;
    allows("layers", path, from("type { Tmux }"));
    allows("layers", path, from("{ type Tmux, type Pane }"));
    allows("layers", path, from("type * as tmux"));
    allows("layers", path, from("{ ANCHOR, type Tmux, TmuxError }"));
    allows("layers", path, `type Pane = import("../ports/tmux.ts").Pane;`);
    allows("layers", path, `export type { Pane } from "../ports/tmux.ts";`);
    refuses("layers", path, from("{ realTmux }"), /only types from ports \(realTmux is a value\)/);
    refuses("layers", path, from("{ realTmux as ANCHOR }"), /\(realTmux is a value\)/);
    refuses("layers", path, from("{ type Tmux, realTmux }"), /\(realTmux is a value\)/);
    refuses("layers", path, from("* as tmux"), /\(\* is a value\)/);
    refuses("layers", path, `export { realTmux } from "../ports/tmux.ts";`, /\(realTmux is/);
    refuses("layers", path, `await import("../ports/tmux.ts");`, /\(\* is a value\)/);
  }
});

Deno.test("layers has nothing to say outside lib/", () => {
  allows("layers", "test/x_test.ts", `import { switcher } from "../lib/switcher/mod.ts";`);
  allows("layers", "main.ts", `import { main } from "./lib/cli/main.ts";`);
});

// -- effects-in-ports --

Deno.test("effects-in-ports refuses what cannot be replaced, in a layer of decisions", () => {
  const cases: [string, RegExp][] = [
    [`Deno.readTextFileSync("x");`, /lib\/ports/],
    [`const { env } = Deno;`, /lib\/ports/],
    [`globalThis.Deno.exit(1);`, /lib\/ports/],
    [`process.exit(1);`, /lib\/ports/],
    [`import { readFileSync } from "node:fs";`, /node:fs belongs in lib\/ports/],
    [`Date.now();`, /Clock/],
    [`const now = Date.now;`, /Clock/],
    [`new Date();`, /Clock/],
    [`Date();`, /Clock/],
    [`performance.now();`, /Clock/],
    [`AbortSignal.timeout(5);`, /Clock/],
    [`setTimeout(f, 5);`, /a port/],
    [`globalThis.setTimeout(f, 5);`, /a port/],
    [`await fetch("http://x");`, /a port/],
    [`new WebSocket("ws://x");`, /a port/],
    [`Math.random();`, /randomness/],
    [`Math["random"]();`, /randomness/],
    [`crypto.randomUUID();`, /randomness/],
    [`console.log("x");`, /only lib\/cli prints/],
  ];
  for (const [code, message] of cases) {
    for (const path of ["lib/model/fold.ts", "lib/claude/auth.ts", "lib/switcher/mod.ts"]) {
      refuses("effects-in-ports", path, code, message);
    }
  }
});

Deno.test("effects-in-ports allows what only computes, and the types of Deno", () => {
  for (
    const code of [
      `new Date(at).toISOString();`,
      `Math.max(1, 2);`,
      `let error: Deno.errors.NotFound;`,
      `import { dirname } from "node:path";`,
      `import { createHash } from "node:crypto";`,
      `const date = new Date(0); date.now;`,
      `AbortSignal.any([]);`,
      `clock.setTimeout(f, 5); net.fetch("x");`,
    ]
  ) allows("effects-in-ports", "lib/claude/auth.ts", code);
});

Deno.test("effects-in-ports leaves the edge of the program alone, where only lib/cli may print", () => {
  for (
    const path of [
      "lib/ports/clock.ts",
      "lib/runtime/store.ts",
      "lib/http/socket.ts",
      "lib/cli/run/mod.ts",
      "scripts/build.ts",
      "test/x_test.ts",
    ]
  ) allows("effects-in-ports", path, `setTimeout(f, Date.now()); Deno.exit(1);`);
  allows("effects-in-ports", "lib/cli/main.ts", `console.log(1);`);
  allows("effects-in-ports", "scripts/bench.ts", `console.log(1);`);
  refuses("effects-in-ports", "lib/ports/clock.ts", `console.log(1);`, /only lib\/cli/);
  refuses("effects-in-ports", "lib/runtime/store.ts", `console.log(1);`, /only lib\/cli/);
});

// -- seams --

Deno.test("seams keeps each package behind its seam", () => {
  allows("seams", "lib/ports/tmux_command.ts", `import { build$ } from "dax";`);
  allows("seams", "lib/http/client.ts", `import { hc } from "hono/client";`);
  allows("seams", "lib/cli/x.ts", `import { Command } from "@commander-js/extra-typings";`);
  allows("seams", "lib/model/x.ts", `import { join } from "node:path"; import "./y.ts";`);
  allows("seams", "test/x_test.ts", `import fc from "fast-check";`);
  allows("seams", "lib/notify/channels/telegram.ts", `import { Api } from "grammy/web";`);
  refuses(
    "seams",
    "lib/sender.ts",
    `import { Api } from "grammy/web";`,
    /grammy is seen in lib\/notify/,
  );
  refuses("seams", "lib/switcher/mod.ts", `import $ from "dax";`, /dax is seen in lib\/ports only/);
  refuses("seams", "lib/cli/x.ts", `import { hc } from "hono/client";`, /hono is seen in/);
  refuses("seams", "lib/cli/x.ts", `import { Command } from "commander";`, /nowhere in lib/);
  refuses("seams", "lib/model/x.ts", `export * from "zod";`, /zod is seen in/);
  refuses("seams", "lib/model/x.ts", `export { z } from "zod";`, /zod is seen in/);
  refuses("seams", "lib/model/x.ts", `await import("zod");`, /zod is seen in/);
});

// -- dax-quotes --

/** How often the rule speaks about this template, in a file of any place. */
function quoted(code: string): number {
  return says("dax-quotes", "scripts/x.ts", code).length;
}

Deno.test("dax-quotes allows bare values, beside quotes and within a word", () => {
  for (
    const code of [
      "$`tmux send-keys ${text}`",
      "$`cat ${a}/${b}.json`",
      "$`echo \"it is\" ${a} 'and so' ${b}`",
      '$`echo "it\'s" ${a}`',
      "$`echo 'say \"' ${a}`",
      '$`echo "a`; html`<b title="${a}">`',
      "this.#$`echo ${a}`",
      "$.raw`echo a`",
    ]
  ) assert.equal(quoted(code), 0, code);
});

Deno.test("dax-quotes refuses a value inside double or single quotes", () => {
  for (
    const code of [
      '$`echo "${a}"`',
      "$`echo '${a}'`",
      '$`echo "a ${a} b"`',
      '$`echo ${a} "${b}"`',
      '$`echo "a" "${b}" ${c}`',
      '$`echo "it\'s ${a}"`',
      '$`echo "\n${a}"`',
      'this.$`echo "${a}"`',
      'this.#$`echo "${a}"`',
      'deps.sh.$`echo "${a}"`',
      'const t = $`echo "$(cat ${a})"`',
    ]
  ) assert.equal(quoted(code), 1, code);
  assert.equal(quoted("$`echo \"${a} ${b}\" ${c} '${d}'`"), 3);
});

Deno.test("dax-quotes reads escaped quotes as dax does, from the cooked text", () => {
  // In the source \\" is an escaped quote to the shell; \" is a plain one.
  assert.equal(quoted('$`echo \\\\"${a}\\\\"`'), 0);
  assert.equal(quoted('$`echo \\"${a}\\"`'), 1);
  assert.equal(quoted('$`echo "say \\\\" ${a}"`'), 1);
  assert.equal(quoted("$`echo 'a\\\\' ${a}`"), 0, "a backslash escapes nothing in single quotes");
});

Deno.test("dax-quotes refuses each value in $.raw, and looks into nested templates", () => {
  assert.equal(quoted("$.raw`echo ${a} ${b}`"), 2);
  assert.equal(quoted("sh.$.raw`echo ${a}`"), 1);
  assert.equal(quoted('$`echo ${await $`echo "${a}"`.text()}`'), 1);
  assert.equal(quoted('$`echo "${await $`echo ${a}`.text()}"`'), 1);
  assert.equal(quoted("$`echo \"${await $`echo '${a}'`.text()}\"`"), 2);
});
