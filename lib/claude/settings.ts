/**
 * The settings of one run, for `claude --settings FILE`.
 *
 * They come on top of the person's own: hooks of every source run, ours beside theirs; the status line is
 * replaced, so ours runs theirs. A change to the file while it is in use has no effect (2.1.330).
 *
 * @module
 */
import { z } from "zod";
import type { AccountSpec, Config, LaunchSpec } from "../model/config.ts";
import type { RunId } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import {
  hookScriptPath,
  spoolDir,
  STATUS_LINE_SCRIPT,
  statusLinePath,
  statusLineScriptPath,
} from "./layout.ts";
import { shQuote } from "./shell.ts";

/** Each message counts. */
const EDGES = [
  "SessionStart",
  "UserPromptSubmit",
  "Stop",
  "StopFailure",
  "Notification",
  "PermissionRequest",
  "SessionEnd",
] as const;

/** Only the last message counts. */
const TOOL_EVENTS = ["PreToolUse", "PostToolUse", "PostToolUseFailure"] as const;

/**
 * The hooks we ask for, all known to 2.1.197 and 2.1.330. An event that a version does not know opens a dialog
 * that blocks the session, so nothing is added here without a look at both.
 */
export const HOOK_EVENTS = [...EDGES, ...TOOL_EVENTS] as const;

/** SessionEnd hooks have 1.5 s in all unless they say more; the rest only bounds a hanging disk. */
const HOOK_TIMEOUT_S = 5;

/** A person's own status line: the command, and the settings that stand beside it (padding, refreshInterval). */
export interface UserStatusLine {
  readonly command: string;
  readonly others: Readonly<Record<string, unknown>>;
}

/** The text of the settings file. */
export function settingsText(
  config: Config,
  run: RunId,
  { launch, userStatusLine }: { launch: LaunchSpec; userStatusLine: UserStatusLine | null },
): string {
  const spool = spoolDir(config, run);
  // A shell line, not `args`: a version without the exec form would start `sh` alone and feed it the message as a script.
  const hook = (...args: string[]) => {
    const command = commandLine(hookScriptPath(config, run), spool, ...args);
    return [{ hooks: [{ type: "command", command, timeout: HOOK_TIMEOUT_S }] }];
  };
  const statusLine = [statusLineScriptPath(config, run), statusLinePath(config, run)];
  if (userStatusLine) statusLine.push(userStatusLine.command);
  const settings = {
    // Exactly one party may go on after a limit; this one would do it under the account that is used up.
    autoContinueAtUsageLimit: false,
    ...(launch.permissionMode === "bypassPermissions"
      ? { skipDangerousModePermissionPrompt: true }
      : {}),
    // Added to what the person allows: an agent that has done its task must not wait for leave to say so.
    permissions: { allow: ["done", "fail"].map((word) => `Bash(claude-failover task ${word}:*)`) },
    statusLine: {
      ...userStatusLine?.others,
      type: "command",
      command: commandLine(...statusLine),
    },
    hooks: Object.fromEntries([
      ...EDGES.map((event) => [event, hook("edge", event)]),
      ...TOOL_EVENTS.map((event) => [event, hook("state", "tool")]),
    ]),
  };
  return JSON.stringify(settings, null, 1) + "\n";
}

function commandLine(...words: string[]): string {
  return ["exec", "/bin/sh", ...words.map(shQuote)].join(" ");
}

const userSettingsSchema = z.looseObject({
  statusLine: z.looseObject({ type: z.literal("command"), command: z.string().min(1) }),
});

/**
 * The status line that the session would have without us: of the project's local settings, of the project's, or of
 * the account's, in the order of Claude Code. Null when there is none, or when it is one of ours (settings get copied).
 */
export async function userStatusLine(
  files: Files,
  { account, cwd }: { account: AccountSpec; cwd: string },
): Promise<UserStatusLine | null> {
  const places = [
    `${cwd}/.claude/settings.local.json`,
    `${cwd}/.claude/settings.json`,
    `${account.configDir}/settings.json`,
  ];
  for (const place of places) {
    const found = parseUserStatusLine(await files.read(place).catch(() => null) ?? "");
    if (found) return found;
  }
  return null;
}

/** The status line command in the text of a settings file; lenient, since the file is a person's. */
export function parseUserStatusLine(text: string): UserStatusLine | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = userSettingsSchema.safeParse(json).data;
  if (!parsed || parsed.statusLine.command.includes(STATUS_LINE_SCRIPT)) return null;
  const { type: _, command, ...others } = parsed.statusLine;
  return { command, others };
}
