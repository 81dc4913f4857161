/**
 * What is to be done about one account: whether it is left, by whom and for where, or why not. Pure.
 *
 * @module
 */
import { remediesOf, remedyOf } from "./choice.ts";
import type { AccountSpec, Config } from "./config.ts";
import type { Act, Stays } from "./decision.ts";
import { waysHome } from "./fail_back.ts";
import { declinedWords, failedWords, waitWords } from "./hold_off.ts";
import type { AccountId, SessionName } from "./ids.ts";
import { atModelWall } from "./model_wall.ts";
import { type Candidate, candidates, movable } from "./policy.ts";
import type { Session, State } from "./state.ts";
import { boundOn, type Trigger, triggerOf } from "./trigger.ts";
import { windowWords } from "./window_words.ts";

export interface At {
  readonly spec: AccountSpec;
  readonly stranded: readonly Session[];
}

/** What is done about one account, or why nothing is; the first that is an act counts. */
export function leave(
  state: State,
  config: Config,
  { spec, stranded }: At,
  now: number,
): (Act | Stays)[] {
  const trigger = triggerOf(state, spec, now);
  if (!trigger && stranded.length === 0) {
    return [...leaveModel(state, config, spec, now), ...goHome(state, config, spec, now)];
  }
  const stay = (why: string, all: readonly Candidate[] = []): Stays[] => [
    { account: spec.id, reason: trigger, why, candidates: all },
  ];
  const failed = failedWords(state, spec.id, now);
  // Nothing of ours goes on where it is paid for: nobody is asked first, and no second try is waited for.
  if (isPaid(trigger) && (config.failover.mode !== "auto" || failed)) {
    return stopPaid(state, spec, now);
  }
  const off = failed ?? declinedWords(state, spec, trigger, now);
  if (off !== null) return stay(off);
  const isStuck = trigger?.kind === "bound" || stranded.length > 0;
  const all = candidates(state, { from: spec.id, by: "policy", now });
  const best = trigger && all.find((c) => c.rejected === null);
  const wait = waitWords(state, spec, trigger, now);
  if (wait !== null && comesFirst(config, best?.account)) return stay(wait, all);
  const stuck = trigger?.kind === "bound" ? boundOn(state, spec, trigger) : stranded;
  const last = trigger && !best && isStuck ? lastResort(state, spec.id, now) : null;
  if (trigger && last) {
    const names = stuck.map((s) => s.name);
    const may = movable(state, spec.id, last, { by: "policy", now }).sessions;
    const sessions = may.filter((name) => names.includes(name));
    if (sessions.length > 0) {
      return [go(config, { from: spec.id, to: last, reason: trigger, sessions })];
    }
  }
  if (!best && config.failover.mode === "auto" && stuck.length > 0) {
    return [park(spec.id, stuck, trigger)];
  }
  if (!trigger) return [];
  if (!best) {
    const why = all.map((c) => `${c.account}: ${c.rejected}`).join("; ");
    return stay(`${spec.id} has no target (${why || "it is the only account"})`, all);
  }
  const to = best.account;
  const { sessions: may } = movable(state, spec.id, to, { by: "policy", now });
  const sessions = taken(config, trigger, may, stranded);
  if (sessions.length > 0) return [go(config, { from: spec.id, to, reason: trigger, sessions })];
  return stay(`${spec.id}: nobody stands at its limit (failover.strategy: session)`, all);
}

/** Whether waiting is named before what would be done else. */
function comesFirst(config: Config, best: AccountId | undefined): boolean {
  const remedies = remediesOf(config);
  const wait = remedies.indexOf("wait");
  const spec = config.accounts.find((a) => a.id === best);
  return wait >= 0 && (!spec || wait < remedies.indexOf(remedyOf(spec)));
}

/** With `strategy: session` only those go that can or may do nothing where they are. */
function taken(
  { failover }: Config,
  { kind }: Trigger,
  may: readonly SessionName[],
  stranded: readonly Session[],
): readonly SessionName[] {
  if (failover.strategy !== "session" || kind === "bound") return may;
  return kind === "wall" ? may.filter((name) => stranded.some((s) => s.name === name)) : [];
}

function lastResort(state: State, from: AccountId, now: number): AccountId | null {
  const all = candidates(state, { from, by: "policy", now, lastResort: true });
  return all.find((c) => c.rejected === null)?.account ?? null;
}

/** Whoever stands at the limit of one model goes elsewhere, if the config says so. */
function leaveModel(
  state: State,
  { failover }: Config,
  spec: AccountSpec,
  now: number,
): (Act | Stays)[] {
  const { id } = spec;
  return atModelWall(state, id).map(({ session: { name }, window }) => {
    const reason = { kind: "wall" as const, session: name, window };
    const of = { account: id, reason };
    if (failover.modelWall !== "move") {
      const why =
        `${name} stands at the limit of the ${
          windowWords(window)
        } of ${id}, a limit of one model, and stays ` +
        "(failover.model_wall)";
      return { ...of, why, candidates: [] };
    }
    const off = failedWords(state, id, now) ?? declinedWords(state, spec, reason, now);
    if (off !== null) return { ...of, why: off, candidates: [] };
    const all = candidates(state, { from: id, by: "policy", now, session: name, model: window });
    const best = all.find((c) => c.rejected === null);
    if (best) {
      const how = failover.mode === "auto" ? "swap" : "propose";
      return { do: how, from: id, to: best.account, reason, sessions: [name] };
    }
    const why = all.map((c) => `${c.account}: ${c.rejected}`).join("; ");
    return {
      ...of,
      why: `${name} has no target (${why || "there is only one account"})`,
      candidates: all,
    };
  });
}

function goHome(state: State, config: Config, spec: AccountSpec, now: number): (Act | Stays)[] {
  const reason = { kind: "fail_back" as const };
  const off = failedWords(state, spec.id, now) ?? declinedWords(state, spec, reason, now);
  return waysHome(state, config, spec, now).map(({ to, sessions, stays, candidates }) => {
    const why = stays ?? off;
    return why === null
      ? go(config, { from: spec.id, to, reason, sessions })
      : { account: spec.id, reason, why, candidates };
  });
}

/** Paid use that the config does not allow is ended in every mode. */
export function stopPaid(state: State, spec: AccountSpec, now: number): (Act | Stays)[] {
  const trigger = triggerOf(state, spec, now);
  if (!isPaid(trigger)) return [];
  const why = failedWords(state, spec.id, now, "park");
  if (why !== null) return [{ account: spec.id, reason: trigger, why, candidates: [] }];
  const paid = boundOn(state, spec, trigger);
  return paid.length > 0 ? [park(spec.id, paid, trigger)] : [];
}

function isPaid(trigger: Trigger | null): trigger is Extract<Trigger, { kind: "bound" }> {
  return trigger?.kind === "bound" && trigger.bound === "overage";
}

function go(
  { failover }: Config,
  how: Pick<Act & { do: "swap" }, "from" | "to" | "reason" | "sessions">,
): Act {
  return { do: failover.mode === "auto" ? "swap" : "propose", ...how };
}

function park(from: AccountId, sessions: readonly Session[], trigger: Trigger | null): Act {
  const { name, phase } = sessions[0]!;
  const window = phase.name === "limited" ? phase.window : null;
  const reason = trigger?.kind === "bound"
    ? trigger
    : { kind: "wall" as const, session: name, window };
  return { do: "park", from, reason, sessions: sessions.map((s) => s.name) };
}
