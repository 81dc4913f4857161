/**
 * How the owner, who needs no token on the unix socket, says that it is not themselves who asks but a program of theirs.
 *
 * @module
 */

/** Not of tokens: their ids are what stands in the journal. */
export const OWN_VIAS = ["mcp"] as const;
export type OwnVia = (typeof OWN_VIAS)[number];

export const VIA_HEADER = "claude-failover-via";
