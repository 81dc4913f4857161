/**
 * The keys that answer a dialog, through the real tmux, into a program that shows the captured screens and takes keys.
 *
 * @module
 */
import assert from "node:assert/strict";
import { realTmux } from "../../lib/ports/tmux_real.ts";
import { screens } from "../claude/screens.ts";
import { dialogWatch, WATCHED } from "../support/dialog_watch.ts";
import { testHome, tmuxSocket, until } from "../support/mod.ts";

const MENU = new URL("menu.sh", import.meta.url).pathname;
/** More than any of the answers needs. */
const LOOKS = 10;
const captured = await screens();
const screen = (name: string) => captured.find((one) => one.name === name)!.text;

Deno.test("watchDialogs() brings the mark of a menu in tmux to the safe option and chooses that", async () => {
  for (const columns of [80, 200]) {
    const { keys, told } = await answered(screen(`limit-${columns}`), 2);
    assert.deepEqual(keys, ["Up", "Up", "Enter", "chose 0"]);
    assert.deepEqual(told, ["seen limit: ours", "answered limit: stop"]);
  }
});

Deno.test("watchDialogs() types nothing into a menu in tmux that it does not know", async () => {
  const unknown = screen("limit-80").replace("What do you want to do?", "Something new");
  const { keys, told } = await answered(unknown, 0);
  assert.deepEqual(keys, []);
  assert.deepEqual(told, ["seen unknown: it is not known here"]);
});

Deno.test("watchDialogs() types nothing into a permission prompt in tmux", async () => {
  const { keys, told } = await answered(screen("permission-bash-80"), 1);
  assert.deepEqual(keys, []);
  assert.deepEqual(told, ["seen permission: it is for a person"]);
});

/** What was typed into a program with this menu, and what was recorded, in so many looks. */
async function answered(menu: string, selected: number) {
  await using home = await testHome();
  await using socket = await tmuxSocket();
  await using tmux = realTmux(socket.socket);
  const watch = dialogWatch(tmux, home.dir);
  const { dir } = watch;
  await Deno.mkdir(dir, { recursive: true });
  for (const option of [0, 1, 2, 3]) {
    await Deno.writeTextFile(`${dir}/${option}`, selecting(menu, option).trimEnd());
  }
  await Deno.writeTextFile(`${dir}/done`, screen("idle-80").trimEnd());
  await Deno.writeTextFile(`${dir}/launch.sh`, `exec sh ${MENU} ${dir} ${selected} 4\n`);
  await tmux.launch(WATCHED.session, { cwd: home.dir, argv: ["sh", `${dir}/launch.sh`] });
  await until(async () => (await tmux.capture(WATCHED.session)).includes("Esc to cancel"));
  for (let looks = 0; looks < LOOKS; looks++) {
    const typed = async () => (await pressed(dir)).length;
    const [before, had] = [await typed(), watch.keys()];
    await watch.look();
    if (watch.keys() <= had) continue;
    // A key is on its way: the next look is only worth it when the program has taken it and drawn.
    await until(async () =>
      await typed() > before && await isDrawn(dir, await tmux.capture(WATCHED.session))
    );
  }
  return { keys: await pressed(dir), told: watch.told() };
}

/** The screen with another option selected. */
function selecting(text: string, option: number): string {
  const lines = text.split("\n").map((line) => line.replace(/❯ (?=\d\.)/, "  "));
  const first = lines.findIndex((line) => /^ +1\. /.test(line));
  return lines
    .map((line, index) => index === first + option ? line.replace(/ {2}(?=\d\.)/, "❯ ") : line)
    .join("\n");
}

async function isDrawn(dir: string, shown: string): Promise<boolean> {
  const meant = await Deno.readTextFile(`${dir}/shown`);
  const text = (screen: string) => screen.replace(/\s+/g, " ").trim();
  return text(meant) === text(shown);
}

/** As the terminal sends them to a program. */
const KEYS: Readonly<Record<string, string>> = {
  "1b5b41": "Up",
  "1b4f41": "Up",
  "1b5b42": "Down",
  "1b4f42": "Down",
  "0d": "Enter",
};

async function pressed(dir: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${dir}/keys`).catch(() => "");
  return text.split("\n").filter(Boolean).map((key) => KEYS[key] ?? key);
}
