/** The worker: when it looks, what it tells. */
import assert from "node:assert/strict";
import { locksDir } from "../../lib/claude/layout.ts";
import { janitor } from "../../lib/janitor/mod.ts";
import { type World, world } from "../support/daemon_life.ts";

const HOUR = 3_600_000;

function janitorOf(w: World) {
  const { clock, files, tmux, store } = w;
  const owner = () => Promise.resolve({ id: "us", host: "a-host", stateDir: "/state", pid: 1 });
  return janitor({ clock, files, tmux, processes: tmux.processes, owner, journal: store });
}

Deno.test("the janitor tidies up by itself, tells it once, and says nothing of nothing", async () => {
  using w = await world();
  w.files.put(`${locksDir(w.config)}/gone.lock`, "");
  await using _ = w.live(janitorOf(w).worker);
  await w.clock.advance(HOUR / 2);
  assert.deepEqual(w.events("janitor.tidied"), []);
  await w.clock.advance(HOUR);
  const told = w.events("janitor.tidied").map(({ duty, removed }) => [duty, removed]);
  assert.deepEqual(told, [["locks", 1]]);
  assert.deepEqual(await w.files.list(locksDir(w.config)), []);
});

Deno.test("janitor run waits for what is under way, and a dry run leaves no word", async () => {
  using w = await world();
  w.files.put(`${locksDir(w.config)}/gone.lock`, "");
  await w.clock.advance(2 * HOUR);
  const signal = new AbortController().signal;
  const hands = { state: () => w.state, record: w.store.record.bind(w.store), signal };
  const { run } = janitorOf(w);
  const [dry, wet] = await Promise.all([
    run({ dryRun: true }, hands),
    run({ duties: ["locks"], dryRun: false }, hands),
  ]);
  assert.equal(dry.length, 8);
  assert.deepEqual(dry.filter(({ found }) => found.length > 0).map(({ duty }) => duty), ["locks"]);
  assert.deepEqual(wet.map(({ duty, removed }) => [duty, removed]), [["locks", 1]]);
  assert.equal(w.events("janitor.tidied").length, 1);
});
