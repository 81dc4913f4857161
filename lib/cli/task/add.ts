/**
 * `task add`: puts a file into a project's inbox, whole at once. Needs no daemon; the next one finds it.
 *
 * @module
 */
import { basename, resolve } from "node:path";
import type { ControlClient } from "../../http/client.ts";
import type { Config, ProjectSpec } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import { newTaskFile, type NewTaskWords } from "../../queue/new_task.ts";
import { placeTask } from "../../queue/place_task.ts";
import { Command, examples, printJson, printLine, wholeNumber } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { CliError, EXIT, Exit, mistake } from "../errors.ts";
import { tellGap } from "../gap.ts";
import { nameHint } from "../names.ts";
import { withDaemon } from "../with_daemon.ts";
import { SESSION_VARIABLE } from "./tell.ts";

export function addCommand(context: CliContext): CommandUnknownOpts {
  return new Command("add")
    .summary("put one into a project's inbox")
    .description(
      "Put a task into the inbox of a project: a Markdown file, or text from standard input. Without --project it is " +
        "the one that the current folder is in.",
    )
    .argument("[file]", "a Markdown file; `-` or nothing: standard input")
    .option("-p, --project <id>", "the project")
    .option("-t, --title <text>", "its title, also the name of its file when there is no other")
    .option("--priority <n>", "0 to 100; greater goes first", wholeNumber)
    .option("--after <ref...>", "tasks that must be done before")
    .option("--wait", "wait until it has ended; exit code 1 when it was not done")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover task add fix-login.md -p shop", "a file as it is"],
        [
          `echo "Update the docs" | claude-failover task add -t docs --wait`,
          "and wait for its end",
        ],
      ),
    )
    .action(async (file, { project: id, wait, json, ...words }) => {
      const { config } = await context.loadConfig();
      const { files, newId } = await context.ports();
      const project = projectOf(context, config, id);
      const text = file === undefined || file === "-"
        ? await context.stdin()
        : await textOf(context, files, file);
      const maker = await makerOf(context);
      const name = file === undefined || file === "-" ? null : basename(file);
      const made = newTaskFile(text, { ...words, name, maker, newId: newId() });
      if ("refused" in made) throw mistake(`Cannot add the task: ${made.refused}`);
      const path = await placeTask(files, project, made);
      if (path === null) {
        throw new CliError("Cannot add the task: its inbox is full of files of that name");
      }
      if (!wait) {
        if (json) printJson(context, { project: project.id, path });
        else {printLine(
            context,
            `${path}\nIt is in the inbox of ${project.id}: \`claude-failover task list\``,
          );}
        return;
      }
      await withDaemon(
        context,
        "wait for the task",
        (client) =>
          watchTask(context, client, {
            project: project.id,
            file: basename(path),
            json: json ?? false,
          }),
      );
    });
}

/** The project by its id, or the one that the current folder is in. */
function projectOf({ cwd }: CliContext, config: Config, id: string | undefined): ProjectSpec {
  const { projects } = config;
  const names = projects.map((p) => p.id);
  if (projects.length === 0) {
    throw mistake(
      "Cannot add the task: the config has no projects",
      "add one: `claude-failover projects add ID PATH`",
    );
  }
  const found = id === undefined
    ? projects.filter(({ path }) => cwd === path || cwd.startsWith(`${path}/`))
      .sort((a, b) => b.path.length - a.path.length)[0]
    : projects.find((p) => p.id === id);
  if (found) return found;
  throw id === undefined
    ? mistake(
      "Cannot add the task: the current folder is in no project",
      `name one: --project, of ${names.join(", ")}`,
    )
    : mistake(`Cannot add the task: no project ${id} in the config`, nameHint(id, names));
}

async function textOf(context: CliContext, files: Files, file: string): Promise<string> {
  const path = resolve(context.cwd, file);
  const text = await files.read(path).catch((cause) => {
    throw new CliError(`Cannot read ${path}: ${cause.message}`, { exit: EXIT.usage, cause });
  });
  if (text === null) throw mistake(`Cannot add the task: there is no file ${path}`);
  return text;
}

/** Within a session of the pool: the task that its agent is at, so that chains of tasks have an end. */
async function makerOf(context: CliContext): Promise<NewTaskWords["maker"]> {
  const session = context.env[SESSION_VARIABLE];
  if (session === undefined) return null;
  const { tasks } = await withDaemon(
    context,
    "add the task",
    (client) => client.tasks({ all: false }),
  );
  const own = tasks.find((task) => task.session === session);
  return own ? { task: own.id, hops: own.hops } : { task: session, hops: 0 };
}

async function watchTask(
  context: CliContext,
  client: ControlClient,
  { project, file, json }: { project: string; file: string; json: boolean },
): Promise<void> {
  const signal = context.interrupted();
  const now = async () => {
    const { tasks } = await client.tasks({ all: true, project });
    return tasks.filter((task) => task.file === file).sort((a, b) => b.since - a.since)[0];
  };
  let said = "";
  const tell = (task: NonNullable<Awaited<ReturnType<typeof now>>>) => {
    const words = `${task.end ?? task.place}${task.session ? ` in ${task.session}` : ""}${
      task.detail ? `: ${task.detail}` : ""
    }`;
    if (!json && words !== said) printLine(context, words);
    said = words;
    if (task.place !== "closed" && task.place !== "attention") return false;
    if (json) printJson(context, task);
    if (task.end !== "done") throw new Exit(EXIT.failed);
    return true;
  };
  const { seq } = await client.status();
  const first = await now();
  if (first && tell(first)) return;
  for await (const event of client.follow(seq, { signal, onGap: tellGap(context) })) {
    if (!event.type.startsWith("task.")) continue;
    const task = await now();
    if (task && tell(task)) return;
  }
  if (!signal.aborted) {
    throw new CliError("Cannot wait for the task: the daemon has stopped", {
      exit: EXIT.noDaemon,
      hint: "the task stays in its inbox, and the next daemon goes on with it",
    });
  }
}
