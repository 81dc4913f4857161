/**
 * The accounts of the local API. One account is one credential: `sk-ant-oat01-NAME` (access) and `sk-ant-ort01-NAME`
 * (refresh) belong to the account NAME, as do `...NAME~2`, the tokens after its first refresh.
 *
 * @module
 */

/** What a request to the model is answered with. */
export type Mode =
  | "ok"
  /** 429 with unified headers: the window of `claim` is used up. Not retried by Claude Code. */
  | "limit"
  /** 429 without them: a throttle, retried. */
  | "plain429"
  | "overloaded"
  | "server_error"
  /** 401 whatever the token: a refresh does not help. */
  | "unauthorized"
  | "revoked"
  | "billing"
  /** No answer for as long as the client waits. */
  | "hang";

export const MODES: readonly Mode[] = [
  "ok",
  "limit",
  "plain429",
  "overloaded",
  "server_error",
  "unauthorized",
  "revoked",
  "billing",
  "hang",
];

export type Claim = "five_hour" | "seven_day";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** Its fields may be set at any time; the next request meets them. */
export class Account {
  mode: Mode = "ok";
  /** The window that `limit` names. */
  claim: Claim = "five_hour";
  /** Used share of the window, 0 to 1. */
  util5h = 0.1;
  util7d = 0.2;
  /** When the window ends, in epoch seconds. */
  reset5h: number;
  reset7d: number;
  /** What each turn adds to `util5h`; at 1 the account is limited until `reset5h`. */
  burn = 0;
  /** After so many more turns the account is limited until `reset5h`; null: only `burn` counts. */
  turnsLeft: number | null = null;
  /** Between two chunks of a streamed answer. */
  chunkMs = 0;
  /** Gives the rest of every streamed answer at once, whatever the pace that was asked for. */
  hurry = false;
  /** Of its newest tokens; each refresh counts one up. */
  generation = 1;
  /** Access tokens of an older generation get 401 until they are refreshed. */
  validGeneration = 1;
  plan = "max";
  /** What `/api/oauth/usage` is answered with; it throttles on its own, whatever the model does. */
  usageStatus: 200 | 401 | 429 | 500 = 200;

  constructor(readonly name: string, nowS: number) {
    this.reset5h = nowS + 5 * HOUR_S;
    this.reset7d = nowS + 6 * DAY_S;
  }

  get email(): string {
    return `${this.name.toLowerCase()}@example.test`;
  }

  /** What the next request meets: its mode, or the limit that its own use has led to. */
  effectiveMode(nowS: number): Mode {
    if ((this.burn > 0 || this.turnsLeft !== null) && nowS >= this.reset5h) {
      this.util5h = 0;
      this.turnsLeft = null;
      this.reset5h = nowS + 5 * HOUR_S;
    }
    const isUsedUp = this.turnsLeft === 0 || this.burn > 0 && this.util5h >= 1;
    if (this.mode !== "ok" || !isUsedUp) return this.mode;
    this.claim = "five_hour";
    return "limit";
  }

  /** Counts a turn that was answered. */
  burnTurn(): void {
    this.util5h = Math.round((this.util5h + this.burn) * 10_000) / 10_000;
    if (this.turnsLeft !== null) this.turnsLeft--;
  }
}

/** The name and the generation that a credential stands for; null for one that is none of ours. */
export function readCredential(value: string): { name: string; generation: number } | null {
  const match = /^sk-ant-(?:oat01|ort01|api03)-([^~]+)(?:~(\d+))?$/.exec(value);
  return match && { name: match[1]!, generation: Number(match[2] ?? 1) };
}

export function accessToken(name: string, generation: number): string {
  return `sk-ant-oat01-${name}${generation > 1 ? `~${generation}` : ""}`;
}

export function refreshToken(name: string, generation: number): string {
  return `sk-ant-ort01-${name}${generation > 1 ? `~${generation}` : ""}`;
}

/** A UUID that is always the same for a name and a kind, and looks made up. */
export function uuidOf(kind: 1 | 2, name: string): string {
  const digit = String(kind);
  const hex = new TextEncoder().encode(name).toHex().padEnd(12, "0").slice(0, 12);
  return `${digit.repeat(8)}-1111-4111-8111-${hex}`;
}
