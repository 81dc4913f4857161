/**
 * A day of a pool by the pure policy and the fold alone: what happens in a world of quotas becomes facts, what is decided is
 * carried out at once, and what must never be is looked for. All of it from one seed, without workers, so that a day is quick.
 *
 * @module
 */
import { decide, type Decision } from "../../lib/model/decide.ts";
import type { Event, Fact } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { judge } from "../../lib/model/judge.ts";
import { stayOf, wakeOf } from "../../lib/model/park.ts";
import { EMPTY, type State } from "../../lib/model/state.ts";
import { accountSpec, config, sessionSpec, T0 } from "../model/fixtures.ts";
import { DayCheck } from "./quota_day_check.ts";
import { QuotaWorld } from "./quota_world.ts";
import { randomFrom } from "./random.ts";

const MINUTE = 60_000;
export const DAY_MIN = 1_440;

const CHANCES = { prompt: 0.2, turnEnd: 0.12, throttle: 0.01, jump: 1 / 500, failedSwap: 0.05 };

export class QuotaDay {
  readonly check: DayCheck;
  readonly world: QuotaWorld;
  state: State = EMPTY;
  /** What the clock says; it may be set back. */
  now = T0;
  readonly #random: () => number;
  readonly #costUsd = new Map<string, number>();
  /** Billed by use, with a cap; null: there is none. */
  readonly metered: string | null;
  #ids = 0;

  constructor(readonly seed: number) {
    const random = this.#random = randomFrom(seed);
    const ids = ["a", "b", "c", "d", "e", "f"].slice(0, 2 + Math.floor(5 * random()));
    this.metered = random() < 0.4 ? ids.at(-1)! : null;
    this.world = new QuotaWorld(ids, random, this.metered, this.now);
    this.check = new DayCheck(this);
    this.#tell({ type: "config.applied", config: this.#config(ids) });
    for (const name of Object.keys(this.state.sessions)) this.#start(name, "a", "test");
    for (const id of ids) if (id !== this.metered) this.#tellOverage(id, false);
  }

  run(): void {
    for (let minute = 0; minute < DAY_MIN; minute++) this.step();
  }

  step(): void {
    this.now += MINUTE;
    this.#jump();
    this.world.pass(this.now);
    this.world.chance(this.now);
    for (const { id } of this.world.accounts.values()) this.#checkLogin(id);
    for (const name of Object.keys(this.state.sessions)) this.#live(name);
    for (let acts = 0; acts < 5 && this.#act(); acts++);
    this.#wake();
    this.check.minute();
  }

  #config(ids: readonly string[]) {
    const pick = <T>(...values: T[]) => values[Math.floor(this.#random() * values.length)]!;
    const names = ["s1", "s2", "s3", "s4"].slice(0, 1 + Math.floor(4 * this.#random()));
    return config({
      accounts: ids.map((id, i) =>
        accountSpec(id, {
          priority: i,
          ...(id === this.metered ? { kind: "api-key", usdPerDay: pick(5, 20) } : {}),
          ...(pick(false, false, true) && id !== "a" ? { reservePct: 20 } : {}),
        })
      ),
      sessions: names.map((name) => sessionSpec(name, { allowedAccounts: ids })),
      failover: {
        toKinds: ["subscription", "api-key"],
        lastResort: this.metered !== null && pick(false, true) ? [this.metered] : [],
        choose: pick("priority", "headroom", "soonest_reset"),
        strategy: pick("pool", "pool", "session"),
        failBack: pick(false, true),
        moveAheadMs: pick(5, 20) * MINUTE,
        waitIfResetWithinMs: pick(0, 0, 5 * MINUTE),
      },
    });
  }

  /** A machine that slept, or a clock that was set back a little. */
  #jump(): void {
    if (this.#random() >= CHANCES.jump) return;
    this.now += Math.round((this.#random() < 0.3 ? -5 : 120) * this.#random()) * MINUTE;
    this.check.jumped();
  }

  #checkLogin(id: string): void {
    const isOut = this.world.of(id).signedOutUntil > this.now;
    const was = (this.state.accounts[id]?.check?.problems.length ?? 0) > 0;
    const age = this.now - (this.state.accounts[id]?.check?.at ?? -Infinity);
    if (isOut === was && Math.abs(age) < 10 * MINUTE) return;
    this.#tell({ type: "account.checked", account: id, problems: isOut ? ["signed out"] : [] });
  }

  /** What one session does in a minute, and what is learnt of it. */
  #live(name: string): void {
    const { phase, account, run } = this.state.sessions[name]!;
    const of = { session: name, run: run?.plan.id ?? "" };
    if (phase.name === "idle") {
      if (this.#random() < CHANCES.prompt) {
        this.#tell({ type: "prompt.accepted", ...of, mark: null, seenAt: this.now });
      }
      return;
    }
    if (phase.name !== "working") return;
    const { usage, isPaidOn, signedOutUntil } = this.world.of(account);
    const fail = (kind: "login" | "throttle") =>
      this.#tell({ type: "turn.failed", ...of, refusal: { kind, text: "" }, seenAt: this.now });
    if (signedOutUntil > this.now) return fail("login");
    if (this.#random() < CHANCES.throttle) return fail("throttle");
    if (account === this.metered) this.#pay(name, account, usage());
    const full = this.world.full(account);
    if (full && !isPaidOn) return this.#hitWall(name, account, full);
    if (full) this.check.paid(account);
    if (account !== this.metered) {
      this.world.use(account, usage());
      this.#tellOverage(account, this.world.full(account) !== null && isPaidOn);
      this.#read(account);
    }
    if (this.#random() < CHANCES.turnEnd) this.#tell({ type: "turn.ended", ...of });
  }

  #pay(session: string, account: string, pct: number): void {
    const totalUsd = (this.#costUsd.get(session) ?? 0) + pct / 4;
    this.#costUsd.set(session, totalUsd);
    const run = this.state.sessions[session]!.run!.plan.id;
    this.#tell({ type: "cost.read", account, session, run, totalUsd });
  }

  #hitWall(
    name: string,
    account: string,
    { name: window, resetsAt }: { name: "five_hour" | "seven_day"; resetsAt: number },
  ): void {
    const run = this.state.sessions[name]!.run!.plan.id;
    const refusal = { kind: "quota" as const, window, text: "" };
    this.#tell({ type: "turn.failed", session: name, run, refusal, seenAt: this.now });
    const isMute = this.#random() < 0.1;
    const wall = { account, session: name, window, resetsAt: isMute ? null : resetsAt };
    this.#tell({ type: "quota.wall", ...wall, transcript: null, evidence: ["StopFailure"] });
    this.check.limited(name);
  }

  #read(account: string): void {
    const { windows, blindUntil } = this.world.of(account);
    if (blindUntil > this.now || this.#random() < 0.3) return;
    const moved = windows.filter(({ name, usedPct, resetsAt }) => {
      const before = this.state.accounts[account]?.windows[name];
      return !before || before.resetsAt !== resetsAt || Math.abs(before.usedPct - usedPct) >= 0.5;
    });
    if (moved.length === 0) return;
    const read = moved.map(({ name, usedPct, resetsAt }) => [name, { usedPct, resetsAt }]);
    this.#tell({
      type: "quota.read",
      account,
      source: "status line",
      windows: Object.fromEntries(read),
    });
  }

  #tellOverage(id: string, inUse: boolean): void {
    const before = this.state.accounts[id]!.overage;
    if (before?.inUse === inUse && (!inUse || this.now < before.until)) return;
    const enabled = this.world.of(id).isPaidOn;
    this.#tell({ type: "overage.seen", account: id, inUse, enabled, madeAt: this.now });
  }

  /** Carries out what is decided; false when that is nothing. */
  #act(): boolean {
    const decision = decide(this.state, this.now);
    if (decision.do === "nothing" || decision.do === "propose") return false;
    this.check.decided(decision);
    const swap = `w${++this.#ids}`;
    this.#begin(swap, decision);
    if (decision.do === "swap" && this.#random() < CHANCES.failedSwap) {
      this.#tell({ type: "swap.failed", swap, reason: "its target is not ready" });
      return true;
    }
    for (const session of decision.sessions) {
      if (decision.do === "park") this.#park(swap, session);
      else this.#move(swap, session, decision.to);
    }
    this.#tell({ type: "swap.finished", swap });
    return true;
  }

  #begin(swap: string, decision: Exclude<Decision, { do: "nothing" }>): void {
    const { from, reason, sessions } = decision;
    const asked = { swap, from, by: "policy" as const, reason, sessions };
    const fact: Fact = decision.do === "park"
      ? { type: "park.requested", ...asked }
      : { type: "swap.requested", ...asked, to: decision.to };
    const refused = judge(this.state, fact);
    if (refused !== null) {
      throw new Error(`seed ${this.seed}: what was decided is refused: ${refused}`);
    }
    this.#tell(fact);
  }

  #move(swap: string, session: string, to: string): void {
    const wasCut = this.state.sessions[session]!.phase.name !== "idle";
    const run = this.state.sessions[session]!.run!.plan.id;
    const plan = this.#plan(session, to);
    this.#tell({ type: "run.ended", session, run, exit: 143 });
    this.#tell({ type: "move.planned", swap, session, plan });
    this.#up(session, plan.id);
    this.#tell({ type: "move.finished", swap, session });
    const next = { session, run: plan.id, mark: null, seenAt: this.now };
    if (wasCut) this.#tell({ type: "prompt.accepted", ...next });
  }

  #park(swap: string, session: string): void {
    const run = this.state.sessions[session]!.run!.plan.id;
    this.#tell({ type: "run.stopping", session, run, why: "", tree: [] });
    this.#tell({ type: "run.ended", session, run, exit: 143 });
    this.#tell({ type: "move.parked", swap, session, until: this.now });
  }

  #wake(): void {
    for (const session of Object.values(this.state.sessions)) {
      const stay = stayOf(this.state, session.name);
      const wake = stay && wakeOf(this.state, stay, this.now);
      if (!wake || wake.at > this.now) continue;
      this.check.woken(session, wake.account);
      this.#start(session.name, wake.account, "it has room again");
    }
  }

  #start(session: string, account: string, why: string): void {
    const plan = this.#plan(session, account);
    this.#tell({ type: "run.planned", session, plan, why });
    this.#up(session, plan.id);
  }

  #plan(session: string, account: string) {
    const conversation = `conversation-${session}`;
    return { id: `r${++this.#ids}`, account, conversation, how: "resume" as const, mark: null };
  }

  #up(session: string, run: string): void {
    const conversation = `conversation-${session}`;
    const process = { pid: ++this.#ids, birth: "boot" };
    this.#tell({ type: "run.launched", session, run, pane: "%1", process });
    this.#tell({
      type: "run.ready",
      session,
      run,
      conversation,
      source: "resume",
      transcript: null,
    });
  }

  #tell(fact: Fact): void {
    const event = { ...fact, seq: this.state.seq + 1, at: this.now } as Event;
    this.state = fold(this.state, event);
  }
}
