/**
 * A world that an agent lives in: an empty home, two accounts A and B whose config dirs share one `projects` folder, and
 * a private tmux server. What the agent is (the real `claude`, or the scripted one of the demo) and who answers it come in as an `AgentUnderTest`.
 *
 * Every credential here is made up.
 *
 * @module
 */
import { join } from "node:path";
import { type InputBox, inputBox } from "../../lib/claude/input_box.ts";
import { tmuxSocket } from "../support/tmux.ts";
import { type AgentPane, agentPane } from "./agent_pane.ts";
import { seedAccount } from "./seed_account.ts";
import { until } from "./until.ts";

export type AgentAccount = "A" | "B";

/** How the model answers an account from now on. */
export type Answers =
  | { readonly kind: "ok" }
  /** The five-hour window is used up; `resetsAt` in epoch seconds, as the provider says it. */
  | { readonly kind: "limit"; readonly resetsAt: number };

/** What differs between the agents that the contract runs over. */
export interface AgentUnderTest {
  /** The argv that starts it; the contract adds the arguments of `claude`. */
  readonly argv: readonly [string, ...string[]];
  /** Its environment beside HOME, PATH, TERM, LANG and CLAUDE_CONFIG_DIR. */
  env(configDir: string): Readonly<Record<string, string>>;
  /**
   * Its shell may drop a signal: bash 5.2 fails to read a trap that comes while it reads a command substitution ("unexpected EOF
   * while looking for matching `)'"). Such a signal is sent again, as the daemon would.
   */
  readonly dropsSignals?: boolean;
  /** Sets how the account with this config dir is answered. */
  answer(account: AgentAccount, configDir: string, answers: Answers): void | Promise<void>;
}

/** What a hook wrote: the payload as Claude Code gave it. */
export interface HookCall {
  readonly hook_event_name: string;
  readonly session_id: string;
  readonly transcript_path: string;
  readonly cwd: string;
  readonly [field: string]: unknown;
}

/** One process of the agent in a tmux pane of its own. */
export interface AgentRun {
  readonly pid: number;
  readonly configDir: string;
  /** The hooks so far, in the order they came. */
  hooks(): Promise<HookCall[]>;
  /** The n-th call of a hook (1 is the first). Throws with the screen when it does not come in time. */
  hook(name: string, options?: { nth?: number; withinMs?: number }): Promise<HookCall>;
  /** The newest JSON its status line was given, or null. */
  statusLine(): Promise<Record<string, unknown> | null>;
  /** `sessions/<pid>.json` of its config dir, or null when it is not there. */
  registry(): Promise<Record<string, unknown> | null>;
  screen(): Promise<string>;
  /** Null: it is not on the screen. */
  box(): Promise<InputBox | null>;
  type(text: string): Promise<void>;
  /** Types a text and presses Enter. */
  submit(text: string): Promise<void>;
  signal(signal: Deno.Signal): void;
  /** Resolves with the exit status when the process has ended. */
  ended(withinMs?: number): Promise<number>;
}

export interface AgentWorld extends AsyncDisposable {
  /** A folder that both accounts trust. */
  readonly cwd: string;
  /** The one folder of conversations. */
  readonly projectsDir: string;
  readonly home: string;
  configDir(account: AgentAccount): string;
  start(account: AgentAccount, args: readonly string[]): Promise<AgentRun>;
  answer(account: AgentAccount, answers: Answers): Promise<void>;
}

/** Makes the world; disposing of it ends what still runs in it and removes its files. */
export async function agentWorld(agent: AgentUnderTest): Promise<AgentWorld> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "cf-agent-" }));
  const home = join(root, "home");
  const cwd = join(root, "work");
  const projectsDir = join(root, "projects");
  for (const dir of [home, cwd, projectsDir]) await Deno.mkdir(dir);
  for (const account of ["A", "B"] as const) {
    await seedAccount(join(root, account), { name: account, projectsDir, trusted: [cwd] });
  }
  const socket = await tmuxSocket();
  let runs = 0;
  return {
    cwd,
    projectsDir,
    home,
    configDir: (account) => join(root, account),
    async start(account, args) {
      const name = `run-${++runs}`;
      const configDir = join(root, account);
      const spool = join(root, name);
      await Deno.mkdir(spool);
      const settings = join(root, `${name}.json`);
      await Deno.writeTextFile(settings, JSON.stringify(spoolSettings(spool)));
      const env = {
        HOME: home,
        PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
        TERM: "tmux-256color",
        LANG: "C.UTF-8",
        CLAUDE_CONFIG_DIR: configDir,
        ...agent.env(configDir),
      };
      const assigned = Object.entries(env).map(([key, value]) => `${key}=${value}`);
      const argv = ["env", "-i", ...assigned, ...agent.argv, "--settings", settings, ...args];
      const pane = await agentPane(socket, { name, cwd, argv });
      return agentRun({ pane, configDir, spool, dropsSignals: agent.dropsSignals });
    },
    answer: async (account, answers) => {
      await agent.answer(account, join(root, account), answers);
    },
    async [Symbol.asyncDispose]() {
      await socket[Symbol.asyncDispose]();
      await removeTree(root);
    },
  };
}

const HOOKS = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "Stop",
  "StopFailure",
  "Notification",
  "SessionEnd",
];

/** Settings whose hooks leave one file per call in `spool`, and whose status line overwrites one. */
function spoolSettings(spool: string): unknown {
  const hook = join(spool, "hook");
  Deno.writeTextFileSync(
    hook,
    `#!/bin/sh\nf=${spool}/$(date +%s%N)-$$\ncat > "$f.tmp" && mv "$f.tmp" "$f.json"\n`,
    { mode: 0o700 },
  );
  const statusLine = join(spool, "status-line");
  Deno.writeTextFileSync(
    statusLine,
    `#!/bin/sh\ncat > ${spool}/status.$$ && mv ${spool}/status.$$ ${spool}/status\necho ready\n`,
    { mode: 0o700 },
  );
  const each = [{ hooks: [{ type: "command", command: hook, timeout: 5 }] }];
  return {
    autoContinueAtUsageLimit: false,
    skipDangerousModePermissionPrompt: true,
    hooks: Object.fromEntries(HOOKS.map((name) => [name, each])),
    statusLine: { type: "command", command: statusLine },
  };
}

function agentRun(
  { pane, configDir, spool, dropsSignals = false }: {
    pane: AgentPane;
    configDir: string;
    spool: string;
    dropsSignals?: boolean | undefined;
  },
): AgentRun {
  let sent: { readonly signal: Deno.Signal; readonly atMs: number } | null = null;
  const send = (signal: Deno.Signal) => {
    sent = { signal, atMs: performance.now() };
    Deno.kill(pane.pid, signal);
  };
  const hooks = async () => {
    const entries = await Array.fromAsync(Deno.readDir(spool));
    const files = entries.map((entry) => entry.name).filter((name) => name.endsWith(".json"));
    const texts = await Promise.all(
      files.sort().map((file) => Deno.readTextFile(join(spool, file))),
    );
    return texts.map((text) => JSON.parse(text) as HookCall);
  };
  const { pid } = pane;
  return {
    pid,
    configDir,
    hooks,
    hook: (event, { nth = 1, withinMs } = {}) =>
      until(
        async () =>
          (await hooks()).filter((call) => call.hook_event_name === event)[nth - 1] ?? null,
        async () =>
          `no ${event} hook (number ${nth}) came. Hooks so far: ` +
          `${(await hooks()).map((call) => call.hook_event_name).join(", ") || "none"}. Screen:\n` +
          await pane.capture(),
        withinMs,
      ),
    statusLine: () => readJson(join(spool, "status")),
    registry: () => readJson(join(configDir, "sessions", `${pid}.json`)),
    screen: () => pane.capture(),
    box: async () => inputBox(await pane.styled()),
    type: (text) => pane.type(text),
    submit: (text) => pane.submit(text),
    signal: send,
    async ended(withinMs) {
      const { status } = await until(
        async () => {
          const status = await pane.exitStatus();
          if (status !== null) return { status };
          if (dropsSignals && sent && performance.now() - sent.atMs > 3_000) send(sent.signal);
          return null;
        },
        async () => `the agent has not ended. Screen:\n${await pane.capture()}`,
        withinMs,
      );
      return status;
    },
  };
}

async function readJson(path: string): Promise<Record<string, unknown> | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    // Also a file that is being written in place, which is as good as one that is not there yet.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Removes a folder that a dying process may still be writing into. */
async function removeTree(root: string): Promise<void> {
  const removed = () =>
    Deno.remove(root, { recursive: true }).then(() => true, (error) => {
      return error instanceof Deno.errors.NotFound || null;
    });
  await until(removed, () => `${root} cannot be removed`, 5_000);
}
