/**
 * `init`: the first config, from what is found on this machine and what a person answers.
 *
 * @module
 */
import { resolve } from "node:path";
import { nameFault } from "../../config/names.ts";
import type { FailoverMode } from "../../model/config.ts";
import { tilde } from "../account/ask.ts";
import { Command, examples, Option, printLine, wholeNumber } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { CliError, mistake } from "../errors.ts";
import type { PoolDraft } from "../pool/draft.ts";
import {
  findConfigDirs,
  findQueues,
  type FoundDir,
  freeName,
  nameFrom,
  sharedProjectsOf,
} from "../pool/find.ts";
import { nextSteps } from "../pool/next.ts";
import { checkedText, placeOfConfig, writeConfig } from "../pool/write.ts";
import { PromptEnded } from "../prompts.ts";
import { waiting } from "../waiting.ts";
import { askAll, isFolder } from "./ask.ts";
import {
  type Choices,
  type Given,
  MODES,
  MOST_SESSIONS,
  SESSIONS_EACH,
  type Surroundings,
} from "./choices.ts";

interface Options {
  readonly account?: readonly string[] | undefined;
  readonly project?: readonly string[] | undefined;
  readonly sessions?: number | undefined;
  readonly mode?: FailoverMode | undefined;
  readonly yes?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export function initCommand(context: CliContext): CommandUnknownOpts {
  return new Command("init")
    .description(
      "Make the config: looks for config dirs of Claude Code and projects, asks what it cannot know, and " +
        "writes a file with comments. A config that is there is never touched, and no file of Claude Code is opened.",
    )
    .option("--account <id=dir...>", "an account and its config dir, instead of those found")
    .option("--project <dir...>", "where sessions work, instead of the folders found")
    .option("--sessions <number>", "so many in each project", wholeNumber)
    .addOption(
      new Option("--mode <mode>", "moves at a limit; read docs/provider-terms.md first")
        .choices(MODES),
    )
    .option("--yes", "ask nothing: take what is found; needs --mode")
    .option("--dry-run", "print the config instead of writing it")
    .addHelpText(
      "after",
      examples(
        ["claude-failover init", "a few questions"],
        ["claude-failover init --yes --mode off", "none; nothing moves by itself"],
        ["claude-failover init --yes --mode off --dry-run", "see it first"],
      ),
    )
    .action((options) => init(context, options));
}

async function init(context: CliContext, options: Options): Promise<void> {
  const { files } = await context.ports();
  const what = "make a config";
  const path = options.dryRun
    ? context.configNamed() ?? "config.yaml"
    : await placeOfConfig(context, files, what);
  const given = givenChoices(context, options);
  for (const project of given.projects ?? []) {
    if (await isFolder(files, project)) continue;
    throw mistake(`Cannot ${what}: there is no folder ${project}`);
  }
  const around = await waiting(context, "looking for accounts and projects", look(context));
  const choices = options.yes
    ? unasked(given, around, context)
    : await asked(context, given, around);
  if (choices.projects.length === 0) {
    throw mistake(`Cannot ${what}: no project is known`, "name a folder with `--project`");
  }
  const draft = draftOf(choices, around.dirs);
  const text = checkedText(context, draft, path);
  if (options.dryRun) return context.stdout.write(text);
  await writeConfig(context, files, { path, text });
  printLine(context, `${tilde(path, context.home)} is written.`);
  for (const line of nextSteps(draft, around.dirs)) printLine(context, line);
}

async function look({ home, env, cwd, ports }: CliContext): Promise<Surroundings> {
  const { files } = await ports();
  const [dirs, queues] = await Promise.all([
    findConfigDirs(files, { home, env }),
    findQueues(files, home),
  ]);
  const here = cwd === home || cwd === "/" ? [] : [cwd];
  return { dirs, projects: [...new Set([...queues, ...here])] };
}

function givenChoices({ cwd, home }: CliContext, options: Options): Given {
  const { account, project, sessions, mode } = options;
  if (sessions !== undefined && (sessions < 1 || sessions > MOST_SESSIONS)) {
    throw mistake(`Cannot make ${sessions} sessions: from 1 to ${MOST_SESSIONS} are possible`);
  }
  const folder = (text: string) => resolve(cwd, text.replace(/^~(?=\/|$)/, home));
  return {
    ...account === undefined ? {} : { accounts: account.map((text) => accountOf(text, folder)) },
    ...project === undefined ? {} : { projects: project.map(folder) },
    ...sessions === undefined ? {} : { sessionsEach: sessions },
    ...mode === undefined ? {} : { mode },
  };
}

function accountOf(text: string, folder: (text: string) => string) {
  const [, id, dir] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (id === undefined || dir === undefined || nameFault(id) !== null) {
    throw mistake(
      `Cannot read the account ${JSON.stringify(text)}: it must be like spare=~/.claude-spare`,
    );
  }
  return { id, configDir: folder(dir) };
}

function unasked(
  { mode, ...given }: Given,
  { dirs, projects }: Surroundings,
  { home }: CliContext,
) {
  if (mode === undefined) {
    throw mistake(
      "Cannot choose for you what happens at a limit: it has no default",
      "read docs/provider-terms.md, then add `--mode auto`, `--mode confirm` or `--mode off`",
    );
  }
  const accounts = dirs.length > 0 ? dirs : [{ id: "main", configDir: `${home}/.claude` }];
  return { accounts, projects, sessionsEach: SESSIONS_EACH, ...given, mode };
}

async function asked(context: CliContext, given: Given, around: Surroundings): Promise<Choices> {
  if (!context.canAsk) {
    throw mistake(
      "Cannot ask: this is no terminal",
      "`claude-failover init --yes --mode off` asks nothing; `init --help` has an option for each answer",
    );
  }
  try {
    return await askAll(await context.prompts(), given, around, context);
  } catch (error) {
    if (!(error instanceof PromptEnded)) throw error;
    throw new CliError("Cannot make a config: you have ended the questions", {
      hint: "nothing was written",
    });
  }
}

function draftOf(
  { accounts, projects, sessionsEach, mode }: Choices,
  dirs: readonly FoundDir[],
): PoolDraft {
  const used = dirs.filter((dir) => accounts.some((one) => one.configDir === dir.configDir));
  const named = projects.reduce<{ id: string; path: string }[]>((before, path) => {
    const name = nameFrom(path.slice(path.lastIndexOf("/") + 1));
    return [...before, { id: freeName(name, before.map(({ id }) => id)), path }];
  }, []);
  return {
    by: "claude-failover init",
    accounts: accounts.map(({ id, configDir }) => ({ id, configDir })),
    mode,
    sharedProjects: sharedProjectsOf(used),
    projects: named,
    sessions: named.map(({ id }) => ({
      names: sessionsEach === 1 ? `${id}-0` : `${id}-[0..${sessionsEach - 1}]`,
      project: id,
      cwd: null,
      account: null,
      conversation: null,
    })),
  };
}
