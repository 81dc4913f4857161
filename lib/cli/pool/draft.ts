/**
 * The first config of a pool as text, with the comments that a reader needs.
 *
 * @module
 */
import type { FailoverMode } from "../../model/config.ts";
import { tilde } from "../account/ask.ts";
import { inline, itemLines } from "../yaml_list.ts";

export interface PoolDraft {
  /** The command it was made by. */
  readonly by: string;
  readonly accounts: readonly { readonly id: string; readonly configDir: string }[];
  readonly mode: FailoverMode;
  readonly projects: readonly { readonly id: string; readonly path: string }[];
  readonly sessions: readonly DraftSession[];
  /** The folder that `projects` of the accounts leads to already; null: the usual place. */
  readonly sharedProjects: string | null;
}

export interface DraftSession {
  /** A name or a range of them. */
  readonly names: string;
  readonly project: string | null;
  /** Where it works, unless that is the project's folder. */
  readonly cwd: string | null;
  /** Null: the preferred one. */
  readonly account: string | null;
  /** What its first run goes on with. */
  readonly conversation: string | null;
}

const MODE_WORDS: Readonly<Record<FailoverMode, string>> = {
  auto: "sessions move by themselves at a limit",
  confirm: "a move is proposed, and waits for `swap confirm`",
  off: "nothing moves by itself, only when you ask",
};

export function configText(draft: PoolDraft, home: string): string {
  const { by, accounts, mode, projects, sessions } = draft;
  const items = (list: readonly Pairs[]) => list.flatMap((pairs) => itemLines({ pairs }));
  const parts = [
    [
      `# Made by \`${by}\`. Every key there is: docs/configuration.md, config.example.yaml.`,
      "# After a change: `claude-failover reload`.",
      "version: 1",
    ],
    [
      "# Your accounts, the preferred one first: each a folder of its own, signed in by you through Claude Code itself.",
      "# kind: subscription (a claude.ai login), api-key, bedrock, vertex, foundry or custom.",
      "accounts:",
      ...items(accounts.map(({ id, configDir }, i) => [
        ["id", id],
        ["kind", "subscription"],
        ["config_dir", tilde(configDir, home)],
        ["priority", String(10 * (i + 1))],
      ])).map((line) => line.replace(/priority: "(\d+)"$/, "priority: $1")),
    ],
    [
      "# What happens at a limit: auto, confirm or off. You choose, and you answer to your provider:",
      "# docs/provider-terms.md says what to read before auto or confirm.",
      "failover:",
      `  mode: ${mode} # ${MODE_WORDS[mode]}`,
      `  ${mode === "off" ? "# " : ""}to_kinds: [subscription] # where such a move may go`,
    ],
    ...(projects.length === 0 ? [] : [[
      "# Where the sessions work; tasks are Markdown files in .agent-queue/inbox/ of these.",
      "projects:",
      ...items(projects.map(({ id, path }) => [["id", id], ["path", tilde(path, home)]])),
    ]]),
    [
      "# The pool: each name is a tmux session with one conversation in it.",
      ...(sessions.length === 0
        ? ["sessions: []"]
        : ["sessions:", ...items(sessions.map((session) => pairsOf(session, home)))]),
    ],
  ];
  if (draft.sharedProjects !== null) {
    parts.push([
      "# The accounts' `projects` are links to this folder already.",
      "share:",
      `  projects_dir: ${inline(tilde(draft.sharedProjects, home))}`,
    ]);
  }
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

type Pairs = readonly (readonly [key: string, value: string])[];

function pairsOf(
  { names, project, cwd, account, conversation }: DraftSession,
  home: string,
): Pairs {
  const pairs: [string, string | null][] = [
    ["names", names],
    ["project", project],
    ["cwd", cwd && tilde(cwd, home)],
    ["account", account],
    ["conversation", conversation],
  ];
  return pairs.flatMap(([key, value]) => value === null ? [] : [[key, value] as const]);
}
