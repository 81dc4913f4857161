/**
 * Which arguments of `claude` a config may add, and which ones this program gives itself.
 *
 * @module
 */
import { type Fault, quote } from "./problem.ts";
import { isSecretValue } from "./secrets.ts";

const CONVERSATION = "which conversation a session goes on with is decided at each start";
const SETTINGS = "it carries the hooks this program sees by, and of two only the last counts";
const HEADLESS = "a session is an interactive one, in its pane";
const ELSEWHERE = "the session would run outside its pane, out of reach";

/** Flags -> why they are ours (from `claude --help`, 2.1.330). */
const OWNED: readonly (readonly [flags: readonly string[], why: string])[] = [
  [["--resume", "-r", "--continue", "-c", "--session-id", "--fork-session"], CONVERSATION],
  [["--from-pr", "--teleport"], CONVERSATION],
  [["--settings"], SETTINGS],
  [["--bare", "--safe-mode"], "it runs no hooks, so nothing of the session would be seen"],
  [["--print", "-p", "--no-session-persistence"], HEADLESS],
  [["--bg", "--background", "--cloud", "--desktop", "--tmux"], ELSEWHERE],
  [["--worktree", "-w"], "each start would make another worktree; make it once and name it as cwd"],
  [["--version", "-v", "--help", "-h"], "claude would print something and end"],
];

/** Flags that have a key of their own. */
const KEYED: Readonly<Record<string, string>> = {
  "--permission-mode": "launch.permission_mode",
  "--dangerously-skip-permissions": "launch.permission_mode: bypassPermissions",
  "--model": "launch.model",
  "--mcp-config": "launch.mcp_config",
  "--add-dir": "launch.add_dirs",
};

/** Null when the argument may be passed on. */
export function argFault(arg: string): Fault | null {
  if (isSecretValue(arg)) {
    const hint = "an argument can be read by everybody on the machine (`ps`)";
    return { what: "looks like a secret", hint };
  }
  if (arg === "--") {
    return { what: "must not be --", hint: "arguments of this program's own come after yours" };
  }
  if (arg.includes("\0")) return { what: "has a NUL character in it", hint: null };
  if (!arg.startsWith("-")) return null;
  const flag = arg.startsWith("--") ? arg.split("=", 1)[0]! : arg.slice(0, 2);
  const spaced = /^(--[\w-]+)\s+(.+)$/s.exec(arg);
  if (spaced) {
    const hint = `write two: ${quote(spaced[1]!)} and ${quote(spaced[2]!)}`;
    return { what: `is one argument with a space in it: ${quote(arg)}`, hint };
  }
  if (Object.hasOwn(KEYED, flag)) {
    return { what: `must not hold ${flag}: it has its own key`, hint: `use ${KEYED[flag]}` };
  }
  const owned = OWNED.find(([flags]) => flags.includes(flag));
  return owned ? { what: `must not hold ${flag}`, hint: owned[1] } : null;
}
