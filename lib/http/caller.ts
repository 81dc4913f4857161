/**
 * Who asks: the owner, by a socket that only they can open, or the holder of a token, who may do what its scope says.
 *
 * @module
 */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { Problem } from "./problem.ts";
import type { OwnVia } from "./via.ts";

/** Each may all that those before it may. */
export const SCOPES = ["read", "operate", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Caller {
  /** Null: the owner. */
  readonly token: string | null;
  readonly scope: Scope;
  /** What the owner's program says it is; absent: the owner themselves. */
  readonly via?: OwnVia;
  /** False once its token is revoked or expired; a stream asks again. */
  isWelcome(): Promise<boolean>;
}

export const OWNER: Caller = {
  token: null,
  scope: "admin",
  isWelcome: () => Promise.resolve(true),
};

/** What a request comes with from `front`. */
export interface AppEnv {
  Bindings: {
    /** Absent: nobody has said who asks, and only what needs no scope is answered. */
    readonly caller?: Caller | undefined;
    /** Of an Idempotency-Key and of what was asked with it. */
    readonly once?: { readonly key: string; readonly digest: string } | undefined;
  };
}

export function callerOf(c: Context): Caller {
  const env: Partial<AppEnv["Bindings"]> | undefined = c.env;
  if (env?.caller) return env.caller;
  throw new Problem("unauthorized", "nobody has said who asks");
}

export function mayDo(scope: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(scope) >= SCOPES.indexOf(needed);
}

/** Answers 403 to whose scope does not reach. */
export function requires(needed: Scope) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const { scope } = callerOf(c);
    if (!mayDo(scope, needed)) {
      throw new Problem("forbidden", `this needs the scope ${needed}, and the token has ${scope}`);
    }
    await next();
  });
}
