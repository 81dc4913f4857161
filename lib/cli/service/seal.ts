/**
 * The first line of a file that we write for a service manager: it says whose it is, and shows whether somebody has
 * changed it since.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** `open` and `close` make a comment of the line in the file's language; it stands before or after `head`. */
export interface Comment {
  readonly head: string;
  readonly open: string;
  readonly close: string;
}

const SAYS = "Written by `claude-failover service install`, sha256 ";

export function sealed(body: string, { head, open, close }: Comment): string {
  return `${head}${open}${SAYS}${digest(body)}${close}\n${body}`;
}

/** `ours`: as we have written it. `changed`: ours, and somebody has edited it. `foreign`: not ours. */
export function sealOf(text: string): "ours" | "changed" | "foreign" {
  const at = text.indexOf(SAYS);
  if (at < 0) return "foreign";
  const end = text.indexOf("\n", at);
  const said = text.slice(at + SAYS.length, at + SAYS.length + 64);
  return said === digest(text.slice(end + 1)) ? "ours" : "changed";
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
