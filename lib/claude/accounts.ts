/**
 * Whether work can go on under an account, seen without changing anything: its config dir and links, its
 * sign-in, the dialogs that would stop an unattended session, and what is different there.
 *
 * @module
 */
import type { AccountSpec, Config } from "../model/config.ts";
import type { AccountId } from "../model/ids.ts";
import type { Preflight } from "../model/preflight.ts";
import { dirFindings, linkFindings } from "./account/dir.ts";
import { differenceFindings } from "./account/differences.ts";
import type { AccountPorts, Finding, Look } from "./account/finding.ts";
import { hooksFindings } from "./account/hooks.ts";
import { endingFindings, loginFindings, loginOf, sameLoginFindings } from "./account/login.ts";
import { dialogFindings } from "./account/trust.ts";
import { versionFindings } from "./account/version.ts";
import type { AuthStatus } from "./auth.ts";
import type { LocalTimeOf } from "../words/time.ts";

export type { AccountPorts, Finding } from "./account/finding.ts";
export { describeLogin, isEnding, loginOf } from "./account/login.ts";

export interface AccountReport {
  readonly account: AccountId;
  readonly login: AuthStatus;
  /** Errors first. */
  readonly findings: readonly Finding[];
}

export interface CheckOptions {
  /** The folders its sessions may work in. */
  readonly cwds: readonly string[];
  readonly now: number;
  readonly localTime: LocalTimeOf;
}

/** Everything there is to say. About 1 s. */
export async function checkAccount(
  ports: AccountPorts,
  config: Config,
  account: AccountSpec,
  { cwds, now, localTime }: CheckOptions,
): Promise<AccountReport> {
  const look = { ports, config, account };
  const [obstacles, version, hooks, differences] = await Promise.all([
    obstaclesFor(look, cwds),
    versionFindings(look),
    hooksFindings(look, cwds),
    differenceFindings(look),
  ]);
  const ending = endingFindings(obstacles.login, account, { now, localTime });
  const findings = [...obstacles.findings, ...ending, ...version, ...hooks, ...differences];
  return { account: account.id, login: obstacles.login, findings: findings.sort(bySeverity) };
}

/**
 * Only what forbids to go on under the account, as quickly as can be: `claude auth status` takes nearly all
 * of it, 0.4 s (at most 10 s).
 */
export async function preflight(
  ports: AccountPorts,
  config: Config,
  account: AccountSpec,
  cwds: readonly string[],
): Promise<Preflight> {
  const { findings, login } = await obstaclesFor({ ports, config, account }, cwds);
  const problems = findings
    .filter(({ severity }) => severity === "error")
    .map(({ what, cwd }) => cwd === undefined ? what : { cwd, what });
  return { problems, signInEndsAt: "unknown" in login ? null : login.endsAt };
}

/** What can keep a session from going on, and what was learnt on the way. */
async function obstaclesFor(
  look: Look,
  cwds: readonly string[],
): Promise<{ login: AuthStatus; findings: Finding[] }> {
  const [login, links] = await Promise.all([loginOf(look), linkFindings(look)]);
  const dir = await look.ports.files.stat(look.account.configDir);
  if (dir?.kind !== "dir") return { login, findings: links }; // the rest would only say so again
  const [inDir, dialogs, same] = await Promise.all([
    dirFindings(look),
    dialogFindings(look, cwds),
    sameLoginFindings(look, login),
  ]);
  const findings = [...links, ...inDir, ...dialogs, ...loginFindings(login, look.account), ...same];
  return { login, findings };
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

function bySeverity(a: Finding, b: Finding): number {
  return RANK[a.severity] - RANK[b.severity];
}
