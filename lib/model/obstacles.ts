/**
 * What stands between a task and a session, one function for each kind of obstacle. Each gives its reason for people, or null.
 *
 * @module
 */
import { hasPassed } from "./elapsed.ts";
import type { AccountSpec, Config, ProjectSpec, SessionSpec } from "./config.ts";
import { type AccountId, type SessionName, type TaskId, unreachable } from "./ids.ts";
import { accountOnDemand, isOnDemand } from "./park.ts";
import { RECHECK_MS } from "./policy.ts";
import { fullWords, pressure } from "./pressure.ts";
import { entry, moveOf, NEW_ACCOUNT, pendingSend, type Session, type State } from "./state.ts";
import { sessionOf, type Task } from "./task.ts";

/** How many tasks are under way, by project and by account; those that are assigned meanwhile are added. */
export interface Counts {
  readonly projects: Map<string, number>;
  readonly accounts: Map<AccountId, number>;
}

export function countsOf(state: State): Counts {
  const counts: Counts = { projects: new Map(), accounts: new Map() };
  for (const { project, place } of Object.values(state.tasks)) {
    if (place.at !== "assigned" && place.at !== "running") continue;
    count(counts.projects, project);
    count(counts.accounts, place.account);
  }
  return counts;
}

export function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The sessions that have a task in their hands. */
export function busySessions(state: State): Map<SessionName, TaskId> {
  return new Map(
    Object.values(state.tasks).flatMap((task) => {
      const session = sessionOf(task);
      return session === null ? [] : [[session, task.id]];
    }),
  );
}

/** Why nothing is handed out at all. */
export function haltReason(state: State): string | null {
  if (!state.config) return "no config is in force";
  if (state.daemon.phase === "stopping") return "the daemon is stopping";
  if (!state.config.tasks.dispatch) return "tasks.dispatch is false in the config";
  return state.dispatchPaused ? `dispatch is paused: ${state.dispatchPaused.reason}` : null;
}

/** What keeps the task back whatever sessions and other tasks do. */
export function ownReasons(state: State, task: Task, now: number): string[] {
  const { place, spec, project } = task;
  if (place.at !== "queued") return [placeReason(task)];
  const reasons: string[] = [];
  const { config } = state;
  if (config && !config.projects.some((p) => p.id === project)) {
    reasons.push(`no project ${project} in the config`);
  }
  const tooFar = hopsReason(state, task);
  if (tooFar !== null) reasons.push(tooFar);
  const tried = task.attempts.at(-1)?.nth ?? 0;
  const most = spec.maxAttempts ?? config?.tasks.maxAttempts ?? Infinity;
  if (tried >= most) {
    reasons.push(`its ${most} ${most === 1 ? "attempt is" : "attempts are"} used up`);
  }
  if (spec.notBefore !== null && now < spec.notBefore) {
    reasons.push(`not before ${timeText(spec.notBefore)}, as its file says`);
  }
  if (place.notBefore !== null && now < place.notBefore) {
    reasons.push(`it is tried again at ${timeText(place.notBefore)}`);
  }
  return reasons;
}

/** Why the chain of tasks that made this one is too long, or null. */
export function hopsReason({ config }: State, { spec: { hops } }: Task): string | null {
  const most = config?.tasks.maxHops ?? Infinity;
  return hops > most
    ? `it is ${hops} tasks away from a person, and tasks.max_hops is ${most}`
    : null;
}

function placeReason({ place }: Task): string {
  switch (place.at) {
    case "assigned":
      return `it is being handed to ${place.session}`;
    case "running":
      return `${place.session} is at work on it`;
    case "attention":
      return `it needs attention: ${place.why}`;
    case "elsewhere":
      return `another daemon has it: ${place.owner}`;
    case "returning":
      return "its file is being brought back";
    case "closing":
      return `it is being put away (${place.as})`;
    case "closed":
      return `it is ${place.as}`;
    case "queued":
      return "it is queued";
    default:
      return unreachable(place);
  }
}

export function limitReason({ tasks }: Config, counts: Counts, { project }: Task): string | null {
  const running = counts.projects.get(project) ?? 0;
  if (tasks.perProject === null || running < tasks.perProject) return null;
  return `tasks under way in ${project}: ${running}; tasks.per_project is ${tasks.perProject}`;
}

/** Why the session can take no task now, whosever it is. */
export function busyReason(
  state: State,
  config: Config,
  { spec, now, busy }: { spec: SessionSpec; now: number; busy: ReadonlyMap<SessionName, TaskId> },
): string | null {
  const session = entry(state.sessions, spec.name);
  if (!session) return "it has not started yet";
  const task = busy.get(spec.name);
  if (task !== undefined) return `it has task ${task}`;
  if (session.asked) return `its ${session.asked.to} was asked for`;
  if (session.hold) return `it is held: ${session.hold.reason}`;
  if (moveOf(state, spec.name)) return "it is being moved";
  if (pendingSend(session)) return "another prompt is on its way into it";
  if (session.phase.name !== "idle" && !isOnDemand(session)) return `it is ${session.phase.name}`;
  const id = accountFor(state, session, now);
  if (id === null) return "it is parked until it is needed, and no account has room for it";
  const account = config.accounts.find((a) => a.id === id);
  return account ? accountReason(state, account, now) : `its account ${id} is not in the config`;
}

/** Under which account the session works, or would once it is started for a task; null when it could not be now. */
export function accountFor(state: State, session: Session, now: number): AccountId | null {
  return isOnDemand(session) ? accountOnDemand(state, session, now) : session.account;
}

/** No new task near a wall: what has begun there may still end there. */
function accountReason(state: State, spec: AccountSpec, now: number): string | null {
  const account = entry(state.accounts, spec.id) ?? NEW_ACCOUNT;
  const p = pressure(account, spec, now);
  if (p.is === "full") {
    return p.bound
      ? `${spec.id}: ${fullWords(p, spec)}`
      : `the ${p.window ?? "quota"} of ${spec.id} is used up`;
  }
  if (p.is === "near") return `the ${p.window} of ${spec.id} stands at ${p.usedPct} %`;
  const { check } = account;
  if (!check || check.problems.length === 0 || hasPassed(check.at, RECHECK_MS, now)) return null;
  return `the last preflight of ${spec.id} found: ${check.problems.join("; ")}`;
}

/** Why this free session is none for this task. */
export function misfit(
  config: Config,
  counts: Counts,
  task: Task,
  { account, spec }: { account: AccountId; spec: SessionSpec },
): string | null {
  const foreign = foreignReason(config, task, spec);
  if (foreign !== null) return foreign;
  const { perAccount } = config.tasks;
  const running = counts.accounts.get(account) ?? 0;
  if (task.spec.account !== null && task.spec.account !== account) {
    return `it is under ${account}, and the task asks for ${task.spec.account}`;
  }
  return perAccount !== null && running >= perAccount
    ? `tasks under way under ${account}: ${running}; tasks.per_account is ${perAccount}`
    : null;
}

/** Why the config and the task's own wishes leave this session out for good. */
export function foreignReason(
  config: Config,
  { project: id, spec: wish }: Task,
  spec: SessionSpec,
) {
  if (wish.session !== null && wish.session !== spec.name) {
    return `the task asks for ${wish.session}`;
  }
  if (spec.project !== null && spec.project !== id) return `it is of ${spec.project}`;
  const project = config.projects.find((p) => p.id === id);
  if (spec.project === null && project) {
    const astray = spec.allowedAccounts.find((a) => !project.accounts.includes(a));
    if (astray !== undefined) return `it may move to ${astray}, which ${id} does not allow`;
    if (!reaches(spec, project)) return `it works in ${spec.cwd} and would have to ask for ${id}`;
  }
  return wish.model !== null && wish.model !== spec.launch.model
    ? `it runs ${
      spec.launch.model ?? "no model in particular"
    }, and the task asks for ${wish.model}`
    : null;
}

/** Claude Code asks before it touches what is outside its folders. */
function reaches({ cwd, launch }: SessionSpec, { path }: ProjectSpec): boolean {
  if (launch.permissionMode === "bypassPermissions") return true;
  return [cwd, ...launch.addDirs].some((dir) => path === dir || path.startsWith(`${dir}/`));
}

function timeText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "ever" : date.toISOString();
}
