/**
 * The questions of `init`, each only when no option has answered it.
 *
 * @module
 */
import { resolve } from "node:path";
import { nameFault } from "../../config/names.ts";
import { tilde } from "../account/ask.ts";
import type { Files } from "../../ports/files.ts";
import type { CliContext } from "../context.ts";
import { freeName } from "../pool/find.ts";
import { PromptEnded, type Prompts } from "../prompts.ts";
import {
  type Choices,
  type Given,
  MODES,
  MOST_SESSIONS,
  SESSIONS_EACH,
  type Surroundings,
} from "./choices.ts";

/** Throws `PromptEnded`, also when the last word is no. */
export async function askAll(
  prompts: Prompts,
  given: Given,
  around: Surroundings,
  context: CliContext,
): Promise<Choices> {
  const accounts = given.accounts ?? await askAccounts(prompts, around, context.home);
  const projects = given.projects ?? await askProjects(prompts, around, context);
  const sessionsEach = given.sessionsEach ?? await askCount(prompts);
  const mode = given.mode ?? await askMode(prompts);
  const sum = [
    `accounts  ${accounts.map(({ id }) => id).join(", ")}`,
    `projects  ${projects.map((path) => tilde(path, context.home)).join(", ")}`,
    `sessions  ${sessionsEach} in each project`,
    `mode      ${mode}`,
  ];
  prompts.note("The config", sum.join("\n"));
  if (!await prompts.yes("Go on with this?")) throw new PromptEnded("not this");
  return { accounts, projects, sessionsEach, mode };
}

const FIRST = `It gets the name "main" and Claude Code's usual folder, ~/.claude.
A name is only what it is called here. You sign in later.`;

async function askAccounts(
  prompts: Prompts,
  { dirs }: Surroundings,
  home: string,
): Promise<Choices["accounts"]> {
  const found = dirs.length > 0
    ? await prompts.some({
      message:
        "Folders of Claude Code, each with a sign-in of its own. Which accounts may be used?",
      options: dirs.map(({ configDir, id }) => ({
        value: configDir,
        label: `${tilde(configDir, home)}  (will be named "${id}")`,
      })),
      initial: dirs.map(({ configDir }) => configDir),
    })
    : [];
  const accounts = dirs.filter(({ configDir }) => found.includes(configDir))
    .map(({ id, configDir }) => ({ id, configDir }));
  if (accounts.length === 0) {
    accounts.push({ id: "main", configDir: `${home}/.claude` });
    prompts.note("The first account", FIRST);
  }
  while (true) {
    const ids = accounts.map(({ id }) => id);
    const id = await prompts.line({
      message: `Another account? Choose a name for it, or press Enter for none (so far: ${
        ids.join(", ")
      })`,
      initial: "",
      fault: (text) =>
        text === ""
          ? null
          : ids.includes(text)
          ? "There is one of that name."
          : nameFault(text) && `It ${nameFault(text)!.what}.`,
    });
    if (id === "") return accounts;
    accounts.push({ id: freeName(id, ids), configDir: `${home}/.claude-${id}` });
  }
}

async function askProjects(
  prompts: Prompts,
  { projects }: Surroundings,
  { cwd, home, ports }: CliContext,
): Promise<readonly string[]> {
  const { files } = await ports();
  const chosen = projects.length > 0
    ? await prompts.some({
      message: "Where do the sessions work?",
      options: projects.map((path) => ({
        value: path,
        label: `${tilde(path, home)}${path === cwd ? "  (where you are)" : "  (has an inbox)"}`,
      })),
      initial: projects,
    })
    : [];
  if (chosen.length > 0) return chosen;
  const folder = (text: string) => resolve(cwd, text.trim().replace(/^~(?=\/|$)/, home));
  const path = await prompts.line({
    message: "The folder that the sessions work in (a repository, say)",
    fault: async (text) =>
      text.trim() === ""
        ? "A folder is needed, e.g. ~/src/shop."
        : await isFolder(files, folder(text))
        ? null
        : `There is no folder ${tilde(folder(text), home)}.`,
  });
  return [folder(path)];
}

/** Also by links. */
export async function isFolder(files: Files, path: string): Promise<boolean> {
  return (await files.stat(await files.realPath(path) ?? path))?.kind === "dir";
}

async function askCount(prompts: Prompts): Promise<number> {
  const text = await prompts.line({
    message: `How many sessions in each project? (${SESSIONS_EACH})`,
    initial: String(SESSIONS_EACH),
    fault: (text) =>
      /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_SESSIONS
        ? null
        : `A whole number from 1 to ${MOST_SESSIONS}.`,
  });
  return Number(text);
}

const TERMS = `auto     sessions move to another account by themselves
confirm  a move is proposed and waits for your word
off      nothing moves by itself: sessions are started and kept
         alive, one at its limit stays where it is, and you may
         move it by hand (claude-failover failover)

Whether moving work between personal subscriptions at a limit is
within your provider's terms is not clear. docs/provider-terms.md
quotes what there is. You choose, and you answer for it; so there
is no default. off is a safe beginning: it can be changed later.`;

async function askMode(prompts: Prompts): Promise<Choices["mode"]> {
  prompts.note("What happens at a limit", TERMS);
  const typed = await prompts.line({
    message: "Type auto, confirm or off",
    fault: (text) =>
      MODES.some((mode) => mode === text.trim()) ? null : "One of auto, confirm, off.",
  });
  return MODES.find((mode) => mode === typed.trim())!;
}
