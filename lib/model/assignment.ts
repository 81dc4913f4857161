/**
 * Which session gets which task, and why the others wait. Pure; both questions are answered by the same checks.
 *
 * - A task goes to an idle session of its project, else to one of the pool: a session without a project, that may never move
 *   to an account the project does not allow, and that works where the project is without asking for leave.
 * - Projects take turns: the one with the fewest tasks under way comes first. Within a project priority counts, then age.
 * - Of several sessions its own comes before the pool's, then the account with more room.
 *
 * @module
 */
import type { Config, SessionSpec } from "./config.ts";
import { byAge, dependencyReasons, isFree, refsOf } from "./dependency.ts";
import type { AccountId, SessionName, TaskId } from "./ids.ts";
import {
  accountFor,
  busyReason,
  busySessions,
  count,
  type Counts,
  countsOf,
  foreignReason,
  haltReason,
  limitReason,
  misfit,
  ownReasons,
} from "./obstacles.ts";
import { isOnDemand } from "./park.ts";
import { pressure } from "./policy.ts";
import { entry, NEW_ACCOUNT, type Session, type State } from "./state.ts";
import type { Task } from "./task.ts";
import { tooLong } from "./task_cost.ts";

export interface Assignment {
  readonly task: TaskId;
  readonly session: SessionName;
  /** Why this session, for people. */
  readonly why: string;
}

/** A session that can take a task now, apart from whose task it is. */
interface Free {
  readonly session: Session;
  readonly spec: SessionSpec;
  /** Under which it would do the task. */
  readonly account: AccountId;
  /** 0: nothing used; 1: at its line; null: not known. */
  readonly load: number | null;
}

/** All that can be handed out now. A session gets one at most; the same state and time give the same answer. */
export function assign(state: State, now: number): Assignment[] {
  const { config } = state;
  if (!config || haltReason(state) !== null) return [];
  const counts = countsOf(state);
  let free = freeSessions(state, config, now);
  const queues = queuesOf(state, now);
  const isTooLong = tooLong(state, now);
  const assigned: Assignment[] = [];
  while (free.length > 0 && queues.size > 0) {
    const project = nextProject(queues, counts);
    const queue = queues.get(project)!;
    const task = queue.shift();
    if (!task) {
      queues.delete(project);
      continue;
    }
    // What finds no session now finds none later in this round: sessions only get fewer, counts only greater.
    if (limitReason(config, counts, task) !== null) continue;
    const fit = free.filter((f) =>
      misfit(config, counts, task, f) === null && isTooLong(task, f.account) === null
    );
    const best = fit.sort((a, b) => byFitness(counts, a, b))[0];
    if (!best) continue;
    assigned.push({ task: task.id, session: best.spec.name, why: whyOf(best) });
    free = free.filter((f) => f !== best);
    count(counts.projects, task.project);
    count(counts.accounts, best.account);
  }
  return assigned;
}

/** Every reason why the task is not handed out now; empty when `assign` would do it. */
export function whyWaits(state: State, id: TaskId, now: number): string[] {
  const task = entry(state.tasks, id);
  if (!task) return [`no task ${id} is known`];
  const halt = haltReason(state);
  const own = ownReasons(state, task, now);
  if (task.place.at === "queued") own.push(...dependencyReasons(refsOf(state), task));
  const { config } = state;
  if (halt !== null || own.length > 0 || !config) return [...(halt === null ? [] : [halt]), ...own];
  const counts = countsOf(state);
  const limit = limitReason(config, counts, task);
  if (limit !== null) return [limit];
  const sessions = sessionReasons(state, config, { task, counts, now });
  if (sessions.length > 0) return sessions;
  const assigned = assign(state, now);
  if (assigned.some((a) => a.task === id)) return [];
  return [behind(state, assigned, task)];
}

// -- What the checks are asked about --

function freeSessions(state: State, config: Config, now: number): Free[] {
  const busy = busySessions(state);
  return config.sessions.filter((spec) => busyReason(state, config, { spec, now, busy }) === null)
    .map((spec) => {
      const session = state.sessions[spec.name]!;
      const account = accountFor(state, session, now) ?? session.account;
      return { session, account, spec, load: loadOf(state, config, account, now) };
    });
}

function loadOf(state: State, config: Config, account: AccountId, now: number): number | null {
  const spec = config.accounts.find((a) => a.id === account)!;
  const p = pressure(entry(state.accounts, account) ?? NEW_ACCOUNT, spec, now);
  if (p.is !== "room") return null;
  const { fiveHourPct, weeklyPct } = spec.thresholds;
  return p.usedPct / (p.window === "five_hour" ? fiveHourPct : weeklyPct);
}

/** The tasks that nothing of their own keeps back, by project, first come first. */
function queuesOf(state: State, now: number): Map<string, Task[]> {
  const refs = refsOf(state);
  const ready = Object.values(state.tasks)
    .filter((task) => ownReasons(state, task, now).length === 0 && isFree(refs, task))
    .sort((a, b) => b.spec.priority - a.spec.priority || byAge(a, b));
  return Map.groupBy(ready, ({ project }) => project);
}

/** The project with the fewest tasks under way; of those the one whose next task is the eldest. */
function nextProject(queues: ReadonlyMap<string, readonly Task[]>, { projects }: Counts): string {
  const [first] = [...queues].sort(([a, [taskA]], [b, [taskB]]) =>
    (projects.get(a) ?? 0) - (projects.get(b) ?? 0) ||
    (taskA && taskB ? byAge(taskA, taskB) : Number(!!taskA) - Number(!!taskB))
  );
  return first![0];
}

function byFitness({ accounts }: Counts, a: Free, b: Free): number {
  const tasks = ({ account }: Free) => accounts.get(account) ?? 0;
  return Number(a.spec.project === null) - Number(b.spec.project === null) ||
    Number(isOnDemand(a.session)) - Number(isOnDemand(b.session)) ||
    (a.load ?? 1) - (b.load ?? 1) || tasks(a) - tasks(b) ||
    (a.spec.name < b.spec.name ? -1 : 1);
}

// -- Words --

function whyOf({ spec, session, account, load }: Free): string {
  const room = load === null
    ? "whose use is not known"
    : `at ${Math.round(load * 100)} % of its line`;
  const whose = spec.project === null ? "of the pool" : `of ${spec.project}`;
  const how = isOnDemand(session) ? "to be started" : "idle";
  return `${how}, ${whose}, under ${account}, ${room}`;
}

/** Why none of the sessions takes it; empty when one could. Sessions with the same reason share a line. */
function sessionReasons(
  state: State,
  config: Config,
  { task, counts, now }: { task: Task; counts: Counts; now: number },
): string[] {
  const busy = busySessions(state);
  const isTooLong = tooLong(state, now);
  const unfit = (spec: SessionSpec, account: AccountId) =>
    misfit(config, counts, task, { spec, account }) ?? isTooLong(task, account);
  const reasons = new Map<string, string[]>();
  for (const spec of config.sessions) {
    const session = entry(state.sessions, spec.name);
    const reason = foreignReason(config, task, spec) ??
      busyReason(state, config, { spec, now, busy }) ??
      (session ? unfit(spec, accountFor(state, session, now) ?? session.account) : null);
    if (reason === null) return [];
    reasons.set(reason, [...reasons.get(reason) ?? [], spec.name]);
  }
  if (reasons.size === 0) return ["there is no session"];
  return [...reasons].map(([reason, names]) => `${someOf(names)}: ${reason}`);
}

function behind(state: State, assigned: readonly Assignment[], { project }: Task): string {
  const first = assigned.map(({ task }) => state.tasks[task]!);
  const same = first.filter((t) => t.project === project);
  const who = (same.length > 0 ? same : first).map((t) => t.ref);
  return `others go first, and then no session is left for it: ${someOf(who)}`;
}

const SHOWN = 5;

function someOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
