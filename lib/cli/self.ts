/**
 * What this program is at run time: a file made by `deno compile`, a self-extracting file, or its source under a Deno.
 *
 * @module
 */
import { resolve } from "node:path";

export type Self =
  | { readonly kind: "compiled"; readonly path: string }
  | { readonly kind: "self-extracting"; readonly path: string }
  | { readonly kind: "from source"; readonly path: string; readonly deno: string };

/** What the runtime tells of itself. */
export interface Runtime {
  /** `Deno.build.standalone`. */
  readonly standalone: boolean;
  /** `Deno.execPath()`. */
  readonly execPath: string;
  /** `Deno.mainModule`, a URL. */
  readonly mainModule: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The launcher of the self-extracting file (scripts/build/header.sh) leaves its path in `$CLAUDE_FAILOVER_SELF`. Sessions
 * inherit that, so it counts only for the program that the launcher unpacks, which has a name of its own.
 */
export function selfOf({ standalone, execPath, mainModule, cwd, env }: Runtime): Self {
  if (standalone) return { kind: "compiled", path: execPath };
  const main = decodeURIComponent(new URL(mainModule).pathname);
  const launcher = env["CLAUDE_FAILOVER_SELF"];
  if (launcher && /\/app-[0-9a-f]{64}\.js$/.test(main)) {
    return { kind: "self-extracting", path: resolve(cwd, launcher) };
  }
  return { kind: "from source", path: main, deno: execPath };
}

/** The words that start it again from anywhere. */
export function selfWords(self: Self): [string, ...string[]] {
  return self.kind === "from source" ? [self.deno, "run", "--quiet", "-A", self.path] : [self.path];
}

/**
 * Makes the environment what the user has set: the launcher points Deno at a cache beside the unpacked program, which is
 * nothing for a Deno that runs in a session.
 */
export function handBack(self: Self, env: Pick<Deno.Env, "get" | "set" | "delete">): void {
  if (self.kind !== "self-extracting") return;
  const denoDir = env.get("CLAUDE_FAILOVER_DENO_DIR");
  env.delete("CLAUDE_FAILOVER_DENO_DIR");
  if (denoDir) env.set("DENO_DIR", denoDir);
  else env.delete("DENO_DIR");
}
