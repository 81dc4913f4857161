/**
 * The two service managers we know, as data: where the file of a service lies, and which commands do what.
 *
 * @module
 */
import type { Processes, RunResult } from "../../ports/process.ts";
import { ProgramNotFoundError } from "../../ports/process.ts";
import { CliError, mistake } from "../errors.ts";
import { waitUntil } from "../../ports/clock.ts";
import type { CliContext, CliPorts } from "../context.ts";
import { AGENT_LABEL, agentText, type ServiceSpec, UNIT_NAME, unitText } from "./unit.ts";

export type Argv = readonly [string, ...string[]];

/** `launchctl bootout` ends while the service is still ending, and refuses to start the next one until that has gone. */
export const UNTIL_GONE = "until gone";
export type Step = Argv | typeof UNTIL_GONE;

export interface Manager {
  readonly name: "systemd" | "launchd";
  /** The file that describes the service. */
  readonly file: string;
  text(spec: ServiceSpec): string;
  /** Ends with 0 where the manager can be asked. */
  readonly probe: Argv;
  /** Makes the manager read the file again and start the service with the machine or the login. */
  readonly enable: readonly Argv[];
  readonly start: readonly Argv[];
  /** For a service that runs already, under a file that has changed. */
  readonly restart: readonly Step[];
  /** Stops it and takes it out of the start. */
  readonly disable: readonly Step[];
  /** After the file has gone. */
  readonly forget: readonly Argv[];
  readonly show: Argv;
  /** Of what `show` prints. */
  read(shown: RunResult): ServiceState;
}

export interface ServiceState {
  /** As the manager calls it: active, inactive, failed, activating… */
  readonly active: string;
  readonly pid: number | null;
  /** It starts with the user's manager: at the boot with linger, else at the first login. */
  readonly enabled: boolean;
  /** How often it was started again. Null where the manager does not say. */
  readonly restarts: number | null;
  /** What the daemon last said of itself, or why the last run ended. */
  readonly says: string | null;
}

const SHOWN = [
  "ActiveState",
  "SubState",
  "MainPID",
  "UnitFileState",
  "NRestarts",
  "StatusText",
  "Result",
] as const;

/** Of the system we are on. */
export async function managerOf(context: CliContext): Promise<Manager> {
  const { os, home, env } = context;
  if (os === "linux") return systemd(home, env);
  if (os === "darwin") return launchd(home, await uidOf((await context.ports()).processes));
  throw mistake(`Cannot make a service: ${os} has neither systemd nor launchd`);
}

export function systemd(home: string, env: Readonly<Record<string, string>>): Manager {
  const base = env["XDG_CONFIG_HOME"]?.startsWith("/") ? env["XDG_CONFIG_HOME"] : `${home}/.config`;
  const systemctl = (...args: string[]): Argv => ["systemctl", "--user", ...args];
  return {
    name: "systemd",
    file: `${base}/systemd/user/${UNIT_NAME}`,
    text: unitText,
    probe: systemctl("show", "--property=Version"),
    enable: [systemctl("daemon-reload"), systemctl("enable", UNIT_NAME)],
    start: [systemctl("start", UNIT_NAME)],
    restart: [systemctl("restart", UNIT_NAME)],
    disable: [systemctl("disable", "--now", UNIT_NAME)],
    forget: [systemctl("daemon-reload")],
    show: systemctl("show", `--property=${SHOWN.join(",")}`, UNIT_NAME),
    read({ stdout }) {
      const value = (name: typeof SHOWN[number]) =>
        stdout.split("\n").find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ??
          "";
      const pid = Number(value("MainPID"));
      const result = value("Result");
      return {
        active: value("ActiveState") || "unknown",
        pid: pid > 0 ? pid : null,
        enabled: value("UnitFileState") === "enabled",
        restarts: Number(value("NRestarts")),
        says: value("StatusText") || (result === "success" ? null : result || null),
      };
    },
  };
}

export function launchd(home: string, uid: number): Manager {
  const domain = `gui/${uid}`;
  const service = `${domain}/${AGENT_LABEL}`;
  const file = `${home}/Library/LaunchAgents/${AGENT_LABEL}.plist`;
  const bootstrap: Argv = ["launchctl", "bootstrap", domain, file];
  const bootout: Argv = ["launchctl", "bootout", service];
  return {
    name: "launchd",
    file,
    text: agentText,
    probe: ["launchctl", "print", domain],
    enable: [["launchctl", "enable", service]],
    start: [bootstrap],
    restart: [bootout, UNTIL_GONE, bootstrap],
    disable: [bootout, UNTIL_GONE],
    forget: [],
    show: ["launchctl", "print", service],
    read({ code, stdout }) {
      const value = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, "m").exec(stdout)?.[1];
      const pid = Number(value("pid") ?? 0);
      const last = value("last exit code");
      return {
        active: code !== 0 ? "inactive" : value("state") === "running" ? "active" : "failed",
        pid: pid > 0 ? pid : null,
        enabled: code === 0,
        restarts: null,
        says: pid > 0 || last === undefined ? null : `last exit code ${last}`,
      };
    },
  };
}

/** Long enough for a stop that waits for a swap under way. */
const COMMAND_TIMEOUT_MS = 120_000;

export async function ask(processes: Processes, argv: Argv): Promise<RunResult> {
  try {
    return await processes.run(argv, { timeoutMs: COMMAND_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof ProgramNotFoundError)) throw error;
    return { code: 127, stdout: "", stderr: `there is no ${argv[0]}`, timedOut: false };
  }
}

const GONE_POLL_MS = 250;

/** Does them one after another; the first that fails ends it. `what` stands after "Cannot". */
export async function carryOut(
  { processes, clock }: Pick<CliPorts, "processes" | "clock">,
  steps: readonly Step[],
  { manager, what, hint }: {
    readonly manager: Manager;
    readonly what: string;
    readonly hint: string;
  },
): Promise<void> {
  const isGone = async () => (await ask(processes, manager.show)).code !== 0;
  for (const argv of steps) {
    if (argv === UNTIL_GONE) {
      const inTime = { everyMs: GONE_POLL_MS };
      if (await waitUntil(clock, COMMAND_TIMEOUT_MS, isGone, inTime)) continue;
      throw new CliError(`Cannot ${what}: the daemon has not ended in time`, { hint });
    }
    const { code, stderr, timedOut } = await ask(processes, argv);
    if (code === 0 && !timedOut) continue;
    const why = timedOut ? "it took too long" : stderr.trim().split("\n")[0] || `exit code ${code}`;
    throw new CliError(`Cannot ${what}: \`${argv.join(" ")}\` says: ${why}`, { hint });
  }
}

/** Null when the manager can be asked, else why not, in words. */
export async function unreachable(
  processes: Processes,
  { probe }: Manager,
): Promise<string | null> {
  const { code, stderr } = await ask(processes, probe);
  return code === 0 ? null : stderr.trim().split("\n")[0] || `\`${probe.join(" ")}\` fails`;
}

async function uidOf(processes: Processes): Promise<number> {
  return Number((await processes.run(["id", "-u"], { timeoutMs: COMMAND_TIMEOUT_MS })).stdout);
}
