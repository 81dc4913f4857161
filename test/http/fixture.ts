/**
 * A small pool in the middle of its day, told in facts: two accounts, three sessions, one of them near its limit.
 *
 * @module
 */
import type { AccountSpec, Config, SessionSpec } from "../../lib/model/config.ts";
import { type Fact, MOVE_STEPS } from "../../lib/model/event.ts";
import { accountSpec, config as poolConfig, sessionSpec } from "../model/fixtures.ts";

/** 2026-11-22 16:46:00 UTC. */
export const NOON = 1_795_365_960_000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export function account(id: string, changes: Partial<AccountSpec> = {}): AccountSpec {
  return accountSpec(id, { thresholds: { fiveHourPct: 92, weeklyPct: 97 }, ...changes });
}

export function session(name: string, changes: Partial<SessionSpec> = {}): SessionSpec {
  return sessionSpec(name, {
    project: "shop",
    cwd: "/home/ada/shop",
    account: "work",
    allowedAccounts: ["work", "spare"],
    ...changes,
  });
}

export function config(changes: Partial<Config> = {}): Config {
  return poolConfig({
    accounts: [account("work", { priority: 1 }), account("spare", { priority: 2 })],
    projects: [{ id: "shop", path: "/home/ada/shop", accounts: ["work", "spare"] }],
    sessions: [session("ccl-0"), session("ccl-1"), session("ccl-2", { neverMove: true })],
    share: { projectsDir: "/home/ada/.claude-pool/projects", also: [] },
    claude: { path: "claude" },
    paths: { stateDir: "/home/ada/.state", runtimeDir: "/run/ada" },
    ...changes,
    failover: { quiesceGraceMs: 20_000, bootsAtOnce: 3, ...changes.failover },
  });
}

/** A person moves the first session from work to spare. */
export const ASKED = {
  type: "swap.requested",
  swap: "s1",
  from: "work",
  to: "spare",
  by: "person",
  reason: { kind: "asked" },
  sessions: ["ccl-0"],
} as const satisfies Fact;

/** The daemon is up, and each of these sessions runs and is at rest. */
export function running(names: readonly string[], account = "work"): Fact[] {
  return names.flatMap((session): Fact[] => {
    const run = `run-${session}-${account}`;
    const conversation = conversationOf(session);
    return [
      {
        type: "run.planned",
        session,
        plan: { id: run, account, conversation, how: "new", mark: null },
        why: "the config wants it",
      },
      { type: "run.launched", session, run, pane: "%1", process: { pid: 4_100, birth: "b:1" } },
      { type: "run.ready", session, run, conversation, source: "startup", transcript: null },
    ];
  });
}

export function conversationOf(session: string): string {
  return `0a1b2c3d-0000-4000-8000-${session.replace(/\W/g, "").padStart(12, "0")}`;
}

export function reading(
  accountId: string,
  fiveHour: { usedPct: number; resetsAt: number | null },
  weekly?: { usedPct: number; resetsAt: number | null },
): Fact {
  return {
    type: "quota.read",
    account: accountId,
    source: "status line",
    windows: { five_hour: fiveHour, ...(weekly ? { seven_day: weekly } : {}) },
  };
}

export function started(pid = 4_000): Fact {
  return { type: "daemon.started", pid, version: "0.1.0", boot: "boot-1" };
}

/** Every fact of a move that goes well, in order; with a pause of its own before each step's end. */
export function wholeMove(swap: string, session: string, to: string): Fact[] {
  const plan = {
    id: `run-${session}-${to}`,
    account: to,
    conversation: conversationOf(session),
    how: "resume" as const,
    mark: `mark-${session}`,
  };
  const steps = MOVE_STEPS.flatMap((step): Fact[] => {
    const inside: Fact[] = step === "quiesce"
      ? [{ type: "move.quiesced", swap, session, as: "cut" }]
      : step === "launch"
      ? [{ type: "move.planned", swap, session, plan }]
      : [];
    return [
      { type: "move.step.started", swap, session, step },
      ...inside,
      { type: "move.step.finished", swap, session, step },
    ];
  });
  return [...steps, { type: "move.finished", swap, session }];
}
