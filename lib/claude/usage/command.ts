/**
 * Asks Claude Code for the figures of an account that no session is telling of: `claude -p "/usage"`, which asks the provider by itself
 * and no model. No credential is read or seen.
 *
 * It needs what `CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC` turns off; with that set it prints what it has (2.1.330). On a refused
 * token it asks once more after a refresh: two requests at most.
 *
 * @module
 */
import { z } from "zod";
import type { AccountSpec } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import type { Processes } from "../../ports/process.ts";
import { readClaudeJson } from "../account/claude_json.ts";
import { claudeEnv } from "../env.ts";
import { forJournal } from "../refusal.ts";
import { type Answer, nothing } from "./answer.ts";
import { parseUsageText } from "./text.ts";

/** What one asking costs the provider at most. */
export const REQUESTS_AT_MOST = 2;

/** 1 to 4 s were seen; a provider that does not answer is given up by Claude Code itself after some more. */
const TIMEOUT_MS = 30_000;
/** So much the two ways to tell the same figures may differ, since one of them rounds. */
const ROUNDED_PCT = 1;

const ARGS = ["-p", "/usage", "--output-format", "json", "--no-session-persistence"];

export interface UsageOptions {
  /** A path, or a name to look up in the PATH of `baseEnv`. */
  readonly claudePath: string;
  readonly account: AccountSpec;
  /** A folder of our own: Claude Code keeps a place for each that it was started in. */
  readonly cwd: string;
  readonly baseEnv: Readonly<Record<string, string>>;
  /** The IANA name of our own time zone. */
  readonly zone: string;
  readonly signal: AbortSignal;
  now(): number;
}

const resultSchema = z.object({ is_error: z.boolean().catch(false), result: z.string() });

export async function askUsage(
  { files, processes }: { readonly files: Files; readonly processes: Processes },
  { claudePath, account, cwd, baseEnv, zone, signal, now }: UsageOptions,
): Promise<Answer> {
  const env = claudeEnv(account, baseEnv);
  const off = ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"].find((name) => isOn(env[name]));
  if (off) return nothing(`${off} is set for the account, which keeps Claude Code from asking`);
  const out = await processes.run([claudePath, ...ARGS], {
    ...{ cwd, env, timeoutMs: TIMEOUT_MS, signal },
  });
  if (out.timedOut) return nothing(`no answer within ${TIMEOUT_MS / 1000} s`);
  const result = resultSchema.safeParse(jsonOrNull(out.stdout)).data;
  if (!result) return nothing(`exit ${out.code}: ${forJournal(out.stderr) || "no answer we know"}`);
  const text = parseUsageText(result.result, now(), zone);
  if (Object.keys(text.windows).length === 0) {
    return nothing(
      text.isPlan
        ? "the provider gave Claude Code no figures"
        : "Claude Code knows of no plan (signed out, or an API key)",
    );
  }
  const config = await readClaudeJson(files, account);
  const cached = config === null || config === "unreadable" ? null : config.usage;
  // Else it was made from other figures than these, and says nothing of their age.
  const isOfThese = cached !== null && cached.fetchedAt <= now() + 60_000 &&
    agree(text.windows, cached.windows);
  if (!isOfThese) return { is: "figures", windows: text.windows, madeAt: null };
  return {
    is: "figures",
    // The same with exact times; and what only the text knows.
    windows: { ...text.windows, ...cached.windows },
    madeAt: cached.fetchedAt,
    overage: { inUse: null, enabled: cached.overageOn },
  };
}

type Windows = Extract<Answer, { is: "figures" }>["windows"];

function agree(text: Windows, cached: Windows): boolean {
  const told = Object.entries(text);
  return told.some(([name]) => name in cached) && told.every(([name, { usedPct }]) => {
    const same = (cached as Record<string, { usedPct: number }>)[name];
    return same === undefined || Math.abs(same.usedPct - usedPct) <= ROUNDED_PCT;
  });
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false", "no", "off"].includes(value.toLowerCase());
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
