/**
 * What a preflight finds: problems that keep all work away from an account, and folders that it alone has not been told
 * to trust, which only matter to the sessions in them. And until when it is signed in.
 *
 * @module
 */
import type { AccountSpec, Config } from "./config.ts";
import type { Fact } from "./event.ts";
import type { AccountId } from "./ids.ts";
import type { Account } from "./state.ts";

export interface FolderProblem {
  /** As the config says it. */
  readonly cwd: string;
  /** A sentence without its full stop. */
  readonly what: string;
}

/** A plain text stands in everybody's way. */
export type PreflightProblem = string | FolderProblem;

export interface Preflight {
  readonly problems: readonly PreflightProblem[];
  /** When the sign-in ends at the latest, in epoch milliseconds; null: it does not say. */
  readonly signInEndsAt: number | null;
}

/** The preflight as it goes into the journal. */
export function checkedFact(account: AccountId, { problems, signInEndsAt }: Preflight): Fact {
  return {
    type: "account.checked",
    account,
    problems: problems.filter((problem) => typeof problem === "string"),
    folders: problems.filter((problem) => typeof problem !== "string"),
    signInEndsAt,
  };
}

/** The folders of the sessions that may come to this account. */
export function cwdsFor(config: Config, account: AccountSpec): string[] {
  const cwds = config.sessions.filter((s) => s.allowedAccounts.includes(account.id));
  return [...new Set(cwds.map((s) => s.cwd))];
}

/** Why a session in this folder would stand at a dialog under the account, or null. */
export function folderProblem(account: Account | undefined, cwd: string): string | null {
  return account?.check?.folders?.find((f) => f.cwd === cwd)?.what ?? null;
}
