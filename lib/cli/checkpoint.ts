/**
 * `checkpoint`: what is kept of each session so that it can go on elsewhere. Reads the files themselves, so it needs no daemon.
 *
 * @module
 */
import { resolve } from "node:path";
import { type Checkpoint, LATEST, listCheckpoints, patchPath } from "../claude/checkpoint_file.ts";
import { continuationPrompt } from "../claude/continuation.ts";
import { checkpointsDir } from "../claude/layout.ts";
import { lookAt } from "../git/look.ts";
import { restoreInto } from "../git/patch.ts";
import { compareGit } from "../git/state.ts";
import type { Config } from "../model/config.ts";
import { tilde } from "./account/ask.ts";
import { Command, examples, printJson, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, mistake } from "./errors.ts";
import { waiting } from "./waiting.ts";
import { nameHint } from "./names.ts";
import {
  checkpointsAsTsv,
  renderCheckpoint,
  renderCheckpoints,
  renderDifference,
} from "./render/checkpoint.ts";

const SESSION = ["<session>", "whose"] as const;
const ID = ["[id]", "which, or the beginning of it; the latest when left out"] as const;

export function checkpointCommand(context: CliContext): CommandUnknownOpts {
  const checkpoint = new Command("checkpoint").description(
    "What is kept of each session so that it can go on elsewhere: where it stood, what was under way, what was not committed.",
  );
  for (const add of [list, show, diff, restore]) checkpoint.addCommand(add(context));
  return checkpoint;
}

function list(context: CliContext): CommandUnknownOpts {
  return new Command("list")
    .summary("the checkpoints there are")
    .description("List the checkpoints, the newest of each session first.")
    .argument("[session]", "only of this one")
    .option("--tsv", "tab-separated, with a head line")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover checkpoint list ccl-3", "the last moves"]))
    .action(async (session, { tsv, json }) => {
      const { config } = await context.loadConfig();
      const all = await readAll(context, config, session);
      if (session !== undefined && all.length === 0) throw await unknown(context, config, session);
      if (json) printJson(context, { checkpoints: all });
      else if (tsv) printLine(context, checkpointsAsTsv(all));
      else printLine(context, renderCheckpoints(all, context.clock.now(), renderOptions(context)));
    });
}

function show(context: CliContext): CommandUnknownOpts {
  return new Command("show")
    .summary("one whole, or the prompt that would be made of it")
    .description("Show what a checkpoint holds.")
    .argument(...SESSION)
    .argument(...ID)
    .option("--prompt", "what the session would be told, had its work been cut there")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover checkpoint show ccl-3", "where it stood"],
        ["claude-failover checkpoint show ccl-3 --prompt", "and how it would go on"],
      ),
    )
    .action(async (session, id, { prompt, json }) => {
      const one = await find(context, session, id);
      if (json) printJson(context, one);
      else if (prompt) printLine(context, continuationPrompt(one, "[claude-failover:ID]"));
      else printLine(context, renderCheckpoint(one, context.clock.now(), renderOptions(context)));
    });
}

function diff(context: CliContext): CommandUnknownOpts {
  return new Command("diff")
    .summary("what has changed in its folder since")
    .description("Compare the folder as the checkpoint knows it with the folder as it is now.")
    .argument(...SESSION)
    .argument(...ID)
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover checkpoint diff ccl-3", "since it was taken"]))
    .action(async (session, id, { json }) => {
      const one = await find(context, session, id);
      const { files, processes } = await context.ports();
      const now = await lookAt({ files, processes }, one.cwd);
      if (one.git === null || now === null) {
        const when = one.git === null ? "was not" : "is not";
        throw new CliError(`Cannot compare: ${one.cwd} ${when} in a git repository`);
      }
      const difference = compareGit(one.git, now);
      if (json) printJson(context, difference);
      else printLine(context, renderDifference(one, difference, renderOptions(context)));
    });
}

function restore(context: CliContext): CommandUnknownOpts {
  return new Command("restore")
    .summary("bring its files back, in a folder of their own")
    .description(
      "Make a new git work tree with the files as they were: the commit of the checkpoint, and on top what was not committed (kept with " +
        "checkpoints.patch). The session's own folder is not touched. The conversation needs no restoring: `session start` goes on with it.",
    )
    .argument(...SESSION)
    .argument(...ID)
    .requiredOption("-t, --to <folder>", "where to; it must not exist")
    .addHelpText(
      "after",
      examples(["claude-failover checkpoint restore ccl-3 --to /tmp/ccl-3", "to look and compare"]),
    )
    .action(async (session, id, { to }) => await bringBack(context, session, id, to));
}

async function bringBack(
  context: CliContext,
  session: string,
  id: string | undefined,
  to: string,
): Promise<void> {
  const one = await find(context, session, id);
  const { config } = await context.loadConfig();
  const { files, processes } = await context.ports();
  const folder = resolve(context.cwd, to);
  const what = `restore ${one.id} of ${session}`;
  const head = one.git?.head ?? null;
  if (one.git === null || head === null) {
    throw new CliError(`Cannot ${what}: ${one.cwd} was not in a git repository with a commit`);
  }
  if (await files.stat(folder)) throw mistake(`Cannot ${what}: there is something at ${folder}`);
  const path = patchPath(config, session, one.id);
  const patch = one.patch !== null && await files.stat(path) ? path : null;
  if (patch === null && one.git.dirtyCount > 0) {
    throw new CliError(
      `Cannot ${what}: ${one.git.dirtyCount} files were not committed, and they were not kept`,
      { hint: "set checkpoints.patch to true, and those taken from then on can be restored" },
    );
  }
  const problem = await waiting(
    context,
    "git brings the files back",
    restoreInto({ processes }, { cwd: one.cwd, to: folder, head, patch }),
  );
  if (problem !== null) throw new CliError(`Cannot ${what}: ${problem}`);
  printLine(
    context,
    `${
      tilde(folder, context.home)
    } holds the files as they were; \`git worktree remove\` takes it away again.`,
  );
}

/** The checkpoint of that name or the one whose name begins so. */
async function find(
  context: CliContext,
  session: string,
  id: string = LATEST,
): Promise<Checkpoint> {
  const { config } = await context.loadConfig();
  const all = await readAll(context, config, session);
  if (all.length === 0) throw await unknown(context, config, session);
  const exact = all.filter((one) => one.id === id);
  const found = exact.length > 0 ? exact : all.filter((one) => one.id.startsWith(id));
  if (found.length === 1) return found[0]!;
  const ids = all.map((one) => one.id.slice(0, 12)).join(", ");
  throw mistake(
    `Cannot find the checkpoint ${id} of ${session}: ${
      found.length === 0 ? "there is none" : "several begin so"
    }`,
    `there are ${ids}`,
  );
}

async function unknown(context: CliContext, config: Config, session: string): Promise<CliError> {
  const { files } = await context.ports();
  const names = await files.names(checkpointsDir(config));
  return mistake(
    `Cannot find a checkpoint of ${session}: there is none`,
    nameHint(session, names) ?? "none was taken yet",
  );
}

/** The newest of each session first. What cannot be read is left out. */
async function readAll(
  context: CliContext,
  config: Config,
  session: string | undefined,
): Promise<Checkpoint[]> {
  const { files } = await context.ports();
  const names = await files.names(checkpointsDir(config));
  const sessions = session === undefined ? names : names.filter((name) => name === session);
  const all = await Promise.all(
    sessions.map((session) => listCheckpoints(files, { config, session })),
  );
  return all.flat();
}
