/**
 * A home, an account and a folder for one session of the unmodified `claude`, set up as a scene wants them.
 *
 * @module
 */
import { join } from "node:path";
import { systemClock } from "../../../lib/ports/clock.ts";
import { shQuote } from "../../../lib/claude/shell.ts";
import type { Pane } from "../../../lib/ports/tmux.ts";
import { realTmux } from "../../../lib/ports/tmux_real.ts";
import { seedAccount } from "../../contract/seed_account.ts";
import { until } from "../../contract/until.ts";
import type { RunningApi } from "../../fakes/api/server.ts";
import { type DialogWatch, dialogWatch, WATCHED } from "../../support/dialog_watch.ts";
import { type TestHome, testHome, tmuxSocket } from "../../support/mod.ts";
import { claudeEnv, claudePath } from "./claude.ts";
import type { Scene } from "./scenes.ts";

const { session: SESSION } = WATCHED;
const PATIENCE_MS = 30_000;
const BURST_MS = 700;
/** A busy machine may lose an Enter; the text stays in the box then (2.1.330). */
const ENTER_AGAIN_MS = 3_000;
/** A session of ours is launched in so many columns; a person who attaches with a small terminal makes it 80. */
export const SIZES = [[200, 50], [80, 24]] as const;

export interface Stage extends AsyncDisposable {
  readonly home: TestHome;
  readonly api: RunningApi;
  /** The session's folder. */
  readonly cwd: string;
  readonly configDir: string;
  /** The daemon's look at it; the session is taken for one that ran into a limit. */
  readonly watch: DialogWatch;
  pane(): Promise<Pane>;
  /** What the pane shows, as the daemon sees it. */
  screen(): Promise<string>;
  /** Types a text and presses Enter. */
  submit(text: string): Promise<void>;
  /** As a person's terminal would, that was made larger or smaller. */
  resize(columns: number, rows: number): Promise<void>;
  /** Waits until it stands on the screen, and stays. */
  shows(text: RegExp): Promise<string>;
  /** The screen without what is of this machine and this run; as wide as it was. */
  scrub(screen: string): string;
}

/** Starts the scene's session; its prompts are not typed yet. */
export async function stageFor(scene: Scene, api: RunningApi): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await testHome());
  const socket = stack.use(await tmuxSocket());
  const tmux = stack.use(realTmux(socket.socket));
  const cwd = home.path("src");
  const configDir = home.path("account");
  const projectsDir = home.path("projects");
  for (const dir of [cwd, projectsDir]) await Deno.mkdir(dir);
  const { args = [], env = {}, settings = {}, claudeJson = {}, distrusted = false, prompt } =
    scene.with ??
      {};
  await seedAccount(configDir, { name: "A", projectsDir, trusted: distrusted ? [] : [cwd] });
  const path = join(configDir, ".claude.json");
  const seeded = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...seeded, ...claudeJson }));
  const settingsPath = home.path("settings.json");
  await Deno.writeTextFile(
    settingsPath,
    JSON.stringify({
      autoContinueAtUsageLimit: false,
      skipDangerousModePermissionPrompt: true,
      ...settings,
    }),
  );
  const screen = () => tmux.capture(SESSION);
  const shows = async (text: RegExp) => {
    let last = "";
    const there = async () => text.test(last = await screen()) ? true : null;
    const what = () => `${scene.name} does not show ${text}. Screen:\n${last}`;
    await until(there, what, PATIENCE_MS);
    // It draws in bursts, and what is drawn first may go again.
    await systemClock.sleep(BURST_MS);
    await until(there, what, PATIENCE_MS);
    return last;
  };
  const watch = dialogWatch(tmux, home.path("state"));
  const stage = {
    home,
    watch,
    pane: async () => (await tmux.panes()).find((pane) => pane.session === SESSION)!,
    api,
    cwd,
    configDir,
    screen,
    shows,
    async submit(text: string) {
      const typed = new RegExp(`^❯\\s${text}\\s*$`, "m");
      await shows(/^❯\s*$/m);
      await tmux.type(SESSION, text);
      await shows(typed);
      const gone = async () => !typed.test(await screen()) || null;
      const enter = async () => {
        await tmux.key(SESSION, "Enter");
        return await until(gone, screen, ENTER_AGAIN_MS);
      };
      await enter().catch(enter);
    },
    async resize(columns: number, rows: number) {
      await socket.tmux("resize-window", "-t", SESSION, "-x", `${columns}`, "-y", `${rows}`);
    },
    scrub: (text: string) => scrubbed(text, home.dir),
  };
  const given = {
    ...home.env,
    TERM: "tmux-256color",
    CLAUDE_CONFIG_DIR: configDir,
    ...claudeEnv(api),
    ...env,
  };
  const owned = stack.move();
  const staged: Stage = { ...stage, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  await scene.prepare?.(staged);
  const words = prompt === undefined ? [] : ["--", prompt];
  const assigned = Object.entries(given).map(([key, value]) => `${key}=${value}`);
  const argv = [...assigned, claudePath(), "--settings", settingsPath, ...args, ...words];
  await Deno.mkdir(watch.dir, { recursive: true });
  const launch = join(watch.dir, "launch.sh");
  await Deno.writeTextFile(launch, `exec env -i ${argv.map(shQuote).join(" ")}\n`);
  const [width, height] = SIZES[0];
  await tmux.launch(SESSION, { cwd, argv: ["sh", launch], width, height });
  return staged;
}

/** Of the same length, so that the screen's layout is kept. */
function scrubbed(screen: string, home: string): string {
  const neutral = home.replace(/[^/]+$/, (name) => "/home/you".slice(1).padEnd(name.length, "0"));
  return screen.replaceAll(home, neutral);
}
