import assert from "node:assert/strict";
import { hostWatch } from "../lib/host.ts";
import { FakeFiles } from "./fakes/files.ts";
import { FakeProcesses } from "./fakes/process.ts";
import { world } from "./support/daemon_life.ts";

const GB = 1024 ** 3;

async function hostWorld() {
  const w = await world();
  const files = new FakeFiles({ now: w.clock.now });
  const processes = new FakeProcesses();
  const claude = { version: "2.1.330" };
  processes.on(w.config.claude.path, () => ({ stdout: `${claude.version} (Claude Code)\n` }));
  const watch = hostWatch({ clock: w.clock, files, processes, env: {} });
  const said = () =>
    w.store.events({ limit: 10_000 }).flatMap((e) =>
      e.type === "host.checked"
        ? [[e.claude, ...e.problems.map((p) => `${p.severity}: ${p.what}`)]]
        : []
    );
  return { w, files, claude, watch, said };
}

Deno.test("the machine is looked at now and then, and only what is new is written down", async () => {
  const { w, files, claude, watch, said } = await hostWorld();
  using _w = w;
  await using _ = w.live(watch);
  await w.clock.advance(60_000);
  assert.deepEqual(said(), [], "the sessions come up first");
  await w.clock.advance(3_600_000);
  assert.deepEqual(said(), [["2.1.330"]]);
  files.room = 0.9 * GB;
  await w.clock.advance(600_000);
  files.room = 0.7 * GB;
  await w.clock.advance(3_600_000);
  assert.deepEqual(said().slice(1), [
    ["2.1.330", "warning: Less than 1 GB is left for the state folder"],
  ]);
  files.room = 0.01 * GB;
  claude.version = "99.0.0";
  await w.clock.advance(600_000);
  const [, , last] = said();
  assert.match(last![1]!, /^critical: There is hardly any room/);
  assert.match(last![2]!, /^info: Claude Code is 99\.0\.0 now, newer than the newest tested one/);
  files.room = 50 * GB;
  await w.clock.advance(600_000);
  assert.deepEqual(said().at(-1)!.length, 2);
});

Deno.test("a version that is not said once is neither gone nor news when it is said again", async () => {
  const { w, files, claude, watch, said } = await hostWorld();
  using _w = w;
  await using _ = w.live(watch);
  claude.version = "99.0.0";
  await w.clock.advance(600_000);
  assert.equal(said().length, 1);
  claude.version = "Segmentation fault";
  await w.clock.advance(600_000);
  assert.equal(said().length, 1, "it is not gone");
  files.roomBytes = () => Promise.reject(new Error("EIO"));
  await w.clock.advance(600_000);
  assert.deepEqual(w.events("worker.failed"), []);
  claude.version = "99.0.0";
  await w.clock.advance(600_000);
  assert.equal(said().length, 1);
});

Deno.test("what cannot be learnt of the machine is no problem, and ends nothing", async () => {
  const { w, claude, watch, said } = await hostWorld();
  using _w = w;
  await using _ = w.live(watch);
  claude.version = "Segmentation fault";
  await w.clock.advance(3_600_000);
  assert.deepEqual(said(), []);
});
