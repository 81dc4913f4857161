/**
 * Tables of decisions: a pool of facts, and in one line what is decided about it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decide, type Decision } from "../../lib/model/decide.ts";
import type { Fact } from "../../lib/model/event.ts";
import type { WindowName } from "../../lib/model/quota.ts";
import { NEW_ACCOUNT, type State } from "../../lib/model/state.ts";
import { applied, folded, foldOnto, HOUR, started, swapOff, T0 } from "../model/fixtures.ts";

export const MINUTE = 60_000;
export const RESET = T0 + 3 * HOUR;
/** A minute after the first fact. */
export const NOW = T0 + MINUTE;

export interface PolicyCase {
  readonly name: string;
  readonly state: State;
  /** `NOW` when left out. */
  readonly at?: number;
  /** `swap a→b s1 s2 (wall)`, `park a s1 (bound)`, or of `nothing` what the reason must say. */
  readonly wants: string | RegExp;
}

export function testCases(cases: readonly PolicyCase[]): void {
  for (const { name, state, at = NOW, wants } of cases) {
    Deno.test(`decide(): ${name}`, () => {
      const decision = decide(state, at);
      const said = inALine(decision);
      if (typeof wants === "string") assert.equal(said, wants);
      else assert.match(said, new RegExp(`^nothing: .*${wants.source}`));
      if (decision.do === "nothing") checkReasons(decision);
    });
  }
}

export function inALine(decision: Decision): string {
  switch (decision.do) {
    case "nothing":
      return `nothing: ${decision.why}`;
    case "park":
      return `park ${decision.from} ${decision.sessions.join(" ")} (${decision.reason.kind})`;
    default: {
      const { do: how, from, to, sessions, reason } = decision;
      return `${how} ${from}→${to} ${sessions.join(" ")} (${reason.kind})`;
    }
  }
}

/** Whoever stays although there is reason to go says why, and of each account that was looked at why not that. */
function checkReasons({ stays, why }: Extract<Decision, { do: "nothing" }>): void {
  for (const one of stays) {
    assert.ok(why.includes(one.why), "what is said in words is said as data");
    assert.ok(one.candidates.every((c) => c.account !== one.account));
  }
}

/** s1 and s2 at work under a; accounts a, b, c. */
export function pool(changes: Parameters<typeof applied>[0] = {}, ...facts: Fact[]): State {
  return folded(
    applied(changes),
    ...started("s1", "r1"),
    ...started("s2", "r2", { conversation: "conversation-2" }),
    ...facts,
  );
}

export function read(
  account: string,
  windows: Partial<Record<WindowName, number>>,
  resetsAt: number | null = RESET,
): Fact {
  const of = Object.entries(windows).map(([name, usedPct]) => [name, { usedPct, resetsAt }]);
  return { type: "quota.read", account, source: "status line", windows: Object.fromEntries(of) };
}

export function wall(
  account: string,
  resetsAt: number | null = RESET,
  window: WindowName = "five_hour",
): Fact {
  const of = { account, session: "s1", window, resetsAt };
  return { type: "quota.wall", ...of, transcript: null, evidence: ["StopFailure"] };
}

/** The session has run into a limit. */
export function limited(session: string, window: WindowName = "five_hour"): Fact {
  const run = session.replace("s", "r");
  const refusal = { kind: "quota" as const, window, text: "" };
  return { type: "turn.failed", session, run, refusal, seenAt: T0 };
}

export function failed(session: string, kind: "throttle" | "server" | "login" | "billing"): Fact {
  const run = session.replace("s", "r");
  return { type: "turn.failed", session, run, refusal: { kind, text: "" }, seenAt: T0 };
}

export function prompted(session: string): Fact {
  const run = session.replace("s", "r");
  return { type: "prompt.accepted", session, run, mark: null, seenAt: T0 };
}

/** A swap that has moved the sessions; under the new account they run on as before. */
export function moved(
  swap: string,
  from: string,
  to: string,
  changes: Partial<Extract<Fact, { type: "swap.requested" }>> = {},
): Fact[] {
  const sessions = changes.sessions ?? ["s1", "s2"];
  return [
    swapOff(swap, { from, to, sessions, ...changes }),
    ...sessions.flatMap((session): Fact[] => {
      const of = { swap, session };
      const conversation = session === "s1" ? "conversation-1" : "conversation-2";
      const run = `r${session.slice(1)}`;
      const plan = { id: run, account: to, conversation, how: "resume", mark: null } as const;
      return [
        { type: "run.ended", session, run, exit: 143 },
        { type: "move.planned", ...of, plan },
        { type: "run.launched", session, run, pane: "%1", process: { pid: 1, birth: "boot:1" } },
        { type: "run.ready", session, run, conversation, source: "resume", transcript: null },
        { type: "move.finished", ...of },
      ];
    }),
    { type: "swap.finished", swap },
  ];
}

/** The window of the account has filled evenly for an hour, and the last figure is of just now. */
export function burning(
  state: State,
  account: string,
  { to, perHour, window = "five_hour", now = NOW, resetsAt = RESET }: {
    to: number;
    perHour: number;
    window?: WindowName;
    now?: number;
    resetsAt?: number;
  },
): State {
  const before = state.accounts[account] ?? NEW_ACCOUNT;
  const samples = Array.from({ length: 13 }, (_, i) => ({
    at: now - (12 - i) * 5 * MINUTE,
    usedPct: to - perHour * (12 - i) / 12,
    resetsAt,
  }));
  const reading = { usedPct: to, resetsAt, readAt: now, source: "status line" as const };
  const account_ = {
    ...before,
    windows: { ...before.windows, [window]: reading },
    samples: { ...before.samples, [window]: samples },
  };
  return { ...state, accounts: { ...state.accounts, [account]: account_ } };
}

export function overage(account: string, inUse: boolean, enabled: boolean | null = true): Fact {
  return { type: "overage.seen", account, inUse, enabled, madeAt: T0 + HOUR };
}

export { foldOnto };
