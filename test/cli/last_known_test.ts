import { deepEqual, equal, match } from "node:assert/strict";
import { EXIT } from "../../lib/cli/errors.ts";
import type { Fact } from "../../lib/model/event.ts";
import { journalPath, Store } from "../../lib/runtime/store.ts";
import { config as pool, MINUTE, NOON, running, started } from "../http/fixture.ts";
import { testHome } from "../support/mod.ts";
import { world } from "./world.ts";

/** A world without a daemon; the last one has left a journal with these facts, written three minutes ago. */
async function leftBehind(...facts: Fact[]) {
  const home = await testHome();
  const config = pool({ paths: { stateDir: `${home.dir}/state`, runtimeDir: `${home.dir}/run` } });
  const w = await world({ facts: null, config });
  if (facts.length > 0) {
    using store = new Store(journalPath(config), { now: () => NOON - 3 * MINUTE });
    store.record({ type: "config.applied", config }, started(), ...facts);
  }
  return {
    ...w,
    path: journalPath(config),
    async [Symbol.asyncDispose]() {
      await w[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

Deno.test("events reads the journal itself when no daemon runs, and leaves it as it is", async () => {
  await using w = await leftBehind(...running(["ccl-0"]));
  const before = await Deno.readFile(w.path);
  equal(await w.run("events"), EXIT.ok);
  match(w.said.out, /ccl-0/);
  equal(w.said.err, "No daemon is running: this is its journal as it was left.\n");
  deepEqual(await Deno.readFile(w.path), before);
});

Deno.test("status says what the last daemon knew and how old that is, and ends with 3", async () => {
  await using w = await leftBehind(...running(["ccl-0"]));
  equal(await w.run("status"), EXIT.noDaemon);
  match(w.said.out, /^claude-failover · no daemon is running · this was so 3 min ago/);
  match(w.said.out, /ccl-0 +work +shop +idle/);
  match(w.said.out, /Nothing is watched, moved or handed out/);
  match(w.said.err, /^Cannot show the status: no daemon is running/);
});

Deno.test("status --json without a daemon is a view with the daemon down", async () => {
  await using w = await leftBehind(...running(["ccl-0"]));
  equal(await w.run("status", "--json"), EXIT.noDaemon);
  const view = JSON.parse(w.said.out);
  equal(view.daemon.phase, "down");
  equal(view.asOf, NOON - 3 * MINUTE);
});

Deno.test("where no daemon ever ran there is nothing to show, and no journal is made", async () => {
  await using w = await leftBehind();
  equal(await w.run("events"), EXIT.noDaemon);
  equal(w.said.out, "");
  equal(await Deno.stat(w.path).then(() => true, () => false), false);
});
