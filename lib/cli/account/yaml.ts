/**
 * A new account in the text of a config file.
 *
 * @module
 */
import type { AccountKind } from "../../model/config.ts";
import { itemLines, withItem } from "../yaml_list.ts";

export interface NewAccount {
  readonly id: string;
  readonly kind: AccountKind;
  /** As it is to stand in the file, e.g. `~/.claude-spare`. */
  readonly configDir: string;
}

/** The account as lines of the file's list. */
export function accountLines(account: NewAccount): string[] {
  return itemLines({ pairs: pairsOf(account) });
}

/** The text with the account as the last of `accounts`. */
export function withAccount(text: string, account: NewAccount): string {
  return withItem(text, { list: "accounts", pairs: pairsOf(account) });
}

function pairsOf({ id, kind, configDir }: NewAccount) {
  return [["id", id], ["kind", kind], ["config_dir", configDir]] as const;
}
