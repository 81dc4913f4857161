/**
 * What there is of Claude Code on this machine, found by names and by which files are there: config dirs, and projects
 * with a task queue. No file is opened.
 *
 * @module
 */
import { basename } from "node:path";
import { nameFault } from "../../config/names.ts";
import { expandPath, isWithin } from "../../config/paths.ts";
import type { Files } from "../../ports/files.ts";

export interface FoundDir {
  /** Fit for an account's id, and none twice. */
  readonly id: string;
  /** Absolute. */
  readonly configDir: string;
  /** Its `projects` is a folder of its own, which `setup-shared-projects` has to bring together with the others. */
  readonly ownProjects: boolean;
  /** Where its `projects` leads when that is a link, every link resolved. */
  readonly sharedProjects: string | null;
}

/**
 * Claude Code makes these in a config dir; a folder that only shares `projects` has none of them. In its own `~/.claude`
 * a `projects` is enough.
 */
const SIGNS = [".claude.json", "history.jsonl", "sessions", "settings.json"];

/** `~/.claude`, `~/.claude-*` and the one that `$CLAUDE_CONFIG_DIR` names, as far as they are real folders in use. */
export async function findConfigDirs(
  files: Files,
  { home, env, also = [] }: {
    readonly home: string;
    readonly env: Readonly<Record<string, string>>;
    /** Further ones, absolute. */
    readonly also?: readonly string[];
  },
): Promise<FoundDir[]> {
  const names = (await files.names(home)).filter((name) => /^\.claude($|-)/.test(name));
  const named = env["CLAUDE_CONFIG_DIR"];
  const paths = [
    ...names.map((name) => `${home}/${name}`),
    ...(named?.startsWith("/") ? [expandPath(named, home)] : []),
    ...also,
  ];
  const found: FoundDir[] = [];
  for (const configDir of new Set(paths)) {
    if (!await isInUse(files, configDir, home)) continue;
    const projects = await files.stat(`${configDir}/projects`);
    const isLink = projects?.kind === "link";
    found.push({
      id: freeName(idOf(configDir), found.map((one) => one.id)),
      configDir,
      ownProjects: projects?.kind === "dir",
      sharedProjects: isLink ? await files.realPath(`${configDir}/projects`) : null,
    });
  }
  return found;
}

async function isInUse(files: Files, configDir: string, home: string): Promise<boolean> {
  if ((await files.stat(configDir))?.kind !== "dir") return false;
  const signs = SIGNS.map((name) => `${configDir}/${name}`);
  if (configDir === `${home}/.claude`) signs.push(`${home}/.claude.json`, `${configDir}/projects`);
  const infos = await Promise.all(signs.map((path) => files.stat(path)));
  return infos.some((info) => info !== null);
}

function idOf(configDir: string): string {
  const rest = basename(configDir).replace(/^\.?claude-?/, "");
  return rest === "" ? "main" : nameFrom(rest);
}

/** The text as a name that the config takes. */
export function nameFrom(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replace(/^[-_]+|-+$/g, "").slice(0, 56);
  return name !== "" && nameFault(name) === null ? name : "one";
}

/** The name, or with a number behind it when somebody has it. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  for (let n = 2;; n++) if (!taken.includes(`${name}-${n}`)) return `${name}-${n}`;
}

/** The one folder that links of theirs lead to already, if it may be the shared one: it lies in no config dir. */
export function sharedProjectsOf(dirs: readonly FoundDir[]): string | null {
  const targets = new Set(dirs.flatMap((dir) => dir.sharedProjects ?? []));
  const [only] = targets;
  if (only === undefined || targets.size > 1) return null;
  return dirs.some(({ configDir }) => isWithin(only, configDir)) ? null : only;
}

/** So many levels below the home are looked at, and so many folders: a network home must not take minutes. */
const DEPTH = 3;
const MOST_FOLDERS = 2_000;

/** The folders with an `.agent-queue` in them, in order; hidden ones and `node_modules` are passed over. */
export async function findQueues(files: Files, home: string): Promise<string[]> {
  const found: string[] = [];
  let level = [home];
  let looked = 0;
  for (let depth = 0; depth < DEPTH; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      if (++looked > MOST_FOLDERS) return found.sort();
      // A folder that may not be read holds no project of ours.
      const entries = await files.list(folder).catch(() => []);
      for (const { name, kind } of entries) {
        if (kind !== "dir" || name.startsWith(".") || name === "node_modules") continue;
        const path = `${folder}/${name}`;
        const queue = await files.stat(`${path}/.agent-queue`).catch(() => null);
        if (queue?.kind === "dir") found.push(path);
        else below.push(path);
      }
    }
    level = below;
  }
  return found.sort();
}
