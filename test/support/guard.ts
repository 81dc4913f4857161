/**
 * Keeps tests away from the Claude Code of whoever runs them.
 *
 * A test that works with config dirs gets a home of its own from `testHome()`; every path it builds goes
 * through `home.path()`, which refuses what lies outside, and `refuseRealClaude()` stops any path that
 * leads, by whatever links, to the real `~/.claude` or `~/.claude.json`.
 *
 * @module
 */
import { userInfo } from "node:os";
import { leaksIn, refuseLeaks } from "./leaks.ts";
import { basename, dirname, join, relative, resolve } from "node:path";

export interface TestHome extends AsyncDisposable {
  /** An empty folder (0700) with every link resolved. */
  readonly dir: string;
  /** The whole environment a program under test should see: this HOME, and nothing of Claude's or tmux's. */
  readonly env: Readonly<Record<string, string>>;
  /** A path below the home; throws for one that leaves it. */
  path(...parts: string[]): string;
}

/** A home that is gone when the test is over, which then fails if there is a secret in it where none belongs (`leaks.ts`). */
export async function testHome(): Promise<TestHome> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "cf-home-" }));
  refuseRealClaude(dir);
  return {
    dir,
    env: {
      HOME: dir,
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      NO_COLOR: "1",
    },
    path(...parts) {
      const path = resolve(dir, ...parts);
      if (relative(dir, path).startsWith("..")) {
        throw new Error(`Cannot use ${path} in a test: it is outside ${dir}`);
      }
      refuseRealClaude(path);
      return path;
    },
    async [Symbol.asyncDispose]() {
      try {
        refuseLeaks(leaksIn(dir));
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  };
}

/** Throws when the path is, holds or leads into the Claude Code files of the person who runs the tests. */
export function refuseRealClaude(path: string): void {
  const real = followLinks(resolve(path));
  for (const home of [Deno.env.get("HOME"), userInfo().homedir]) {
    if (!home) continue;
    for (const kept of [".claude", ".claude.json"]) {
      const forbidden = followLinks(join(home, kept));
      if (isBelow(real, forbidden) || isBelow(forbidden, real)) {
        throw new Error(
          `Cannot use ${path} in a test: it would touch the real ${join(home, kept)}`,
        );
      }
    }
  }
}

/** The path with the links of its existing part resolved. */
function followLinks(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(followLinks(parent), basename(path));
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
