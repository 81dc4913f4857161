/**
 * The screens of Claude Code as it draws them now, against those in `test/claude/screens` that `dialogOn` was made for.
 *
 * Ordinarily those that matter most; with CLAUDE_FAILOVER_SCREENS every one, and then they are written there
 * (`deno run -A scripts/capture_screens.ts`).
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { type Dialog, dialogOn } from "../../lib/claude/dialogs.ts";
import { type Screen, screens } from "../claude/screens.ts";
import { until } from "../contract/until.ts";
import { startApi } from "../fakes/api/server.ts";
import { type Scene, SCENES } from "./support/scenes.ts";
import { SIZES, stageFor } from "./support/stage.ts";

/** Those that are answered, that hold up a start, or that must not be taken for another. */
const FOREMOST = ["trust", "limit", "background", "permission-bash", "quoted"];

const folder = Deno.env.get("CLAUDE_FAILOVER_SCREENS");
const captured = folder ? [] : await screens();

for (const scene of folder ? SCENES : SCENES.filter(({ name }) => FOREMOST.includes(name))) {
  Deno.test(`claude draws the screen "${scene.name}" as it was captured`, async () => {
    await play(scene);
  });
}

const scene = (name: string) => SCENES.find((one) => one.name === name)!;

Deno.test("the limit menu of claude is closed by its safe option, and the session is at its prompt", async () => {
  await using api = await startApi();
  await using stage = await stageFor(scene("limit"), api);
  await stage.shows(scene("limit").shows);
  await until(async () => {
    await stage.watch.look();
    await stage.shows(/❯/); // it draws in its own time
    return stage.watch.told().length === 2 || null;
  }, () => stage.watch.told().join(", "));
  assert.deepEqual(stage.watch.told(), ["seen limit: ours", "answered limit: stop"]);
  const screen = await stage.shows(/bypass permissions on/);
  assert.equal(dialogOn(screen), null);
  assert.doesNotMatch(screen, /Continuing automatically/);
});

Deno.test("SIGTERM ends claude also where it asks about background work", async () => {
  await using api = await startApi();
  await using stage = await stageFor(scene("background"), api);
  await scene("background").act!(stage);
  await stage.shows(scene("background").shows);
  Deno.kill((await stage.pane()).pid, "SIGTERM");
  await until(async () => (await stage.pane()).dead || null, () => stage.screen(), 5_000);
});

async function play(scene: Scene): Promise<void> {
  await using api = await startApi();
  await using stage = await stageFor(scene, api);
  await scene.act?.(stage);
  for (const [index, [columns, rows]] of SIZES.entries()) {
    if (index > 0) await stage.resize(columns, rows);
    const name = `${scene.name}-${columns}`;
    const screen = stage.scrub(await stage.shows(scene.shows));
    if (folder) await Deno.writeTextFile(join(folder, `${name}.txt`), screen);
    else assertSame(screen, captured.filter((one) => one.name === name));
  }
  assert.deepEqual(api.refusedHosts(), []);
}

/** The newest of the captured ones: the same dialog with the same options that we know, and the same one selected. */
function assertSame(screen: string, before: readonly Screen[]): void {
  const [newest] = before.toSorted((a, b) =>
    b.version.localeCompare(a.version, "en", { numeric: true })
  );
  assert.ok(newest);
  assert.deepEqual(essence(dialogOn(screen)), essence(dialogOn(newest.text)), screen);
}

function essence(dialog: Dialog | null) {
  if (!dialog) return null;
  const { kind, options, selected } = dialog;
  return { kind, options: options.map(({ name }) => name), selected };
}
