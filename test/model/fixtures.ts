/**
 * A small pool to fold facts over: accounts a, b, c and sessions s1, s2 that start under a.
 *
 * @module
 */
import type { AccountSpec, Config, SessionSpec } from "../../lib/model/config.ts";
import type { Event, Fact, RunPlan } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { EMPTY, type State } from "../../lib/model/state.ts";

export const T0 = Date.UTC(2026, 10, 22, 12);
export const HOUR = 3_600_000;

export function accountSpec(id: string, changes: Partial<AccountSpec> = {}): AccountSpec {
  return {
    id,
    kind: "subscription",
    configDir: `/home/ada/.claude-${id}`,
    isDefaultDir: false,
    priority: 1,
    auto: true,
    thresholds: { fiveHourPct: 90, weeklyPct: 95 },
    env: {},
    ...changes,
  };
}

export function sessionSpec(name: string, changes: Partial<SessionSpec> = {}): SessionSpec {
  return {
    name,
    project: null,
    cwd: "/home/ada/work",
    account: "a",
    allowedAccounts: ["a", "b", "c"],
    neverMove: false,
    launch: { permissionMode: null, model: null, mcpConfig: [], addDirs: [], args: [] },
    ...changes,
  };
}

export function config(
  { failover = {}, ...changes }:
    & Partial<Omit<Config, "failover">>
    & { failover?: Partial<Config["failover"]> } = {},
): Config {
  return {
    accounts: [
      accountSpec("a"),
      accountSpec("b", { priority: 2 }),
      accountSpec("c", { priority: 3 }),
    ],
    projects: [],
    sessions: [sessionSpec("s1"), sessionSpec("s2")],
    failover: {
      mode: "auto",
      toKinds: ["subscription"],
      minStayMs: 10 * 60_000,
      quiesceGraceMs: 60_000,
      stopGraceMs: 5_000,
      bootTimeoutMs: 30_000,
      bootsAtOnce: 2,
      ...failover,
    },
    tasks: {
      dispatch: true,
      maySet: ["title", "priority", "after", "labels", "timeout"],
      maxHops: 3,
      maxAttempts: 3,
      timeoutMs: 4 * 3_600_000,
      stableMs: 2_000,
      perProject: null,
      perAccount: null,
    },
    checkpoints: { everyMs: 120_000, patch: false },
    janitor: {
      archiveAfterMs: 30 * 86_400_000,
      keepCheckpointsMs: 14 * 86_400_000,
      keepEventsMs: 90 * 86_400_000,
    },
    share: { projectsDir: "/home/ada/.claude-shared/projects", also: [] },
    claude: { path: "/usr/local/bin/claude" },
    tmux: { socket: { name: "claude-failover" }, scope: "none" },
    paths: {
      stateDir: "/home/ada/.local/state/claude-failover",
      runtimeDir: "/run/user/1000/claude-failover",
    },
    ...changes,
  };
}

export function applied(changes: Parameters<typeof config>[0] = {}): Fact {
  return { type: "config.applied", config: config(changes) };
}

export function plan(id: string, changes: Partial<RunPlan> = {}): RunPlan {
  return { id, account: "a", conversation: "conversation-1", how: "new", mark: null, ...changes };
}

/** The state after the facts, one a second from T0 on. */
export function folded(...facts: Fact[]): State {
  return foldOnto(EMPTY, ...facts);
}

export function foldOnto(before: State, ...facts: Fact[]): State {
  return facts.reduce((state, fact) => {
    const seq = state.seq + 1;
    const event: Event = { ...fact, seq, at: T0 + seq * 1_000 };
    return fold(state, event);
  }, before);
}

/** From the plan of a run to its first sign of life. */
export function started(session: string, run: string, changes: Partial<RunPlan> = {}): Fact[] {
  const { conversation } = plan(run, changes);
  return [
    { type: "run.planned", session, plan: plan(run, changes), why: "test" },
    { type: "run.launched", session, run, pane: "%1", process: { pid: 100, birth: "boot:1" } },
    { type: "run.ready", session, run, conversation, source: "startup", transcript: null },
  ];
}

export function swapOff(
  swap: string,
  changes: Partial<Extract<Fact, { type: "swap.requested" }>> = {},
): Fact {
  return {
    type: "swap.requested",
    swap,
    from: "a",
    to: "b",
    by: "policy",
    reason: { kind: "asked" },
    sessions: ["s1"],
    ...changes,
  };
}
