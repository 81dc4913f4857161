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
