/**
 * From a file without problems to what it means: paths absolute, ranges expanded, launches merged.
 *
 * @module
 */
import type {
  AccountSpec,
  Config,
  LaunchSpec,
  ProjectSpec,
  SessionSpec,
  TasksSpec,
  TmuxSocket,
} from "../model/config.ts";
import type { LogSpec } from "../model/log.ts";
import { parseDuration } from "../model/duration.ts";
import { buildHttp } from "./listen.ts";
import { expandNames } from "./names.ts";
import { buildNotify } from "./notify_routes.ts";
import { expandPath } from "./paths.ts";
import { placesOf, type Surroundings } from "./places.ts";
import type { YamlConfig, YamlLaunch } from "./schema.ts";
import { PROVIDER_SWITCH } from "./secrets.ts";

/** `path` is the file's own. */
export function build(
  file: YamlConfig,
  { path, ...around }: Surroundings & { readonly path: string },
): Config {
  const { home } = around;
  const { projectsDir, stateDir, runtimeDir } = placesOf(file, around);
  const { failover } = file;
  const accounts = file.accounts.map((account) => buildAccount(account, home));
  const projects = file.projects.map((project) => buildProject(project, accounts, home));
  return {
    file: path,
    accounts,
    projects,
    sessions: file.sessions.flatMap((group) =>
      buildSessions(group, file, { accounts, projects, home })
    ),
    failover: {
      mode: failover.mode,
      toKinds: failover.mode === "off" ? [] : failover.to_kinds,
      minStayMs: parseDuration(failover.min_stay)!,
      quiesceGraceMs: parseDuration(failover.quiesce_grace)!,
      stopGraceMs: parseDuration(failover.stop_grace)!,
      bootTimeoutMs: parseDuration(failover.boot_timeout)!,
      idle: failover.idle,
      bootsAtOnce: failover.boots_at_once,
      slowBootsAboveLoad: failover.slow_boots_above_load,
      confirmWithinMs: parseDuration(failover.confirm_within)!,
      confirmThen: failover.confirm_then,
      waitIfResetWithinMs: parseDuration(failover.wait_if_reset_within)!,
      coolDownMs: parseDuration(failover.cool_down)!,
      hysteresisPct: failover.hysteresis,
      moveAheadMs: parseDuration(failover.move_ahead)!,
      choose: failover.choose,
      remedies: failover.remedies,
      lastResort: failover.last_resort,
      strategy: failover.strategy,
      modelWall: failover.model_wall,
      failBack: failover.fail_back,
    },
    quota: {
      usageCommand: file.quota.usage_command,
      everyMs: parseDuration(file.quota.every)!,
      perHour: file.quota.per_hour,
    },
    tasks: buildTasks(file.tasks),
    checkpoints: {
      everyMs: parseDuration(file.checkpoints.every)!,
      patch: file.checkpoints.patch,
    },
    janitor: {
      archiveAfterMs: parseDuration(file.janitor.archive_after), // null: never
      keepCheckpointsMs: parseDuration(file.janitor.keep_checkpoints)!,
      keepEventsMs: parseDuration(file.janitor.keep_events),
    },
    share: { projectsDir, also: file.share.also },
    claude: {
      path: buildProgram(file.claude.path, home),
      answerDialogs: file.claude.answer_dialogs,
      retryUnanswered: file.claude.retry_unanswered,
    },
    tmux: { socket: buildSocket(file.tmux.socket, home), scope: file.tmux.scope },
    notify: buildNotify(file.notify, home),
    log: buildLog(file.log, home),
    http: buildHttp(file.http, home),
    paths: { stateDir, runtimeDir },
  };
}

function buildLog(
  { level, levels, file, max_size_mb, keep }: YamlConfig["log"],
  home: string,
): LogSpec {
  return {
    level,
    levels: Object.fromEntries(Object.entries(levels).filter(([, level]) => level !== undefined)),
    file: file === undefined
      ? null
      : { path: expandPath(file, home), maxBytes: max_size_mb * 1024 * 1024, keep },
  };
}

function buildTasks(tasks: YamlConfig["tasks"]): TasksSpec {
  return {
    dispatch: tasks.dispatch,
    maySet: tasks.may_set,
    maxHops: tasks.max_hops,
    maxAttempts: tasks.max_attempts,
    timeoutMs: parseDuration(tasks.timeout)!,
    stableMs: parseDuration(tasks.stable)!,
    perProject: tasks.per_project ?? null,
    perAccount: tasks.per_account ?? null,
  };
}

function buildAccount(account: YamlConfig["accounts"][number], home: string): AccountSpec {
  const { id, kind, priority, auto, thresholds, overage, quota_command } = account;
  const configDir = expandPath(account.config_dir, home);
  const provider = kind in PROVIDER_SWITCH
    ? { [PROVIDER_SWITCH[kind as keyof typeof PROVIDER_SWITCH]]: "1" }
    : {};
  return {
    id,
    kind,
    configDir,
    isDefaultDir: configDir === expandPath("~/.claude", home),
    priority,
    auto,
    thresholds: { fiveHourPct: thresholds.five_hour, weeklyPct: thresholds.weekly },
    env: { ...provider, ...account.env },
    ...(account.usd_per_day === undefined ? {} : { usdPerDay: account.usd_per_day }),
    ...(account.reserve_pct > 0 ? { reservePct: account.reserve_pct } : {}),
    ...(quota_command ? { quotaCommand: buildCommand(quota_command, home) } : {}),
    ...(overage.allow ? { overage: { usdPerDay: overage.usd_per_day! } } : {}),
  };
}

function buildProject(
  { id, path, accounts }: YamlConfig["projects"][number],
  all: readonly AccountSpec[],
  home: string,
): ProjectSpec {
  return { id, path: expandPath(path, home), accounts: accounts ?? all.map((a) => a.id) };
}

interface Pool {
  readonly accounts: readonly AccountSpec[];
  readonly projects: readonly ProjectSpec[];
  readonly home: string;
}

function buildSessions(
  group: YamlConfig["sessions"][number],
  file: YamlConfig,
  { accounts, projects, home }: Pool,
): SessionSpec[] {
  const project = projects.find((p) => p.id === group.project) ?? null;
  const projectLaunch = file.projects.find((p) => p.id === group.project)?.launch;
  const allowedAccounts = project?.accounts ?? accounts.map((a) => a.id);
  const launch = mergeLaunches([file.launch, projectLaunch, group.launch], home);
  const patterns = Array.isArray(group.names) ? group.names : [group.names];
  return patterns.flatMap((pattern) => expandNames(pattern) as string[]).map((name) => ({
    name,
    project: project?.id ?? null,
    cwd: group.cwd === undefined ? project!.path : expandPath(group.cwd, home),
    account: group.account ?? preferred(accounts, allowedAccounts),
    allowedAccounts,
    neverMove: group.never_move,
    ...(group.conversation === undefined ? {} : { conversation: group.conversation }),
    launch,
  }));
}

/** The one of smallest priority; of equals, the one that stands first in the file. */
function preferred(accounts: readonly AccountSpec[], allowed: readonly string[]): string {
  const usable = accounts.filter((a) => allowed.includes(a.id));
  return usable.reduce((best, a) => a.priority < best.priority ? a : best).id;
}

/** Single values: the last one counts. Lists add up, the pool's first. */
function mergeLaunches(launches: readonly (YamlLaunch | undefined)[], home: string): LaunchSpec {
  const given = launches.filter((launch) => launch !== undefined);
  const paths = (key: "mcp_config" | "add_dirs") => [
    ...new Set(given.flatMap((launch) => launch[key] ?? []).map((path) => expandPath(path, home))),
  ];
  return {
    permissionMode: given.findLast((launch) => launch.permission_mode)?.permission_mode ?? null,
    model: given.findLast((launch) => launch.model)?.model ?? null,
    mcpConfig: paths("mcp_config"),
    addDirs: paths("add_dirs"),
    args: given.flatMap((launch) => launch.args ?? []),
  };
}

function buildCommand([program, ...args]: readonly string[], home: string): [string, ...string[]] {
  return [buildProgram(program!, home), ...args];
}

function buildProgram(program: string, home: string): string {
  return /^[~/]/.test(program) ? expandPath(program, home) : program;
}

function buildSocket(socket: string, home: string): TmuxSocket {
  return /^[~/]/.test(socket) ? { path: expandPath(socket, home) } : { name: socket };
}
