/**
 * The setup of a shared `projects/` in words, for the script and for the command; `lib/claude/shared_projects/` does the work.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { conflictsDir, labelled, type Member } from "../../claude/shared_projects/places.ts";
import {
  planSetup,
  setUp,
  type SetupPlan,
  type SetupPorts,
  SetupRefused,
  type SetupRequest,
} from "../../claude/shared_projects/setup.ts";
import type { ExitCode } from "../errors.ts";
import { ConfigError, findConfigPath, loadConfig } from "../../config.ts";

const HELP = `Usage: scripts/setup-shared-projects [options]

Make one shared folder out of the \`projects\` (transcripts, memory) of several Claude Code config
dirs, so that a conversation can go on under any of them. Each \`projects\` is set aside, replaced by a
link, and its files are brought to the shared folder. Where two differ, the one with more messages
stays and the other goes to SHARED-conflicts/. Nothing is deleted: you remove the folders that were
set aside when you are sure. No Claude Code may run under these dirs meanwhile; when the setup is
interrupted, start it again.

Options:
  --dir <dir>       a config dir, e.g. ~/.claude; once for each (default: those of the config)
  --shared <dir>    the shared folder (default: share.projects_dir of the config)
  --config <path>   the config file of claude-failover
  -n, --dry-run     say what would be done
  -h, --help        this

Examples:
  $ scripts/setup-shared-projects --dry-run
  $ scripts/setup-shared-projects --dir ~/.claude --dir ~/.claude-b --shared ~/.claude-shared/projects
`;

/** A line for people and the exit code 2: they have made a mistake. */
class Mistake extends Error {
  override name = "Mistake";
}

export interface SetupWorld {
  readonly ports: SetupPorts;
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  readonly cwd: string;
  out(text: string): void;
  err(text: string): void;
}

/** Resolves to the exit code: 0 done, 1 refused or failed, 2 a mistake in the arguments. */
export async function setUpSharedProjects(
  args: readonly string[],
  world: SetupWorld,
): Promise<ExitCode> {
  try {
    const { help, "dry-run": dryRun, ...places } = optionsOf(args);
    if (help) {
      world.out(HELP);
      return 0;
    }
    const request = await requestOf(places, world);
    const plan = await (dryRun ? planSetup : setUp)(world.ports, request);
    world.out(describe(plan, dryRun));
    return 0;
  } catch (error) {
    if (error instanceof SetupRefused) {
      for (const { what, hint } of error.problems) {
        world.err(`Cannot share projects: ${what}\nHint: ${hint}\n`);
      }
      return 1;
    }
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof Mistake || error instanceof ConfigError) {
      world.err(`${message}\n`);
      return 2;
    }
    world.err(`${message}\nNothing is lost. Start it again when the cause is gone.\n`);
    return 1;
  }
}

function optionsOf(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        "dir": { type: "string", multiple: true, default: [] },
        "shared": { type: "string" },
        "config": { type: "string" },
        "dry-run": { type: "boolean", short: "n", default: false },
        "help": { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Mistake(`Cannot read the command: ${what}\nHint: --help shows what it takes`, {
      cause,
    });
  }
}

/** From the options alone when they say it all, so that people without the daemon need no config. */
async function requestOf(
  options: { dir: string[]; shared?: string; config?: string },
  world: SetupWorld,
): Promise<SetupRequest> {
  const absolute = (path: string) => resolve(world.cwd, path.replace(/^~(?=\/|$)/, world.home));
  const members = labelled(options.dir.map(absolute));
  if (options.shared !== undefined && members.length > 0) {
    return { members, shared: absolute(options.shared) };
  }
  const { accounts, share } = await readConfig(options.config, world);
  return {
    members: members.length > 0 ? members : await existing(accounts, world),
    shared: options.shared === undefined ? share.projectsDir : absolute(options.shared),
  };
}

async function readConfig(named: string | undefined, { ports, env, home, cwd }: SetupWorld) {
  const path = named === undefined ? findConfigPath(env, home) : resolve(cwd, named);
  const text = await ports.files.read(path);
  if (text === null) {
    throw new Mistake(
      `Cannot tell which projects to share: there is no config ${path}\n` +
        "Hint: name them: --dir ~/.claude --dir ~/.claude-b --shared ~/.claude-shared/projects",
    );
  }
  return loadConfig(text, { path, env, home });
}

/** An account that has no folder yet has nothing to share; \`account add\` links it. */
async function existing(
  accounts: readonly { id: string; configDir: string }[],
  { ports: { files } }: SetupWorld,
): Promise<Member[]> {
  const found = await Promise.all(
    accounts.map(async ({ id, configDir }) =>
      await files.stat(configDir) === null ? [] : [{ label: id, dir: configDir }]
    ),
  );
  if (found.flat().length === 0) {
    throw new Mistake(
      "Cannot share projects: no account of the config has a config dir yet\n" +
        "Hint: `claude-failover account add ID` makes one with its links; there is nothing to set up",
    );
  }
  return found.flat();
}

function describe(plan: SetupPlan & { asides?: readonly string[] }, dryRun: boolean): string {
  const { shared, changes, inspections, skipped } = plan;
  const lines = inspections.map(({ member, projects }) => {
    const path = `${member.dir}/projects`;
    switch (projects.is) {
      case "shared":
        return `${path} leads there already`;
      case "real":
        return `${path} ${dryRun ? "would be" : "was"} set aside and linked`;
      case "missing":
      case "link-to-member":
        return `${path} ${dryRun ? "would be" : "was"} linked`;
    }
  });
  const apart = changes.filter((change) => change.do === "keep-apart");
  const brought = changes.filter((change) => change.do === "place" || change.do === "replace");
  const would = (past: string, future: string) => dryRun ? future : past;
  lines.push(`${would("Brought", "Would bring")} ${count(brought.length, "file")} to ${shared}`);
  if (apart.length > 0) {
    lines.push(
      `${would("Kept", "Would keep")} ${count(apart.length, "other version")} in ` +
        `${conflictsDir(shared)}:`,
      ...apart.map(({ file }) => `  ${file.label}/${file.path}`),
    );
  }
  lines.push(...skipped.map((path) => `left where it is, neither file nor link: ${path}`));
  if (plan.asides && plan.asides.length > 0) {
    lines.push(
      "Set aside, and yours to remove when you are sure that nothing is missing:",
      ...plan.asides.map((path) => `  ${path}`),
    );
  }
  return `${lines.join("\n")}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
