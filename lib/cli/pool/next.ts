/**
 * What a person does once the config is written, as commands to type.
 *
 * @module
 */
import type { PoolDraft } from "./draft.ts";
import type { FoundDir } from "./find.ts";

/** Lines to print. */
export function nextSteps(
  draft: Pick<PoolDraft, "accounts" | "mode">,
  found: readonly FoundDir[],
): string[] {
  const known = new Set(found.map(({ configDir }) => configDir));
  const own = new Set(found.filter((dir) => dir.ownProjects).map(({ configDir }) => configDir));
  const isUsed = ({ configDir }: { configDir: string }) => own.has(configDir);
  const steps: [command: string, purpose: string][] = [
    ...draft.accounts.filter(({ configDir }) => !known.has(configDir)).map((
      { id },
    ): [string, string] => [
      `claude-failover account add ${id}`,
      "its folder, and Claude Code's own sign-in",
    ]),
    ...draft.accounts.some(isUsed)
      ? [[
        "claude-failover share --dry-run",
        "one folder of conversations for all accounts",
      ] as [string, string]]
      : [],
    ["claude-failover doctor", "what is missing yet, with what mends it"],
    ["claude-failover run --observe", "what the daemon would do; touches nothing"],
    ["claude-failover run", "the daemon; Ctrl-C stops it, sessions go on"],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  return [
    "Next:",
    ...steps.map(([command, purpose]) => `  ${command.padEnd(width)}  # ${purpose}`),
    ...draft.accounts.length > 1 ? [] : [
      "With one account there is nowhere to move to; `claude-failover account add ID` makes another.",
    ],
  ];
}
