/**
 * The demo's usual cast: an agent in POSIX sh that behaves like Claude Code as far as this program can see.
 *
 * @module
 */
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import type { Files } from "../../ports/files.ts";
import agent from "./agent.sh" with { type: "text" };
import { ACCOUNTS, type Cast, type DemoAccount, type Places } from "./scene.ts";

/** Each request burns this much: `work` is at its wall after five chapters, `spare` has room for the rest. */
const BURN_PCT = 9;
const USED_PCT: Readonly<Record<DemoAccount, number>> = { work: 39, spare: 12 };
const RESETS_IN_S = 2 * 3_600 + 14 * 60;

export async function scriptedCast(
  places: Places,
  { files, clock }: { files: Files; clock: Clock },
): Promise<Cast> {
  const claudePath = join(places.root, "bin", "claude");
  await files.makeDir(join(places.root, "bin"), 0o700);
  await files.writeAtomic(claudePath, agent, 0o700);
  const nowS = Math.floor(clock.now() / 1_000);
  for (const account of ACCOUNTS) {
    await files.writeAtomic(
      join(places.configDir(account), "fake-account"),
      accountText(account, nowS),
    );
  }
  return {
    agent: "a scripted agent in place of Claude Code (no account, no model, no network)",
    claudePath,
    env: {},
    permissionMode: null,
    prompts: ["Please write the book, chapter by chapter: @@do chapters.txt"],
    smallTalk: "Please remember the word heron. @@text I will remember it.",
    beforePrompt: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function accountText(account: DemoAccount, nowS: number): string {
  const values = {
    name: account,
    email: `${account}@example.test`,
    plan: "max",
    org: `made-up-${account}`,
    five_hour_pct: USED_PCT[account],
    five_hour_burn_pct: BURN_PCT,
    five_hour_resets_at: nowS + RESETS_IN_S,
    seven_day_pct: 20,
    seven_day_burn_pct: 0.5,
    seven_day_resets_at: nowS + 3 * 86_400,
  };
  return Object.entries(values).map(([key, value]) => `${key}=${value}\n`).join("");
}
