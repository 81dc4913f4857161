/**
 * What must never be in a simulated day, and what is counted of it.
 *
 * @module
 */
import { capReached } from "../../lib/model/bounds.ts";
import type { Decision } from "../../lib/model/decide.ts";
import { pressure } from "../../lib/model/pressure.ts";
import { isAlive, NEW_ACCOUNT, type Session } from "../../lib/model/state.ts";
import type { QuotaDay } from "./quota_day.ts";

const MINUTE = 60_000;
/** The cool-down where the config does not say one. */
const COOL_DOWN_MS = 15 * MINUTE;
/** A wall is told and acted on within so many minutes, unless the policy says what it waits for. */
const PATIENCE_MIN = 2;

export interface DayCounts {
  /** Swaps by what they were for; parks and wakes. */
  readonly acts: Record<string, number>;
  walls: number;
  /** Session-minutes of paid use, which nothing but a figure that could not be had may bring about. */
  paidMin: number;
  /** Session-minutes at a wall, and parked. */
  strandedMin: number;
  parkedMin: number;
  liveMin: number;
}

export class DayCheck {
  readonly counts: DayCounts = {
    acts: {},
    walls: 0,
    paidMin: 0,
    strandedMin: 0,
    parkedMin: 0,
    liveMin: 0,
  };
  readonly violations: string[] = [];
  readonly #day: QuotaDay;
  readonly #left = new Map<string, { readonly at: number; readonly to: string }>();
  readonly #stranded = new Map<string, number>();
  /** Until the reset of the window in which it was told that answers are paid for. */
  readonly #paidUntil = new Map<string, number>();

  constructor(day: QuotaDay) {
    this.#day = day;
  }

  /** Before it is carried out. */
  decided(decision: Exclude<Decision, { do: "nothing" }>): void {
    const { from, reason } = decision;
    const what = reason.kind === "bound" ? reason.bound : reason.kind;
    this.#count(decision.do === "park" ? `park: ${what}` : what);
    if (decision.do === "park") return;
    const { to } = decision;
    const { now, state } = this.#day;
    if (this.#isFull(to)) this.#violate(`a move to the full account ${to}`);
    if (this.#isPaid(to)) this.#violate(`a move to ${to}, which is in paid use`);
    const last = this.#left.get(to);
    const isUsable = !this.#isFull(from);
    if (last?.to === from && isUsable && now >= last.at && now - last.at < COOL_DOWN_MS) {
      this.#violate(`ping-pong: ${from} and ${to} could both be used`);
    }
    if (!state.config!.accounts.some((a) => a.id === to)) this.#violate(`no account ${to}`);
    this.#left.set(from, { at: now, to });
  }

  woken({ name }: Session, account: string): void {
    this.#count("wake");
    if (this.#isFull(account)) this.#violate(`${name} is woken under the full account ${account}`);
  }

  limited(name: string): void {
    this.counts.walls++;
    this.#stranded.set(name, 0);
  }

  /** A session has worked for money: it is told with the answer, and may not go on. */
  paid(account: string): void {
    this.counts.paidMin++;
    this.#paidUntil.set(account, this.#day.world.full(account)!.resetsAt);
  }

  jumped(): void {
    this.#left.clear();
  }

  /** At the end of each minute. */
  minute(): void {
    const { state } = this.#day;
    for (const session of Object.values(state.sessions)) {
      if (isAlive(session)) this.counts.liveMin++;
      if (session.phase.name === "parked") this.counts.parkedMin++;
      if (session.phase.name !== "limited") {
        this.#stranded.delete(session.name);
        continue;
      }
      this.counts.strandedMin++;
      const minutes = (this.#stranded.get(session.name) ?? 0) + 1;
      this.#stranded.set(session.name, minutes);
      if (minutes > PATIENCE_MIN && !this.#waits(session)) {
        this.#violate(`${session.name} stands at a wall for ${minutes} min`);
      }
    }
    for (const session of Object.values(state.sessions)) {
      if (!isAlive(session)) continue;
      const { name, account } = session;
      if (this.#isPaid(account)) this.#violate(`${name} is left in paid use under ${account}`);
      if (this.#isCapped(account) && !this.#waits(session)) {
        this.#violate(`${name} is left under ${account} past its cap`);
      }
    }
  }

  #waits({ account }: Session): boolean {
    const { state, now } = this.#day;
    const hasFailed = Object.values(state.swaps).some(({ from, outcome }) =>
      from === account && outcome.is === "failed" && now - outcome.at <= MINUTE
    );
    if (hasFailed) return true;
    const withinMs = state.config!.failover.waitIfResetWithinMs ?? 0;
    const resetsAt = state.accounts[account]?.wall?.resetsAt;
    return typeof resetsAt === "number" && resetsAt - now <= withinMs;
  }

  /** By what was told. */
  #isFull(id: string): boolean {
    const { state, now } = this.#day;
    const spec = state.config!.accounts.find((a) => a.id === id)!;
    return pressure(state.accounts[id] ?? NEW_ACCOUNT, spec, now).is === "full";
  }

  /** It was told that answers are paid for there, and the window of then is not over. */
  #isPaid(id: string): boolean {
    return this.#day.now < (this.#paidUntil.get(id) ?? 0);
  }

  #isCapped(id: string): boolean {
    const { state, now } = this.#day;
    const spec = state.config!.accounts.find((a) => a.id === id)!;
    return capReached(state.accounts[id] ?? NEW_ACCOUNT, spec.usdPerDay, now) !== null;
  }

  #count(act: string): void {
    this.counts.acts[act] = (this.counts.acts[act] ?? 0) + 1;
  }

  #violate(what: string): void {
    const { seed, now } = this.#day;
    this.violations.push(`seed ${seed}, ${new Date(now).toISOString()}: ${what}`);
  }
}
