/**
 * Figures that a program of the user's prints (`accounts[].quota_command`): our own JSON, or the `rate_limit_event` line of a headless
 * Claude Code. Whichever comes last counts, so a program may print other lines before.
 *
 * @module
 */
import { z } from "zod";
import type { AccountSpec } from "../../model/config.ts";
import type { WindowReading } from "../../model/quota.ts";
import { type Processes, ProgramNotFoundError } from "../../ports/process.ts";
import { parseObject } from "../cut_json.ts";
import { claudeEnv } from "../env.ts";
import { forJournal } from "../refusal.ts";
import { windowOfKey } from "../windows.ts";
import { type Answer, type Figures, nothing } from "./answer.ts";
import { parseRateLimitEvent } from "./rate_limit_event.ts";

const TIMEOUT_MS = 30_000;
const MOST_WINDOWS = 8;
const LONGEST_OUTPUT = 1_000_000;

/** ISO 8601, or epoch seconds. */
const time = z.union([
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  z.number().positive().max(1e11).transform((seconds) => seconds * 1000),
]);

/** What docs/configuration.md promises of `quota_command`. Other members are passed over. */
const outputSchema = z.object({
  made_at: time.optional(),
  windows: z.record(
    z.string(),
    z.object({ used_pct: z.number().min(0).max(1000), resets_at: time.nullish() }),
  ),
  overage: z.object({ in_use: z.boolean().optional(), enabled: z.boolean().optional() }).optional(),
});

export async function askProgram(
  processes: Processes,
  { argv, account, cwd, baseEnv, signal }: {
    readonly argv: readonly [string, ...string[]];
    readonly account: AccountSpec;
    readonly cwd: string;
    readonly baseEnv: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): Promise<Answer> {
  const env = claudeEnv(account, baseEnv);
  try {
    const out = await processes.run(argv, { cwd, env, timeoutMs: TIMEOUT_MS, signal });
    if (out.timedOut) {
      return nothing(`its quota_command gave no answer within ${TIMEOUT_MS / 1000} s`);
    }
    if (out.code !== 0) {
      return nothing(
        `its quota_command failed (exit ${out.code}): ${forJournal(out.stderr) || "no words"}`,
      );
    }
    return parseProgramOutput(out.stdout);
  } catch (error) {
    if (!(error instanceof ProgramNotFoundError)) throw error;
    return nothing(`there is no program ${argv[0]} (its quota_command)`);
  }
}

/** What the program printed: one JSON value, or lines of which the last that is one counts. */
export function parseProgramOutput(text: string): Answer {
  if (text.length > LONGEST_OUTPUT) {
    return nothing("its quota_command printed more than a megabyte");
  }
  const lines = [text, ...text.split("\n").toReversed()];
  const object = lines.map((line) => parseObject(line)).find((found) => found !== null);
  if (!object) return nothing("its quota_command printed no JSON object");
  const event = lines.map(parseRateLimitEvent).find((found) => found !== null);
  if (event) return event;
  const parsed = outputSchema.safeParse(object);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return nothing(
      `its quota_command printed JSON of another shape: ${issue!.path.join(".") || "it"}: ${
        issue!.message
      }`,
    );
  }
  const { made_at, windows, overage } = parsed.data;
  const known = Object.entries(windows).slice(0, MOST_WINDOWS).map(([key, window]) => {
    const reading: WindowReading = { usedPct: window.used_pct, resetsAt: window.resets_at ?? null };
    return [windowOfKey(key), reading] as const;
  });
  if (known.length === 0) return nothing("its quota_command knows of no window");
  const figures: Figures = {
    is: "figures",
    windows: Object.fromEntries(known),
    madeAt: made_at ?? null,
  };
  if (!overage) return figures;
  return {
    ...figures,
    overage: { inUse: overage.in_use ?? null, enabled: overage.enabled ?? null },
  };
}
