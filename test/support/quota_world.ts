/**
 * What is true of the accounts in a simulated day, whatever is known of it: windows fill by a distribution of work, and from
 * elsewhere; some go on into paid use at their limit.
 *
 * @module
 */
import type { AccountId } from "../../lib/model/ids.ts";
import { HELD_OUT, TUNING, type Usage } from "./usage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LENGTH_MS = { five_hour: 5 * HOUR, seven_day: 168 * HOUR };
/** What fills a 5-hour window fills so much of the week. */
const WEEK_SHARE = 0.12;

export interface TrueWindow {
  readonly name: "five_hour" | "seven_day";
  usedPct: number;
  resetsAt: number;
}

export interface TrueAccount {
  readonly id: AccountId;
  readonly windows: TrueWindow[];
  /** It goes on into paid use at its limit. */
  readonly isPaidOn: boolean;
  /** One session at work. */
  readonly usage: Usage;
  /** Nobody learns its figures until then. */
  blindUntil: number;
  signedOutUntil: number;
}

export class QuotaWorld {
  readonly accounts: ReadonlyMap<AccountId, TrueAccount>;
  readonly shapes: readonly string[];

  constructor(
    ids: readonly AccountId[],
    readonly random: () => number,
    /** Has no windows. */
    metered: AccountId | null,
    now: number,
  ) {
    const all = Object.entries({ ...TUNING, ...HELD_OUT });
    const made = ids.map((id) => {
      const [shape, usageOf] = all[Math.floor(random() * all.length)]!;
      const account = this.#account(id, usageOf(random), now);
      return { shape, account: id === metered ? { ...account, windows: [] } : account };
    });
    this.shapes = made.map((m) => m.shape);
    this.accounts = new Map(made.map(({ account }) => [account.id, account]));
  }

  #account(id: AccountId, usage: Usage, now: number): TrueAccount {
    const { random } = this;
    const windows = (["five_hour", "seven_day"] as const).map((name) => ({
      name,
      usedPct: random() * (name === "five_hour" ? 60 : 90),
      resetsAt: now + Math.round(LENGTH_MS[name] * random() / MINUTE) * MINUTE,
    }));
    return { id, windows, usage, isPaidOn: random() < 0.3, blindUntil: 0, signedOutUntil: 0 };
  }

  of(id: AccountId): TrueAccount {
    return this.accounts.get(id)!;
  }

  /** Windows that are over begin anew. */
  pass(now: number): void {
    for (const { windows } of this.accounts.values()) {
      for (const window of windows) {
        while (window.resetsAt <= now) {
          window.resetsAt += LENGTH_MS[window.name];
          window.usedPct = 0;
        }
      }
    }
  }

  /** The window at its limit that is open longest, or null. */
  full(id: AccountId): TrueWindow | null {
    const full = this.of(id).windows.filter((w) => w.usedPct >= 100);
    return full.sort((a, b) => b.resetsAt - a.resetsAt)[0] ?? null;
  }

  use(id: AccountId, pct: number): void {
    for (const window of this.of(id).windows) {
      window.usedPct += window.name === "five_hour" ? pct : pct * WEEK_SHARE;
    }
  }

  /** Elsewhere somebody works under an account, or a figure cannot be had, or a login dies. */
  chance(now: number): void {
    const { random } = this;
    for (const account of this.accounts.values()) {
      if (random() < 1 / 400) this.use(account.id, 10 + 60 * random());
      if (random() < 1 / 500) account.blindUntil = now + random() * 3 * HOUR;
      if (random() < 1 / 1500) account.signedOutUntil = now + random() * 4 * HOUR;
    }
  }
}
