/**
 * The screens of Claude Code that the daemon must tell from one another, and how each is brought about.
 *
 * "Resume from summary" is not among them: 2.1.330 offers it behind a switch of the provider and only with a summary
 * that it has made before, and neither can be had from the local API.
 *
 * @module
 */
import { join } from "node:path";
import type { Stage } from "./stage.ts";

export interface Scene {
  /** The name of its file, without the width. */
  readonly name: string;
  /** What it differs in from a session of a trusted folder that starts at its prompt. */
  readonly with?: {
    readonly distrusted?: boolean;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly settings?: Readonly<Record<string, unknown>>;
    /** Taken as soon as it is up. */
    readonly prompt?: string;
    /** Put over what `.claude.json` holds. */
    readonly claudeJson?: Readonly<Record<string, unknown>>;
  };
  /** Before it starts. */
  readonly prepare?: (stage: Stage) => unknown;
  readonly act?: (stage: Stage) => Promise<unknown>;
  /** Stands on the screen when it is there. */
  readonly shows: RegExp;
}

const SKIP = { args: ["--dangerously-skip-permissions"] };
const ASK = { args: ["--permission-mode", "default"] };

/** What somebody may write who talks about Claude Code with Claude Code. */
const QUOTED = `My session stands at this, what shall I do?

${"▔".repeat(60)}
  What do you want to do?

  ❯ 1. Stop and wait for limit to reset
    2. Switch to usage credits
    3. Upgrade your plan

  Enter to confirm · Esc to cancel`;

const WAIT = "timeout 60 tail -f /dev/null";
const COLOUR = {
  question: "Which colour?",
  header: "Colour",
  multiSelect: false,
  options: [
    { label: "Red", description: "as a rose" },
    { label: "Blue", description: "as the sky" },
  ],
};

export const SCENES: readonly Scene[] = [
  { name: "idle", with: SKIP, shows: /bypass permissions on/ },
  { name: "answered", with: { ...SKIP, prompt: "hello" }, shows: /echo: hello/ },
  { name: "working", with: { ...SKIP, prompt: `@@bash ${WAIT}` }, shows: /esc to interrupt/ },
  { name: "quoted", with: { ...SKIP, prompt: QUOTED }, shows: /\[A\] echo/ },
  {
    name: "onboarding",
    with: { claudeJson: { hasCompletedOnboarding: false } },
    shows: /text style/,
  },
  { name: "trust", with: { distrusted: true }, shows: /trust this folder/ },
  {
    name: "bypass",
    with: { ...SKIP, settings: { skipDangerousModePermissionPrompt: false } },
    shows: /Yes, I accept/,
  },
  {
    name: "limit",
    with: { ...SKIP, prompt: "hello" },
    prepare: answer({ mode: "limit", claim: "five_hour" }),
    shows: /Stop and wait/,
  },
  {
    name: "limit-continues",
    with: { ...SKIP, prompt: "hello", settings: { autoContinueAtUsageLimit: true } },
    prepare: answer({ mode: "limit", claim: "five_hour" }),
    shows: /Continuing automatically/,
  },
  {
    name: "background",
    with: {
      ...SKIP,
      prompt: call("Bash", { command: WAIT, description: "wait", run_in_background: true }),
    },
    async act(stage) {
      await stage.shows(/1 shell still running/);
      await stage.submit("/exit");
    },
    shows: /Exit and stop tasks/,
  },
  { name: "permission-bash", with: { ...ASK, prompt: "@@bash touch made" }, shows: /4\. No/ },
  {
    name: "permission-write",
    with: { ...ASK, prompt: call("Write", { file_path: "made.txt", content: "one\ntwo\n" }) },
    shows: /3\. No/,
  },
  {
    name: "permission-plan",
    with: { args: ["--permission-mode", "plan"], prompt: call("ExitPlanMode", {}) },
    shows: /2\. No/,
  },
  {
    name: "question",
    with: { ...SKIP, prompt: call("AskUserQuestion", { questions: [COLOUR] }) },
    shows: /Enter to select/,
  },
  {
    name: "mcp",
    with: SKIP,
    prepare: ({ cwd }) =>
      Deno.writeTextFile(
        join(cwd, ".mcp.json"),
        JSON.stringify({ mcpServers: { clock: { command: "true" } } }),
      ),
    shows: /New MCP server found/,
  },
  {
    name: "api-key",
    with: { ...SKIP, env: { ANTHROPIC_API_KEY: "sk-ant-api03-A" } },
    shows: /Detected a custom API key/,
  },
  {
    name: "settings",
    with: {
      ...SKIP,
      settings: { hooks: { NoSuchEvent: [{ hooks: [{ type: "command", command: "true" }] }] } },
    },
    shows: /Settings Warning/,
  },
  {
    name: "imports",
    with: SKIP,
    async prepare({ cwd, home }) {
      await Deno.writeTextFile(home.path("outside.md"), "# Outside\n");
      await Deno.writeTextFile(join(cwd, "CLAUDE.md"), `@${home.path("outside.md")}\n`);
    },
    shows: /external CLAUDE\.md/,
  },
  {
    name: "login-refused",
    with: { ...SKIP, prompt: "hello" },
    prepare: answer({ mode: "unauthorized" }),
    shows: /Once fixed/,
  },
  {
    name: "login-expired",
    with: { ...SKIP, prompt: "hello" },
    prepare: answer({ mode: "revoked" }),
    shows: /Once fixed/,
  },
  {
    name: "signed-out",
    with: SKIP,
    prepare: ({ configDir }) => Deno.remove(join(configDir, ".credentials.json")),
    shows: /Not logged in/,
  },
  {
    name: "login",
    with: SKIP,
    act: (stage) => stage.submit("/login"),
    shows: /Select login method/,
  },
];

/** A prompt that has the local API call this tool. */
function call(tool: string, input: unknown): string {
  return `@@tool ${tool} ${JSON.stringify(input)}`;
}

function answer(how: Readonly<Record<string, unknown>>) {
  return ({ api }: Stage) => Object.assign(api.account("A"), how);
}
