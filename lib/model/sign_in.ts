/**
 * When a sign-in runs out, as far as Claude Code says it.
 *
 * `claude auth status` names the end that the provider gave at the sign-in, and warns that it may come up to three days
 * before; its own warnings begin ten days before (2.1.330).
 *
 * @module
 */

const DAY_MS = 24 * 3_600_000;
/** So much before the named end it may be over already. */
export const EARLY_MS = 3 * DAY_MS;
const SOON_MS = 10 * DAY_MS;

/** Later ones are graver. */
const STAGES = ["far", "soon", "any day", "past"] as const;
export type SignInStage = (typeof STAGES)[number];

/** `endsAt` in epoch milliseconds; null or undefined: nobody said when, which is no reason to worry. */
export function signInStage(endsAt: number | null | undefined, now: number): SignInStage {
  if (typeof endsAt !== "number") return "far";
  const left = endsAt - now;
  if (left <= 0) return "past";
  if (left <= EARLY_MS) return "any day";
  return left <= SOON_MS ? "soon" : "far";
}

export function isGraver(a: SignInStage, b: SignInStage): boolean {
  return STAGES.indexOf(a) > STAGES.indexOf(b);
}
