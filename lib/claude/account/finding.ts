/**
 * What a look at an account turns up.
 *
 * @module
 */
import type { AccountSpec, Config } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import type { Processes } from "../../ports/process.ts";
import type { Mend } from "./mend.ts";

export interface Finding {
  /** `error`: no session can go on under this account. `info`: nothing to do. */
  readonly severity: "error" | "warning" | "info";
  /** A sentence without its full stop. */
  readonly what: string;
  /** The next thing to do; null when there is nothing. */
  readonly hint: string | null;
  /** It stands only in the way of sessions in this folder, as the config says it. */
  readonly cwd?: string;
  /** `doctor --fix` does it. */
  readonly mend?: Mend;
}

export interface AccountPorts {
  readonly files: Files;
  readonly processes: Processes;
  /** Our own environment; scrubbed before `claude` sees it. */
  readonly env: Readonly<Record<string, string>>;
}

/** What each part of a check is given. */
export interface Look {
  readonly ports: AccountPorts;
  readonly config: Config;
  readonly account: AccountSpec;
}

export function error(what: string, hint: string): Finding {
  return { severity: "error", what, hint };
}

export function warning(what: string, hint: string, mend?: Mend): Finding {
  return { severity: "warning", what, hint, ...mend && { mend } };
}

export function info(what: string, hint: string | null = null): Finding {
  return { severity: "info", what, hint };
}
