/**
 * Scripted agents in a real tmux under a daemon that is a process of its own and serves the page over TCP.
 *
 * @module
 */
import { makePool, type Pool } from "../../integration/pool.ts";

export const SESSIONS = ["writer", "notes"] as const;
/** A start of the daemon or a move, on a busy machine. */
export const SLOW_MS = 60_000;

export interface LivePool extends AsyncDisposable {
  readonly pool: Pool;
  readonly url: string;
  /** By the command that people use. */
  token(scope: "read" | "operate"): Promise<string>;
}

/** Both sessions are idle under `work`; `spare` has room. */
export async function livePool(): Promise<LivePool> {
  const listen = `127.0.0.1:${freePort()}`;
  const pool = await makePool({
    accounts: ["work", "spare"],
    sessions: SESSIONS,
    bootTimeout: "60s",
    more: `http: { listen: ${JSON.stringify(listen)} }`,
  });
  try {
    pool.program();
    await pool.until(
      ({ sessions }) => SESSIONS.every((name) => sessions[name]?.phase.name === "idle"),
      SLOW_MS,
    );
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
  return {
    pool,
    url: `http://${listen}/`,
    async token(scope) {
      const { code, out, err } = await pool.cli("dashboard", "--json", "--token", scope);
      if (code !== 0) throw new Error(err);
      return JSON.parse(out).token;
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/** Nobody had it a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
