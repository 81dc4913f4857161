/**
 * Who is signed in, and whether that is one login under two names. Claude Code is asked; no credential is read.
 *
 * @module
 */
import type { AccountKind, AccountSpec } from "../../model/config.ts";
import { type AuthStatus, authStatus } from "../auth.ts";
import { readClaudeJson } from "./claude_json.ts";
import { signInStage } from "../../model/sign_in.ts";
import { signInHint, signInWords } from "../../words/sign_in.ts";
import type { LocalTimeOf } from "../../words/time.ts";
import { error, type Finding, info, type Look, warning } from "./finding.ts";

export const AUTH_TIMEOUT_MS = 10_000;

/** The ways to be signed in that fit a kind (`claude auth status`, 2.1.330). `custom` takes any. */
const METHODS: Partial<Record<AccountKind, readonly string[]>> = {
  "subscription": ["claude.ai", "oauth_token"],
  "api-key": ["api_key", "api_key_helper"],
  "bedrock": ["third_party"],
  "vertex": ["third_party"],
  "foundry": ["third_party"],
};

/**
 * What `claude` says about the account's sign-in. Not asked in a dir that is not there, since it would make
 * one (with mode 0755 and a `.claude.json`, 2.1.330).
 */
export async function loginOf({ ports, config, account }: Look): Promise<AuthStatus> {
  const dir = await ports.files.stat(account.configDir);
  if (dir?.kind !== "dir") return { unknown: "it has no config dir" };
  return await authStatus(ports.processes, {
    claudePath: config.claude.path,
    account,
    timeoutMs: AUTH_TIMEOUT_MS,
    baseEnv: ports.env,
  });
}

export function loginFindings(status: AuthStatus, account: AccountSpec): Finding[] {
  const { id, kind } = account;
  if ("unknown" in status) {
    return [error(
      `cannot tell whether it is signed in: ${status.unknown}`,
      "run claude auth status by hand, see claude-failover env",
    )];
  }
  if (!status.signedIn) {
    return [error("it is not signed in", signInHint(id))];
  }
  const fitting = METHODS[kind];
  if (fitting && !fitting.includes(status.method)) {
    return [error(
      `it is signed in by ${status.method}, which does not fit its kind ${kind}`,
      "correct `kind` in the config, or sign in another way: what is used decides who pays",
    )];
  }
  const findings = [info(`signed in as ${describeLogin(status)}`)];
  if (status.method === "oauth_token") {
    findings.push(warning(
      "a token from the environment signs it in, not its config dir, so it can report no usage of its own",
      signInHint(id),
    ));
  }
  return findings;
}

/** Whether its owner should sign in again soon. */
export function endingFindings(
  status: AuthStatus,
  { id }: AccountSpec,
  { now, localTime }: { readonly now: number; readonly localTime: LocalTimeOf },
): Finding[] {
  if ("unknown" in status) return [];
  const words = signInWords(status.endsAt, now, localTime);
  if (words === null) return [];
  return [warning(`its sign-in ${words}`, signInHint(id))];
}

/** Whether it is time to sign in anew, though it still works or may do so. */
export function isEnding(status: AuthStatus, now: number): boolean {
  return !("unknown" in status) && signInStage(status.endsAt, now) !== "far";
}

export function describeLogin(status: Exclude<AuthStatus, { unknown: string }>): string {
  const { email, method, plan } = status;
  return plan === null ? email ?? method : `${email ?? method} (${plan})`;
}

/**
 * Two dirs with one login have one quota and, once either refreshes it, one dead login. By the ids that
 * Claude Code noted; where it noted none, by what it answers.
 */
export async function sameLoginFindings(look: Look, own: AuthStatus): Promise<Finding[]> {
  const { ports: { files }, config, account } = look;
  if (account.kind !== "subscription") return [];
  const mine = await notedLogin(files, account);
  const others = config.accounts.filter((other) =>
    other.id !== account.id && other.kind === "subscription" &&
    other.configDir !== account.configDir
  );
  const same = await Promise.all(others.map(async (other) => {
    const theirs = await notedLogin(files, other);
    if (mine !== null && theirs !== null) return mine === theirs;
    return isTelling(own) && sameAnswer(own, await loginOf({ ...look, account: other }));
  }));
  return others.filter((_, i) => same[i]).map((other) =>
    error(
      `it has the same login as ${other.id}: that is one account with one limit`,
      "sign one of them out and in as another account of yours, or remove it from the config",
    )
  );
}

async function notedLogin(files: Look["ports"]["files"], account: AccountSpec) {
  const noted = await readClaudeJson(files, account);
  return noted === null || noted === "unreadable" ? null : noted.login;
}

/** An organization has many members and a person may have many organizations: it takes both. */
function isTelling(status: AuthStatus): boolean {
  return !("unknown" in status) && status.signedIn && status.email !== null && status.org !== null;
}

function sameAnswer(a: AuthStatus, b: AuthStatus): boolean {
  if ("unknown" in a || "unknown" in b || !isTelling(b)) return false;
  return a.email === b.email && a.org === b.org;
}
