/**
 * The control plane as it listens for real: a unix socket, and TCP on a port of loopback, over a store in memory.
 *
 * @module
 */
import type { Scope } from "../../lib/http/caller.ts";
import { front, type FrontOptions } from "../../lib/http/front.ts";
import { Once } from "../../lib/http/once.ts";
import { Rate } from "../../lib/http/rate.ts";
import {
  makeToken,
  type Token,
  tokenKeeper,
  tokensPath,
  writeTokens,
} from "../../lib/http/tokens.ts";
import type { Fact } from "../../lib/model/event.ts";
import { systemFiles, systemNet } from "../../lib/ports/real.ts";
import { systemClock } from "../../lib/ports/clock.ts";
import { testHome } from "../support/mod.ts";
import { setup } from "./setup.ts";

export interface ServedOptions {
  readonly facts?: Fact[];
  readonly rate?: { perSecond: number; burst: number };
  readonly guesses?: { perSecond: number; burst: number };
  /** How many times as fast as the clock a slow body's patience ends. */
  readonly hurry?: number;
}

export async function served(
  {
    facts,
    rate = { perSecond: 1e6, burst: 1e6 },
    guesses = { perSecond: 1e6, burst: 1e6 },
    hurry = 1,
  }: ServedOptions = {},
) {
  const home = await testHome();
  const world = setup(facts ? { facts } : {});
  const path = tokensPath({ paths: { stateDir: home.path("state") } });
  let skewMs = 0;
  const tokens: Token[] = [];
  const shared: Omit<FrontOptions, "tcp"> = {
    app: world.controlled,
    tokens: tokenKeeper({
      files: systemFiles,
      path,
      now: () => systemClock.now() + skewMs,
      // Each look is a new one: what a test has written counts at once.
      monotonic: (() => {
        let ms = 0;
        return () => ms += 10_000;
      })(),
    }),
    once: new Once(world.control),
    now: systemClock.monotonic,
    pause: (ms, signal) => systemClock.sleep(ms / hurry, signal).catch(() => {}),
  };
  const socketPath = home.path("control.sock");
  const socket = await systemNet.serve(socketPath, front({ ...shared, tcp: null }));
  const hosts = new Set<string>();
  const tcp = await systemNet.serveTcp(
    { hostname: "127.0.0.1", port: 0 },
    front({
      ...shared,
      tcp: { hosts, scheme: "http", rate: new Rate(rate), guesses: new Rate(guesses) },
    }),
  );
  const { port } = tcp;
  for (const name of ["127.0.0.1", "localhost"]) hosts.add(`${name}:${port}`);
  return {
    ...world,
    home,
    socketPath,
    port,
    url: `http://127.0.0.1:${port}`,
    /** Makes a token and gives its text. */
    async token(scope: Scope, { expiresAt = null }: { expiresAt?: number | null } = {}) {
      const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
      const made = makeToken({ name: scope, scope, expiresAt, now: systemClock.now(), random });
      tokens.push(made.token);
      await writeTokens(systemFiles, path, tokens);
      return made.text;
    },
    async revoke(text: string) {
      const at = tokens.findIndex(({ id }) => text.startsWith(`cf_${id}_`));
      tokens[at] = { ...tokens[at]!, revokedAt: systemClock.now() };
      await writeTokens(systemFiles, path, tokens);
    },
    /** The wall clock of the token check goes on. */
    later: (ms: number) => void (skewMs += ms),
    closeServers: async () => void await Promise.all([socket.close(), tcp.close()]),
    async [Symbol.asyncDispose]() {
      await Promise.all([socket.close(), tcp.close()]);
      world[Symbol.dispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

export type Served = Awaited<ReturnType<typeof served>>;
