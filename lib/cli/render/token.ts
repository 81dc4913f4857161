/**
 * Tokens as text: never what is kept of the secret.
 *
 * @module
 */
import { faultOf, type Token } from "../../http/tokens.ts";
import type { RenderOptions } from "./status.ts";
import { table } from "./table.ts";
import { roughly } from "../../words/time.ts";

export function renderTokens(
  tokens: readonly Token[],
  now: number,
  options: RenderOptions,
): string {
  if (tokens.length === 0) return "  none: `claude-failover token create NAME` makes one";
  const { style } = options;
  return table(
    ["TOKEN", "FOR", "SCOPE", "AGE", "STATE"],
    tokens.map((token) => {
      const { id, name, scope, createdAt } = token;
      const state = stateOf(token, now);
      const shown = faultOf(token, now) === null ? style.good(state) : style.dim(state);
      return [style.name(id), name, scope, roughly(now - createdAt), shown];
    }),
    options,
  );
}

function stateOf({ revokedAt, expiresAt }: Token, now: number): string {
  if (revokedAt !== null) return `revoked ${roughly(now - revokedAt)} ago`;
  if (expiresAt === null) return "good";
  return expiresAt <= now ? "expired" : `good for ${roughly(expiresAt - now)}`;
}
