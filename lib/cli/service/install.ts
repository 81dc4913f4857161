/**
 * `service install`: writes the file of the service, and has its manager start it.
 *
 * @module
 */
import { NotListeningError } from "../../ports/net.ts";
import { printJson, printLine } from "../command.ts";
import type { CliContext } from "../context.ts";
import { mistake } from "../errors.ts";
import { selfWords } from "../self.ts";
import { type Argv, ask, carryOut, type Manager, managerOf, unreachable } from "./manager.ts";
import { sealOf } from "./seal.ts";
import type { ServiceSpec } from "./unit.ts";

export interface InstallOptions {
  readonly dryRun: boolean;
  readonly start: boolean;
  readonly linger: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

const WHAT = "install the service";
const LOGS = "`claude-failover service status` and the logs say more";
const LINGER: Argv = ["loginctl", "enable-linger"];

export async function install(context: CliContext, options: InstallOptions): Promise<void> {
  const ports = await context.ports();
  const { processes, files, systemd } = ports;
  const { config } = await context.loadConfig();
  const manager = await managerOf(context);
  const text = manager.text(await specOf(context));
  const { file } = manager;
  if (options.dryRun) return sayPlan(context, manager, text, options);

  const before = await files.read(file);
  if (before !== null && sealOf(before) !== "ours" && !options.force) {
    const whose = sealOf(before) === "changed" ? "was changed since" : "is not ours";
    throw mistake(
      `Cannot ${WHAT}: ${file} ${whose}`,
      "put your own settings into a drop-in (`systemctl --user edit`), or write over it with --force",
    );
  }
  const why = await unreachable(processes, manager);
  if (why !== null) {
    throw mistake(
      `Cannot ${WHAT}: ${manager.name} of this user cannot be asked: ${why}`,
      "log in as this user (not by su or sudo); --dry-run prints the file",
    );
  }
  const changed = before !== text;
  if (manager.name === "launchd") await files.makeDir(config.paths.stateDir, 0o700); // for its log
  if (changed) await files.writeAtomic(file, text, 0o644);
  if (options.linger) await carryOut(ports, [LINGER], { manager, what: "linger", hint: LOGS });
  await carryOut(ports, manager.enable, { manager, what: WHAT, hint: LOGS });
  const running = manager.read(await ask(processes, manager.show));
  const other = running.pid === null ? await daemonPid(context) : null;
  const steps = !options.start || other !== null
    ? []
    : running.pid === null
    ? manager.start
    : changed
    ? manager.restart
    : [];
  await carryOut(ports, steps, { manager, what: "start the service", hint: LOGS });
  const after = manager.read(await ask(processes, manager.show));
  const lingers = manager.name === "launchd" || options.linger ||
    (await systemd()).lingers;
  if (options.json) {
    return printJson(context, { manager: manager.name, file, changed, lingers, ...after });
  }
  printLine(context, `${changed ? "Wrote" : "Kept, since it is the same:"} ${file}`);
  if (other !== null) {
    printLine(
      context,
      `A daemon runs already (pid ${other}), and not as the service. To change over:`,
    );
    const [start] = manager.start;
    printLine(context, `  claude-failover stop && ${start!.join(" ")}`);
  } else if (after.pid !== null) {
    printLine(
      context,
      `The service runs (pid ${after.pid})${after.says ? `: ${after.says}` : ""}.`,
    );
  }
  if (!lingers) {
    printLine(
      context,
      "It ends with your last logout, and the sessions with it. To keep both up, also after a boot:\n" +
        "  loginctl enable-linger",
    );
  }
}

/** The words that start the daemon, and what it needs to find everything again. */
export async function specOf(context: CliContext): Promise<ServiceSpec> {
  const { config, path } = await context.loadConfig();
  const kept = Object.entries(context.env).filter(([name, value]) =>
    KEPT.includes(name) && value !== "" && !/[\n\r\0]/.test(value)
  );
  const [program, ...args] = selfWords(context.self);
  if (/["'\\\n\r]/.test(program)) {
    const what = "systemd takes no quote, backslash or line break in the path of a program";
    throw mistake(`Cannot ${WHAT}: ${what} (${program})`, "put it into another folder");
  }
  return {
    argv: [program, ...args, "--config", path, "run"],
    env: Object.fromEntries(kept.sort(([a], [b]) => a < b ? -1 : 1)),
    logFile: `${config.paths.stateDir}/service.log`,
  };
}

/**
 * A manager starts with a PATH of its own, which knows no ~/.local/bin and no nvm. The others say where things lie, and how
 * text is read. No secret among them: the file can be read by others.
 */
const KEPT: readonly string[] = [
  "PATH",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "XDG_STATE_HOME",
  "XDG_DATA_HOME",
  "XDG_CACHE_HOME",
  "TMUX_TMPDIR",
  "DENO_DIR",
  "CLAUDE_FAILOVER_RUNTIME",
];

function sayPlan(
  context: CliContext,
  manager: Manager,
  text: string,
  { start, linger, json }: InstallOptions,
): void {
  const { name, file } = manager;
  const commands = [
    ...linger ? [LINGER] : [],
    ...manager.enable,
    ...start ? manager.start : [],
  ];
  if (json) return printJson(context, { manager: name, file, text, commands });
  printLine(context, `# ${file}\n${text}`);
  printLine(context, `# Then:\n${commands.map((argv) => argv.join(" ")).join("\n")}`);
}

/** Of a daemon that runs by itself. */
async function daemonPid(context: CliContext): Promise<number | null> {
  using client = await context.client();
  try {
    const { daemon } = await client.status();
    return daemon.phase === "down" ? null : daemon.pid;
  } catch (error) {
    if (error instanceof NotListeningError) return null;
    throw error;
  }
}
