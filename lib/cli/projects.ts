/**
 * `projects`: the folders whose inboxes are looked after.
 *
 * @module
 */
import { resolve } from "node:path";
import { ConfigError, loadConfig } from "../config.ts";
import { sayPath } from "../config/problem.ts";
import type { Config } from "../model/config.ts";
import type { Files } from "../ports/files.ts";
import { endDir, inboxDir } from "../queue/layout.ts";
import { tilde } from "./account/ask.ts";
import { Command, examples, listOptions, printJson, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { mistake } from "./errors.ts";
import { nameHint } from "./names.ts";
import { type ProjectRow, projectsAsTsv, renderProjects } from "./render/projects.ts";
import { reloadIfRunning } from "./reload.ts";
import { withDaemon } from "./with_daemon.ts";
import { withItem, withoutItem } from "./yaml_list.ts";

export function projectsCommand(context: CliContext): CommandUnknownOpts {
  const projects = new Command("projects").description(
    "The projects of the config: whose sessions stay with certain accounts, and whose inboxes are looked after.",
  );
  projects.command("list")
    .summary("every project, with the tasks in it")
    .description("List the projects with their folders and how many tasks are where.")
    .option("--tsv", "tab-separated, with a head line")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover projects list", "where work can be left"]))
    .action(async ({ tsv, json }) => {
      const rows = await rowsOf(context, (await context.loadConfig()).config);
      if (json) printJson(context, { projects: rows });
      else {printLine(
          context,
          tsv ? projectsAsTsv(rows) : renderProjects(rows, listOptions(context)),
        );}
    });
  projects.command("add")
    .summary("name a folder in the config, and make its inbox")
    .description(
      "Add a folder to the projects of the config, with its comments kept, and make its inbox; a running daemon reads " +
        "the config again.",
    )
    .argument("<id>", "how it is called")
    .argument("<path>", "its folder")
    .option("--accounts <id...>", "only these accounts may work there; all when left out")
    .addHelpText(
      "after",
      examples(["claude-failover projects add shop ~/src/shop", "and its inbox"]),
    )
    .action((id, path, { accounts }) => add(context, { id, path, accounts }));
  projects.command("remove")
    .summary("take one out of the config; its files stay")
    .description(
      "Take a project out of the config. Its folder and its tasks stay as they are; sessions of it must be taken out first.",
    )
    .argument("<id>", "the project")
    .addHelpText("after", examples(["claude-failover projects remove shop", "nothing is deleted"]))
    .action((id) => remove(context, id));
  return projects;
}

async function add(
  context: CliContext,
  { id, path, accounts }: { id: string; path: string; accounts: readonly string[] | undefined },
): Promise<void> {
  const { config, path: file } = await context.loadConfig();
  const { files } = await context.ports();
  const folder = resolve(context.cwd, path);
  const known = config.projects.find((p) => p.id === id);
  if (known && known.path !== folder) {
    throw mistake(`Cannot add the project ${id}: the config has it with path ${known.path}`);
  }
  if ((await files.stat(folder))?.kind !== "dir") {
    throw mistake(`Cannot add the project ${id}: there is no folder ${folder}`);
  }
  if (!known) {
    const shown = tilde(folder, context.home);
    const pairs = [
      ["id", id],
      ["path", shown],
      ...accounts ? [["accounts", accounts] as const] : [],
    ];
    const item = { list: "projects", pairs: pairs as [string, string][] };
    await rewrite(
      context,
      file,
      withItem(await files.read(file) ?? "", item),
      `add the project ${id}`,
    );
  }
  for (
    const dir of [
      inboxDir({ path: folder }),
      endDir({ path: folder }, "done"),
      endDir({ path: folder }, "failed"),
    ]
  ) {
    await files.makeDir(dir);
  }
  printLine(
    context,
    `${id} is a project; drop tasks into ${tilde(inboxDir({ path: folder }), context.home)}`,
  );
  await reloadIfRunning(context);
}

async function remove(context: CliContext, id: string): Promise<void> {
  const { config, path: file } = await context.loadConfig();
  const { files } = await context.ports();
  const text = withoutItem(await files.read(file) ?? "", "projects", id);
  if (text === null || !config.projects.some((p) => p.id === id)) {
    const names = config.projects.map((p) => p.id);
    throw mistake(
      `Cannot remove the project ${id}: it is not in the config`,
      nameHint(id, names),
    );
  }
  const [row] = (await rowsOf(context, config)).filter((p) => p.id === id);
  if (row?.tasks && row.tasks.running > 0) {
    throw mistake(
      `Cannot remove the project ${id}: ${row.tasks.running} of its tasks are under way`,
      "`claude-failover task list` shows them",
    );
  }
  await rewrite(context, file, text, `remove the project ${id}`);
  printLine(context, `${id} is no longer a project; its folder and its tasks are as they were.`);
  await reloadIfRunning(context);
}

/** Writes the config when it is still one; through a link to where the file really is. */
async function rewrite(
  context: CliContext,
  path: string,
  text: string,
  what: string,
): Promise<void> {
  const { files } = await context.ports();
  try {
    loadConfig(text, { path, env: context.env, home: context.home });
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    const [first] = cause.problems;
    throw mistake(`Cannot ${what}: with that, ${sayPath(first!.path)} ${first!.what}`, first!.hint);
  }
  const mode = (await files.stat(path))?.mode ?? 0o600;
  await files.writeAtomic(await files.realPath(path) ?? path, text, mode & 0o777);
}

/** With the tasks when a daemon knows them. */
async function rowsOf(context: CliContext, { projects }: Config): Promise<ProjectRow[]> {
  const { files } = await context.ports();
  const tasks = await withDaemon(context, "list the tasks", (client) => client.tasks({ all: true }))
    .then(({ tasks }) => tasks, () => null);
  return await Promise.all(projects.map(async ({ id, path }) => {
    const own = tasks?.filter((task) => task.project === id);
    const count = (...places: string[]) =>
      own?.filter(({ place }) => places.includes(place)).length ?? 0;
    return {
      id,
      path,
      inbox: await hasInbox(files, path),
      tasks: own
        ? {
          queued: count("queued", "returning"),
          running: count("assigned", "running", "closing"),
          attention: count("attention"),
          ended: count("closed"),
        }
        : null,
    };
  }));
}

async function hasInbox(files: Files, path: string): Promise<boolean> {
  return (await files.stat(inboxDir({ path })).catch(() => null))?.kind === "dir";
}
