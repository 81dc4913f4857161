/**
 * What of a finding can be mended without asking: nothing is lost by it, and doing it again changes nothing.
 *
 * @module
 */
import type { Config } from "../../model/config.ts";
import { type AccountId, unreachable } from "../../model/ids.ts";
import type { Files } from "../../ports/files.ts";
import { makeLinks } from "../links.ts";

export type Mend =
  /** Mode 0700, for a folder of ours or a config dir. */
  | { readonly make: "private"; readonly path: string }
  /** The links of an account that are not there yet. */
  | { readonly make: "links"; readonly account: AccountId };

/** Looks again first: what has changed since it was found is left as it is. Throws with what stands in the way. */
export async function mend(files: Files, config: Config, what: Mend): Promise<void> {
  switch (what.make) {
    case "private":
      if ((await files.stat(what.path))?.kind === "dir") await files.makeDir(what.path, 0o700);
      return;
    case "links": {
      const account = config.accounts.find(({ id }) => id === what.account);
      if (account) await makeLinks(files, config, account);
      return;
    }
    default:
      return unreachable(what);
  }
}

/** What was done, for people. */
export function mendWords(what: Mend): string {
  switch (what.make) {
    case "private":
      return `${what.path} is yours alone now (mode 0700)`;
    case "links":
      return `account ${what.account} has its links to the shared folders now`;
    default:
      return unreachable(what);
  }
}
