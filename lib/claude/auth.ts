/**
 * Asks Claude Code itself who is signed in under an account. No credential is read or seen.
 *
 * @module
 */
import { z } from "zod";
import type { AccountSpec } from "../model/config.ts";
import type { Processes, RunResult } from "../ports/process.ts";
import { claudeEnv } from "./env.ts";

/** `unknown` is no answer: it is neither signed in nor signed out. */
export type AuthStatus =
  | {
    readonly signedIn: boolean;
    /** `claude.ai`, `oauth_token`, `api_key`, `api_key_helper`, `third_party`, `none` (seen on 2.1.330). */
    readonly method: string;
    /** Null unless the login is one of claude.ai and its profile was once fetched. */
    readonly email: string | null;
    /** The organization's id, which tells two logins apart. */
    readonly org: string | null;
    /** `max`, `pro`, ... */
    readonly plan: string | null;
    /**
     * When the sign-in ends at the latest, in epoch milliseconds: then its owner has to sign in again. Null: not said, as
     * for a key. An end in the past is said with `loggedIn: true` (2.1.330).
     */
    readonly endsAt: number | null;
  }
  | { readonly unknown: string };

export interface AskOptions {
  /** A path, or a name to look up in the PATH of `baseEnv`. */
  readonly claudePath: string;
  readonly account: AccountSpec;
  readonly timeoutMs: number;
  /** Our own environment; what would change the answer is scrubbed from it. */
  readonly baseEnv: Readonly<Record<string, string>>;
}

const answerSchema = z.object({
  loggedIn: z.boolean(),
  authMethod: z.string().catch("unknown"),
  email: z.string().nullish().catch(null),
  orgId: z.string().nullish().catch(null),
  subscriptionType: z.string().nullish().catch(null),
  loginExpiresAt: z.iso.datetime().nullish().catch(null),
});

/**
 * What `claude auth status` says (JSON since 2.1.41). On 2.1.330: exit 0 and `loggedIn: true`, or exit 1 and
 * `loggedIn: false`, in 0.3 to 1.8 s, without a request to the provider: it says that a login exists, not that the server still takes
 * it. An expired access token counts as signed in; a blanked or torn credentials file as signed out.
 */
export async function authStatus(processes: Processes, options: AskOptions): Promise<AuthStatus> {
  const out = await ask(processes, ["auth", "status"], options);
  return typeof out === "string" ? { unknown: out } : parseAuthStatus(out);
}

/** The answer of `claude auth status`; anything but a whole and coherent one is unknown. */
export function parseAuthStatus({ code, stdout, stderr }: RunResult): AuthStatus {
  const answer = answerSchema.safeParse(jsonOrNull(stdout)).data;
  // What it says on stdout names the person, and this ends in the journal.
  const said = firstLine(stderr) || (stdout.trim() === "" ? "no output" : "no answer we know");
  if (!answer) return { unknown: `exit ${code}: ${said}` };
  if (answer.loggedIn !== (code === 0)) {
    return { unknown: `exit ${code} does not fit loggedIn: ${answer.loggedIn}` };
  }
  return {
    signedIn: answer.loggedIn,
    method: answer.authMethod,
    email: answer.email ?? null,
    org: answer.orgId ?? null,
    plan: answer.subscriptionType ?? null,
    endsAt: answer.loginExpiresAt ? Date.parse(answer.loginExpiresAt) : null,
  };
}

/** `2.1.330` of "2.1.330 (Claude Code)", or why it cannot be said. */
export async function claudeVersion(
  processes: Processes,
  options: AskOptions,
): Promise<{ readonly version: string } | { readonly unknown: string }> {
  const out = await ask(processes, ["--version"], options);
  if (typeof out === "string") return { unknown: out };
  const version = /^(\d+\.\d+\.\d+\S*)/.exec(out.stdout.trim())?.[1];
  if (out.code === 0 && version) return { version };
  return { unknown: `exit ${out.code}: ${firstLine(out.stderr || out.stdout) || "no output"}` };
}

/** The result, or in words why there is none. */
async function ask(
  processes: Processes,
  args: string[],
  { claudePath, account, timeoutMs, baseEnv }: AskOptions,
): Promise<RunResult | string> {
  const env = claudeEnv(account, baseEnv);
  try {
    const out = await processes.run([claudePath, ...args], { env, timeoutMs });
    return out.timedOut ? `no answer within ${timeoutMs / 1000} s` : out;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!.slice(0, 200);
}
