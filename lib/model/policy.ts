/**
 * Where to move, and which sessions, as pure functions of the state and the time. Each answer carries its reasons.
 *
 * @module
 */
import { hasPassed } from "./elapsed.ts";
import { inOrder, remediesOf, remedyOf } from "./choice.ts";
import type { AccountSpec, Config } from "./config.ts";
import type { AccountId, SessionName } from "./ids.ts";
import { modelFull } from "./model_wall.ts";
import { folderProblem } from "./preflight.ts";
import { fullWords, pressure } from "./pressure.ts";
import type { WindowName } from "./quota.ts";
import { unsettled } from "./settle.ts";
import { restWords } from "./start_failures.ts";
import { entry, isAlive, type Session, type State } from "./state.ts";

/** How long a failed preflight keeps automatic moves away from an account. */
export const RECHECK_MS = 5 * 60_000;

export { type Pressure, pressure, reasonEnds, WALL_WITHOUT_RESET_MS } from "./pressure.ts";

export interface Candidate {
  readonly account: AccountId;
  /** Null: it can take the work. */
  readonly rejected: string | null;
}

interface Question {
  readonly from: AccountId;
  readonly by: "person" | "policy";
  readonly now: number;
  /** Only for this session, which a move may have stopped already. */
  readonly session?: SessionName;
  /** It stands at the limit of one model: that window must have room as well. */
  readonly model?: WindowName;
  /** Only those that are kept for when nothing else has room. */
  readonly lastResort?: boolean;
}

/** Every account but `from`, best first; each that cannot take the work with the reason. */
export function candidates(state: State, question: Question): Candidate[] {
  const config = state.config;
  if (!config) return [];
  return inOrder(state, config, question.now)
    .filter((spec) => spec.id !== question.from)
    .map((spec) => ({
      account: spec.id,
      rejected: rejection(state, config, spec, question),
    }))
    .sort((a, b) => Number(a.rejected !== null) - Number(b.rejected !== null));
}

function rejection(
  state: State,
  config: Config,
  spec: AccountSpec,
  { from, by, now, session, model, lastResort }: Question,
): string | null {
  const account = entry(state.accounts, spec.id);
  const p = account ? pressure(account, spec, now) : { is: "unknown" as const };
  if (p.is === "full") return fullWords(p, spec);
  const own = config.sessions.find((s) => s.name === session);
  if (session === undefined) {
    const { sessions } = movable(state, from, spec.id, { by, now });
    if (sessions.length === 0) return noneMay(state, from, spec.id, { by, now });
  } else if (
    !own?.allowedAccounts.includes(spec.id) ||
    (entry(state.sessions, session)?.pin?.account ?? spec.id) !== spec.id
  ) {
    return `no session of ${from} may move there`;
  } else {
    const one = entry(state.sessions, session);
    const why = one && unwelcome(state, one, spec.id, { by, now });
    if (why) return `not for ${session}: ${why}`;
  }
  if (by === "person") return null;
  if (p.is === "near") return `its ${p.window} stands at ${p.usedPct} %`;
  const barred = lastResort
    ? isLastResort(spec, config) ? null : "it is no last resort (failover.last_resort)"
    : barredToPolicy(spec, config);
  if (barred !== null) return barred;
  const check = account?.check;
  if (check && check.problems.length > 0 && !hasPassed(check.at, RECHECK_MS, now)) {
    return `its last preflight found: ${check.problems.join("; ")}`;
  }
  const used = model && modelFull(state, spec.id, model, now);
  return used ?? unsettled(state, config, { from, to: spec, now });
}

export function isLastResort({ id }: AccountSpec, { failover }: Config): boolean {
  return failover.lastResort?.includes(id) ?? false;
}

/** Why the config lets no work go to this account unless a person says so, or null. */
export function barredToPolicy(spec: AccountSpec, config: Config): string | null {
  if (isLastResort(spec, config)) return "kept as the last resort (failover.last_resort)";
  if (!spec.auto) return "auto: false";
  if (!remediesOf(config).includes(remedyOf(spec))) {
    return `failover.remedies does not name ${remedyOf(spec)}`;
  }
  return config.failover.toKinds.includes(spec.kind)
    ? null
    : `failover.to_kinds does not name ${spec.kind}`;
}

interface Left {
  readonly session: SessionName;
  readonly why: string;
}

/** The sessions of `from` that may go to `to`, and those that may not, with the reason. */
export function movable(
  state: State,
  from: AccountId,
  to: AccountId,
  asker: Pick<Question, "by" | "now">,
): { sessions: SessionName[]; left: Left[] } {
  const sessions: SessionName[] = [];
  const left: Left[] = [];
  for (const session of Object.values(state.sessions)) {
    if (session.account !== from) continue;
    const spec = state.config?.sessions.find((s) => s.name === session.name);
    const why = !spec
      ? "it is no longer in the config"
      : spec.neverMove
      ? "held (never_move)"
      : session.hold
      ? `held: ${session.hold.reason}`
      : session.pin && session.pin.account !== to
      ? `pinned to ${session.pin.account}`
      : session.asked
      ? `its ${session.asked.to} was asked for`
      : !spec.allowedAccounts.includes(to)
      ? `its project does not allow ${to}`
      : !isAlive(session)
      ? `it is ${session.phase.name}`
      : unwelcome(state, session, to, asker);
    if (why === null) sessions.push(session.name);
    else left.push({ session: session.name, why });
  }
  return { sessions, left };
}

/** What about the target keeps this session from it, or null. */
function unwelcome(
  state: State,
  session: Session,
  to: AccountId,
  { by, now }: Pick<Question, "by" | "now">,
): string | null {
  const cwd = state.config?.sessions.find((s) => s.name === session.name)?.cwd ?? "";
  const distrust = folderProblem(entry(state.accounts, to), cwd);
  if (distrust !== null) return `under ${to} ${distrust}`;
  return by === "person" ? null : restWords(session, to, now);
}

/** With what keeps each session from there, where that is not what the config and people want. */
function noneMay(
  state: State,
  from: AccountId,
  to: AccountId,
  asker: Pick<Question, "by" | "now">,
): string {
  const reasons = Object.values(state.sessions)
    .filter((s) => s.account === from && isAlive(s))
    .flatMap((s) => {
      const why = unwelcome(state, s, to, asker);
      return why === null ? [] : [`${s.name}: ${why}`];
    });
  const said = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
  return `no session of ${from} may move there${said}`;
}
