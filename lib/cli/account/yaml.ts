/**
 * A new account in the text of a config file. All that stands there stays as it is, comments included.
 *
 * @module
 */
import { isSeq, parseDocument, stringify } from "yaml";
import type { AccountKind } from "../../model/config.ts";

export interface NewAccount {
  readonly id: string;
  readonly kind: AccountKind;
  /** As it is to stand in the file, e.g. `~/.claude-spare`. */
  readonly configDir: string;
}

/** The account as lines of the file's list. */
export function accountLines({ id, kind, configDir }: NewAccount, indent = 2): string[] {
  const pad = " ".repeat(indent);
  return [
    `${pad}- id: ${scalar(id)}`,
    `${pad}  kind: ${kind}`,
    `${pad}  config_dir: ${scalar(configDir)}`,
  ];
}

/** With quotes where YAML would take it for something else. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

/** The text with the account as the last of `accounts`. */
export function withAccount(text: string, account: NewAccount): string {
  const document = parseDocument(text, { keepSourceTokens: true });
  const accounts = document.get("accounts", true);
  const last = isSeq(accounts) ? accounts.items.at(-1) : undefined;
  const end = (last as { range?: [number, number, number] } | undefined)?.range?.[1];
  if (!isSeq(accounts) || accounts.srcToken?.type !== "block-seq" || end === undefined) {
    // A list in brackets, or none: the file is written anew, with its comments but not with its spacing.
    const { id, kind, configDir } = account;
    document.addIn(["accounts"], { id, kind, config_dir: configDir });
    return document.toString({ lineWidth: 0 });
  }
  // The end of a mapping is the start of the line after it, or the end of its last line.
  const at = text[end - 1] === "\n" ? end : lineEnd(text, end);
  const before = text.slice(0, at);
  const glue = before.endsWith("\n") ? "" : "\n";
  const lines = accountLines(account, accounts.srcToken.indent);
  return `${before}${glue}${lines.join("\n")}\n${text.slice(at)}`;
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? text.length : newline + 1;
}
