/**
 * Whether work can go on under an account, seen without changing anything: its config dir and links, its
 * sign-in, the dialogs that would stop an unattended session, and what is different there.
 *
 * @module
 */
import type { AccountSpec, Config } from "../model/config.ts";
import type { AccountId } from "../model/ids.ts";
import type { PreflightProblem } from "../model/preflight.ts";
import { dirFindings, linkFindings } from "./account/dir.ts";
import { differenceFindings } from "./account/differences.ts";
import type { AccountPorts, Finding, Look } from "./account/finding.ts";
import { hooksFindings } from "./account/hooks.ts";
import { loginFindings, loginOf, sameLoginFindings } from "./account/login.ts";
import { dialogFindings } from "./account/trust.ts";
import { versionFindings } from "./account/version.ts";
import type { AuthStatus } from "./auth.ts";

export type { AccountPorts, Finding } from "./account/finding.ts";
export { describeLogin, loginOf } from "./account/login.ts";

export interface AccountReport {
  readonly account: AccountId;
  readonly login: AuthStatus;
  /** Errors first. */
  readonly findings: readonly Finding[];
}

/** Everything there is to say. `cwds` are the folders its sessions may work in. About 1 s. */
export async function checkAccount(
  ports: AccountPorts,
  config: Config,
  account: AccountSpec,
  cwds: readonly string[],
): Promise<AccountReport> {
  const look = { ports, config, account };
  const [obstacles, version, hooks, differences] = await Promise.all([
    obstaclesFor(look, cwds),
    versionFindings(look),
    hooksFindings(look, cwds),
    differenceFindings(look),
  ]);
  const findings = [...obstacles.findings, ...version, ...hooks, ...differences];
  return { account: account.id, login: obstacles.login, findings: findings.sort(bySeverity) };
}

/**
 * Only what forbids to go on under the account, as quickly as can be: `claude auth status` takes nearly all
 * of it, 0.4 s (at most 10 s). Empty: nothing.
 */
export async function preflight(
  ports: AccountPorts,
  config: Config,
  account: AccountSpec,
  cwds: readonly string[],
): Promise<PreflightProblem[]> {
  const { findings } = await obstaclesFor({ ports, config, account }, cwds);
  return findings
    .filter(({ severity }) => severity === "error")
    .map(({ what, cwd }) => cwd === undefined ? what : { cwd, what });
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
