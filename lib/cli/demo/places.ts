/**
 * The demo's home: made below the temporary folder, with the work to do, two accounts and a config like a person's.
 *
 * @module
 */
import { join } from "node:path";
import { loadConfig } from "../../config.ts";
import type { Config } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import {
  ACCOUNTS,
  BOOK,
  type Cast,
  CHAPTERS,
  type DemoAccount,
  NOTES,
  type Places,
  WRITER,
} from "./scene.ts";

/** The longest path below the root is that of a socket. */
const MAX_ROOT_BYTES = 107 - "/run/control.sock".length;

export interface HomeOptions {
  readonly env: Readonly<Record<string, string>>;
  /** How long a chapter takes. */
  readonly chapterMs: number;
}

/** The folders and the work in them; nothing runs yet. */
export async function makePlaces(files: Files, { env, chapterMs }: HomeOptions): Promise<Places> {
  const root = await makeRoot(env["TMPDIR"]);
  const home = join(root, "home");
  const places: Places = {
    root,
    home,
    cwd: join(home, "book"),
    configPath: join(root, "config.yaml"),
    projectsDir: join(root, "projects"),
    tmuxSocket: join(root, "tmux.sock"),
    configDir: (account) => join(home, `.claude-${account}`),
  };
  const { cwd, projectsDir } = places;
  for (const dir of [home, cwd, projectsDir]) await files.makeDir(dir, 0o700);
  await files.writeAtomic(join(cwd, "write"), writeScript(chapterMs), 0o700);
  const commands = Array.from({ length: CHAPTERS }, (_, i) => `${chapterCommand(i + 1)}\n`);
  await files.writeAtomic(join(cwd, "chapters.txt"), commands.join(""));
  for (const account of ACCOUNTS) await makeAccount(files, places, account);
  return places;
}

/** The command that writes the n-th chapter, in the sessions' folder. */
export function chapterCommand(n: number): string {
  return `./write ${n}`;
}

/** What a person would write to get this pool, as it lies in the demo's home. */
export async function writeConfig(files: Files, places: Places, cast: Cast): Promise<Config> {
  const text = configText(places, cast);
  await files.writeAtomic(places.configPath, text);
  return loadConfig(text, { path: places.configPath, home: places.home, env: {} });
}

async function makeRoot(tmpDir: string | undefined): Promise<string> {
  const dirs = [tmpDir, "/tmp"].filter((dir) => dir !== undefined && dir !== "") as string[];
  for (const dir of dirs) {
    const root = await Deno.makeTempDir({ dir, prefix: "cf-demo-" });
    const real = await Deno.realPath(root);
    if (new TextEncoder().encode(real).length <= MAX_ROOT_BYTES) return real;
    await Deno.remove(root);
  }
  throw new Error(`Cannot make a home for the demo: the path of ${dirs.join(" and ")} is too long`);
}

function writeScript(chapterMs: number): string {
  return `#!/bin/sh
# Writes one chapter, slowly enough to watch.
sleep ${(chapterMs / 1000).toFixed(2)}
echo "chapter $1" >>${BOOK} && echo "chapter $1 is written"
`;
}

/** As Claude Code leaves it after the sign-in and the question of trust. */
async function makeAccount(files: Files, places: Places, account: DemoAccount): Promise<void> {
  const dir = places.configDir(account);
  await files.makeDir(dir, 0o700);
  const state = {
    hasCompletedOnboarding: true,
    projects: { [places.cwd]: { hasTrustDialogAccepted: true } },
  };
  await files.writeAtomic(join(dir, ".claude.json"), JSON.stringify(state), 0o600);
}

function configText(places: Places, { claudePath, env, permissionMode }: Cast): string {
  const q = (value: unknown) => JSON.stringify(value); // JSON is YAML
  const accounts = ACCOUNTS.map((id, i) =>
    `  - id: ${id}
    kind: subscription
    config_dir: ${q(places.configDir(id))}
    priority: ${i + 1}
    thresholds: { five_hour: 100, weekly: 100 } # move at the limit itself: that is what we are here to see
    env: ${q(env)}`
  );
  return `version: 1
accounts:
${accounts.join("\n")}
failover:
  mode: auto
  to_kinds: [subscription]
  quiesce_grace: 5s
launch: ${q(permissionMode === null ? {} : { permission_mode: permissionMode })}
sessions:
  - names: [${WRITER}, ${NOTES}]
    cwd: ${q(places.cwd)}
    account: work
share:
  projects_dir: ${q(places.projectsDir)}
claude:
  path: ${q(claudePath)}
tmux:
  socket: ${q(places.tmuxSocket)}
paths:
  state_dir: ${q(join(places.root, "state"))}
  runtime_dir: ${q(join(places.root, "run"))}
`;
}
