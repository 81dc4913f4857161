/**
 * What is true of the accounts' quotas, whatever the daemon knows of it: work uses them up, and so does somebody else
 * at random; each window ends in its time.
 *
 * @module
 */
import type { Clock } from "../../lib/ports/clock.ts";

export interface Window {
  readonly name: "five_hour" | "seven_day";
  usedPct: number;
  /** Epoch milliseconds. */
  resetsAt: number;
}

export interface WallOf extends Window {
  /** It says nothing of when it ends, and its status line gives no figures. */
  readonly isMute: boolean;
}

export class Provider {
  readonly #accounts = new Map<string, { windows: Window[]; isMute: boolean }>();

  constructor(readonly clock: Clock, readonly random: () => number, accounts: readonly string[]) {
    for (const account of accounts) {
      const windows: Window[] = [this.#fresh("five_hour"), this.#fresh("seven_day")];
      for (const window of windows) window.usedPct = Math.floor(random() * 60);
      this.#accounts.set(account, { windows, isMute: false });
    }
  }

  /** The account's windows; those that are over have begun anew. */
  windows(account: string): readonly Window[] {
    const { windows } = this.#accounts.get(account)!;
    for (const [i, { name, resetsAt }] of windows.entries()) {
      if (resetsAt <= this.clock.now()) windows[i] = this.#fresh(name);
    }
    return windows;
  }

  wall(account: string): WallOf | null {
    const full = this.windows(account).find((w) => w.usedPct >= 100);
    return full ? { ...full, isMute: this.#accounts.get(account)!.isMute } : null;
  }

  /** A turn was answered under the account. */
  use(account: string): void {
    for (const window of this.windows(account)) {
      const pct = window.name === "five_hour" ? 2 + this.random() * 10 : this.random() * 4;
      window.usedPct = Math.min(100, window.usedPct + pct);
    }
  }

  /** Somebody else uses an account up, once in a while. */
  chance(probability: number): void {
    for (const [account, entry] of this.#accounts) {
      if (this.random() >= probability) continue;
      const weekly = this.random() < 0.2;
      this.windows(account);
      entry.windows[weekly ? 1 : 0]!.usedPct = 100;
      entry.isMute = this.random() < 0.25;
    }
  }

  #fresh(name: Window["name"]): Window {
    const minutes = name === "five_hour" ? 5 + this.random() * 40 : 60 + this.random() * 240;
    return { name, usedPct: 0, resetsAt: this.clock.now() + Math.round(minutes * 60) * 1_000 };
  }
}
