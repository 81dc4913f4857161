/**
 * What the daemon would do, as a pure function of what is there. The decisions are those of the daemon's own policy,
 * over a state in which every session of the config runs.
 *
 * @module
 */
import type { RegistryEntry } from "../../claude/registry.ts";
import type { AccountSpec, Config, SessionSpec } from "../../model/config.ts";
import type { Event, Fact } from "../../model/event.ts";
import { fold } from "../../model/fold.ts";
import type { AccountId, SessionName } from "../../model/ids.ts";
import { decide } from "../../model/decide.ts";
import { type Candidate, candidates, movable } from "../../model/policy.ts";
import { EMPTY, type State } from "../../model/state.ts";
import type { Pane } from "../../ports/tmux.ts";

/** What was looked at. */
export interface Sight {
  readonly at: number;
  /** Or in words why tmux could not say. */
  readonly panes: readonly Pane[] | { readonly unknown: string };
  readonly accounts: readonly AccountSight[];
}

export interface AccountSight {
  readonly account: AccountId;
  /** Claude Codes that run under its config dir, whoever started them. */
  readonly registry: readonly RegistryEntry[];
  /** Links that are missing and would be made. */
  readonly linksToMake: readonly string[];
  /** What would keep a session from going on under it: dialogs, links in the way. */
  readonly obstacles: readonly string[];
}

export interface Observation {
  readonly at: number;
  readonly mode: Config["failover"]["mode"];
  readonly sessions: readonly ObservedSession[];
  readonly accounts: readonly AccountSight[];
  readonly atLimit: readonly AtLimit[];
  /** Claude Codes that no session of the config stands for; they are left alone. */
  readonly byHand: readonly { readonly account: AccountId; readonly entry: RegistryEntry }[];
}

export interface ObservedSession {
  readonly name: SessionName;
  readonly account: AccountId;
  readonly cwd: string;
  readonly would: "start" | "adopt" | "leave alone" | "unknown";
  readonly why: string;
}

/** What would happen if this account hit its limit now. */
export interface AtLimit {
  readonly account: AccountId;
  readonly would: "move" | "propose" | "stay";
  /** The best target, if there is one. */
  readonly to: AccountId | null;
  readonly moves: readonly SessionName[];
  readonly stays: readonly { readonly session: SessionName; readonly why: string }[];
  readonly candidates: readonly Candidate[];
  readonly why: string;
}

export function observation(config: Config, sight: Sight): Observation {
  const { at, panes, accounts } = sight;
  const ours = "unknown" in panes ? [] : panes.filter((p) => isOurs(p, config));
  const pids = new Set(ours.map((pane) => pane.pid));
  return {
    at,
    mode: config.failover.mode,
    sessions: config.sessions.map((spec) => observeSession(spec, config, panes)),
    accounts,
    atLimit: config.accounts.map((spec) => atLimit(spec, config, at)),
    byHand: accounts.flatMap(({ account, registry }) =>
      registry.filter((entry) => !pids.has(entry.pid)).map((entry) => ({ account, entry }))
    ),
  };
}

/** A run of ours has its launch script below the state folder in the pane's argv. */
function isOurs(pane: Pane, config: Config): boolean {
  return pane.startCommand.includes(`${config.paths.stateDir}/runs/`);
}

function observeSession(spec: SessionSpec, config: Config, panes: Sight["panes"]): ObservedSession {
  const { name, account, cwd } = spec;
  const observed = (would: ObservedSession["would"], why: string) => {
    return { name, account, cwd, would, why };
  };
  if ("unknown" in panes) return observed("unknown", panes.unknown);
  const pane = panes.find((p) => p.session === name);
  if (!pane) return observed("start", "it does not run");
  if (!isOurs(pane, config)) {
    return observed("leave alone", "a tmux session that is not ours has its name");
  }
  return pane.dead
    ? observed("start", "its pane is there, its process has ended")
    : observed("adopt", `it runs (pid ${pane.pid})`);
}

function atLimit(spec: AccountSpec, config: Config, at: number): AtLimit {
  const account = spec.id;
  const state = imagined(spec, config, at);
  const all = candidates(state, { from: account, by: "policy", now: at });
  const to = all.find((c) => c.rejected === null)?.account ?? null;
  const { sessions: moves, left: stays } = to === null
    ? { sessions: [], left: [] }
    : movable(state, account, to, { by: "policy", now: at });
  const decision = decide(state, at);
  const would = decision.do === "swap" ? "move" : decision.do === "propose" ? "propose" : "stay";
  const isUsed = config.sessions.some((s) => s.account === account);
  const why = !isUsed
    ? "no session is under it"
    : config.failover.mode === "off" && decision.do === "nothing"
    ? decision.why
    : to === null
    ? "no account can take its sessions"
    : "its limit would be reached";
  return { account, would, to, moves, stays, candidates: isUsed ? all : [], why };
}

/** Every session runs where the config has it, and this account has just hit its limit. */
function imagined(spec: AccountSpec, config: Config, at: number): State {
  const runs = config.sessions.flatMap(({ name: session, account }): Fact[] => {
    const run = `imagined-${session}`;
    const plan = { id: run, account, conversation: run, how: "new" as const, mark: null };
    return [
      { type: "run.planned", session, plan, why: "imagined" },
      { type: "run.ready", session, run, conversation: run, source: "startup", transcript: null },
    ];
  });
  const wall: Fact = {
    type: "quota.wall",
    transcript: null,
    account: spec.id,
    session: config.sessions.find((s) => s.account === spec.id)?.name ?? "",
    window: "five_hour",
    resetsAt: null,
    evidence: [],
  };
  const facts: Fact[] = [{ type: "config.applied", config }, ...runs, wall];
  return facts.reduce((state, fact, i) => fold(state, { ...fact, seq: i + 1, at } as Event), EMPTY);
}

/** What is different now, one line each. */
export function changes(before: Sight, after: Sight): string[] {
  const lines: string[] = [];
  for (const { account, registry } of after.accounts) {
    const old = before.accounts.find((a) => a.account === account)?.registry ?? [];
    for (const entry of registry) {
      const was = old.find((e) => e.pid === entry.pid);
      const what = nameOf(account, entry);
      if (!was) lines.push(`${what} appeared, ${statusWords(entry)}`);
      else if (statusWords(was) !== statusWords(entry)) {
        lines.push(`${what}: ${statusWords(was)} → ${statusWords(entry)}`);
      }
    }
    for (const entry of old) {
      if (!registry.some((e) => e.pid === entry.pid)) {
        lines.push(`${nameOf(account, entry)} is gone`);
      }
    }
  }
  return lines;
}

function nameOf(account: AccountId, { pid, cwd }: RegistryEntry): string {
  return `claude ${pid} (${account}${cwd === null ? "" : `, ${cwd}`})`;
}

export function statusWords({ status, waitingFor }: RegistryEntry): string {
  const words = status ?? "of unknown state";
  return waitingFor === null ? words : `${words} for ${waitingFor}`;
}
