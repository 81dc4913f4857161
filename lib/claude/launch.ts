/**
 * The files of a run: its settings, its hook scripts and the script that becomes `claude`. Pure.
 *
 * @module
 */
import type { AccountSpec, Config, LaunchSpec, SessionSpec } from "../model/config.ts";
import type { RunPlan } from "../model/event.ts";
import { EXIT_CONVERSATION_OPEN } from "../model/exits.ts";
import type { RunId } from "../model/ids.ts";
import { accountEnv, KEPT_PREFIX, SCRUBBED_NAMES, SCRUBBED_PREFIXES } from "./env.ts";
import hookScript from "./hook.sh" with { type: "text" };
import launchScript from "./launch.sh" with { type: "text" };
import {
  hookScriptPath,
  launchPath,
  lockPath,
  settingsPath,
  statusLineScriptPath,
} from "./layout.ts";
import { settingsText, type UserStatusLine } from "./settings.ts";
import { shQuote } from "./shell.ts";
import statusLineScript from "./status_line.sh" with { type: "text" };

export interface RunInput {
  readonly config: Config;
  readonly account: AccountSpec;
  readonly session: SessionSpec;
  readonly plan: RunPlan;
  /** The prompt it begins with, or null. */
  readonly prompt: string | null;
}

export interface RunFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** One argument of exec may hold 128 KiB on Linux (MAX_ARG_STRLEN), its NUL included. */
const MAX_PROMPT_BYTES = 131_071;

/** What we say ourselves. `--settings` counts only once, the last one (2.1.330): a second would take our hooks away. */
const RESERVED_ARGS = [
  "--settings",
  "--session-id",
  "--resume",
  "-r",
  "--continue",
  "-c",
  "--fork-session",
  "--print",
  "-p",
  "--bare",
  "--",
];

/** Every file of the run, none of them secret, all of them for the owner alone. */
export function runFiles(
  input: RunInput & { readonly userStatusLine: UserStatusLine | null },
): RunFile[] {
  const { config, session, plan, userStatusLine } = input;
  const settings = settingsText(config, plan.id, { launch: session.launch, userStatusLine });
  const texts: [string, string][] = [
    [hookScriptPath(config, plan.id), hookScript],
    [statusLineScriptPath(config, plan.id), statusLineScript],
    [settingsPath(config, plan.id), settings],
    [launchPath(config, plan.id), launchText(input)],
  ];
  return texts.map(([path, text]) => ({ path, text, mode: 0o600 }));
}

/** What the pane runs. Two words, so that tmux execs it without a shell. */
export function startCommand(config: Config, run: RunId): [string, string] {
  return ["sh", launchPath(config, run)];
}

/** The run's own words in front of the part that is the same for every run. */
function launchText(input: RunInput): string {
  const { config, account, session, plan } = input;
  const env = { ...accountEnv(account), ...ourEnv(config, session) };
  const exports = Object.entries(env)
    .map(([name, value]) => `  export ${name}=${shQuote(value)}`);
  return [
    "#!/bin/sh",
    `cf_claude=${shQuote(config.claude.path)}`,
    `cf_lock=${shQuote(lockPath(config, plan.conversation))}`,
    `cf_what=${shQuote(`${session.name} under ${account.id}`)}`,
    `cf_prefixes=${shQuote(SCRUBBED_PREFIXES.join(" "))}`,
    `cf_names=${shQuote(SCRUBBED_NAMES.join(" "))}`,
    `cf_kept=${shQuote(KEPT_PREFIX)}`,
    `cf_open=${EXIT_CONVERSATION_OPEN}`,
    "cf_give_env() {",
    ...exports,
    "}",
    `set -- ${claudeArgs(input).map(shQuote).join(" ")}`,
    "",
    launchScript,
  ].join("\n");
}

/** For an agent that runs `claude-failover`: whose it is, and of which daemon. */
function ourEnv({ file }: Config, { name }: SessionSpec): Record<string, string> {
  return {
    CLAUDE_FAILOVER_SESSION: name,
    ...(file === undefined ? {} : { CLAUDE_FAILOVER_CONFIG: file }),
  };
}

/** The arguments of `claude`, the prompt last. */
function claudeArgs({ config, session, plan, prompt }: RunInput): string[] {
  return [
    "--settings",
    settingsPath(config, plan.id),
    ...launchArgs(session),
    plan.how === "new" ? "--session-id" : "--resume",
    plan.conversation,
    ...(prompt === null ? [] : promptArgs(prompt)),
  ];
}

/** Claude Code restores none of these on resume, so they are passed each time. */
function launchArgs({ name, launch }: SessionSpec): string[] {
  const reserved = launch.args.find((arg) => RESERVED_ARGS.includes(arg.split("=")[0]!));
  if (reserved !== undefined) {
    throw new Error(
      `Cannot launch ${name}: its launch arguments hold ${reserved}, which is not theirs to say`,
    );
  }
  return [...optionArgs(launch), ...launch.args];
}

function optionArgs({ permissionMode, model, mcpConfig, addDirs }: LaunchSpec): string[] {
  const option = (name: string, values: readonly string[]) =>
    values.length === 0 ? [] : [name, ...values];
  return [
    ...option("--permission-mode", permissionMode === null ? [] : [permissionMode]),
    ...option("--model", model === null ? [] : [model]),
    ...option("--mcp-config", mcpConfig),
    ...option("--add-dir", addDirs),
  ];
}

function promptArgs(prompt: string): string[] {
  const bytes = new TextEncoder().encode(prompt).length;
  if (bytes > MAX_PROMPT_BYTES) {
    throw new Error(
      `Cannot launch with a prompt of ${bytes} bytes: one argument holds ${MAX_PROMPT_BYTES}`,
    );
  }
  return ["--", prompt];
}
