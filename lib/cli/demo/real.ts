/**
 * The cast of `demo --real`: the installed, unmodified Claude Code, which takes the project's local API for the
 * provider. The sign-ins are made up, the config dirs the demo's own; nothing leaves the machine.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../ports/clock.ts";
import type { Files } from "../../ports/files.ts";
import type { Processes } from "../../ports/process.ts";
import type { CliContext } from "../context.ts";
import { type CliError, mistake } from "../errors.ts";
import { chapterCommand } from "./places.ts";
import { ACCOUNTS, type Cast, CHAPTERS, type DemoAccount, type Places } from "./scene.ts";

export interface RealDeps {
  readonly context: CliContext;
  readonly files: Files;
  readonly processes: Processes;
  readonly clock: Clock;
}

/** The provider's side: what each account has used at the start, and what a turn adds. */
const USED: Readonly<Record<DemoAccount, number>> = { work: 0.42, spare: 0.12 };
const BURN = 0.05;
/** Before this prompt, counted from 0, the local API closes the window. */
const LIMIT_BEFORE = 5;

export async function realCast(places: Places, deps: RealDeps): Promise<Cast> {
  const claudePath = await findClaude(deps);
  const api = await startApi(places);
  try {
    for (const account of ACCOUNTS) {
      await signIn(deps.files, places, account);
      await api.set(account, { util5h: USED[account], burn: BURN });
    }
  } catch (error) {
    await api.close();
    throw error;
  }
  return {
    agent: `Claude Code ${await versionOf(deps, claudePath)} against a local API`,
    claudePath,
    env: {
      ...api.env,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
      // Claude Code refuses bypassPermissions to root without it (2.1.330).
      ...(Deno.uid() === 0 ? { IS_SANDBOX: "1" } : {}),
    },
    permissionMode: "bypassPermissions",
    prompts: Array.from({ length: CHAPTERS }, (_, i) => `@@bash ${chapterCommand(i + 1)}`),
    smallTalk: "@@text I will remember the word heron.",
    beforePrompt: async (index) => {
      if (index === LIMIT_BEFORE) await api.set("work", { mode: "limit" });
    },
    close: () => api.close(),
  };
}

async function findClaude({ context, processes }: RealDeps): Promise<string> {
  const { code, stdout } = await processes.run(["sh", "-c", "command -v claude"], {
    env: { PATH: context.env["PATH"] ?? "" },
    timeoutMs: 5_000,
  });
  if (code === 0) return stdout.trim();
  throw mistake(
    "Cannot play with the real Claude Code: there is no claude in PATH",
    "`npm install -g @anthropic-ai/claude-code`, or play `claude-failover demo` without it",
  );
}

async function versionOf({ context, processes }: RealDeps, claudePath: string): Promise<string> {
  const { stdout } = await processes.run([claudePath, "--version"], {
    env: { PATH: context.env["PATH"] ?? "", HOME: context.home },
    timeoutMs: 10_000,
  });
  return stdout.trim().split(" ")[0] || "of an unknown version";
}

/** A sign-in that only the local API takes: its accounts are the names in the tokens. */
async function signIn(files: Files, places: Places, account: DemoAccount): Promise<void> {
  const claudeAiOauth = {
    accessToken: `sk-ant-oat01-${account}`,
    refreshToken: `sk-ant-ort01-${account}`,
    expiresAt: Date.UTC(2099, 0, 1),
    scopes: ["user:inference", "user:profile"],
    subscriptionType: "max",
  };
  const path = join(places.configDir(account), ".credentials.json");
  await files.writeAtomic(path, JSON.stringify({ claudeAiOauth }), 0o600);
}

interface LocalApi {
  readonly env: Readonly<Record<string, string>>;
  set(account: DemoAccount, values: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

/** The local API lies in the tests, so it is there in a source tree only. */
async function startApi(places: Places): Promise<LocalApi> {
  const main = new URL("../../../test/fakes/api/main.ts", import.meta.url);
  if (main.protocol !== "file:" || !await exists(fileURLToPath(main))) throw noSourceTree();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(main)],
    env: { TMPDIR: places.root },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const env: Record<string, string> = {};
  let control: string | null = null;
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  let text = "";
  for await (const chunk of lines.values({ preventCancel: true })) {
    text += chunk;
    control = /^# to steer it: (\S+)$/m.exec(text)?.[1] ?? null;
    if (control !== null) break;
  }
  if (control === null) {
    throw new Error("Cannot play with the real Claude Code: no local API came up");
  }
  for (const [, name, value] of text.matchAll(/^([A-Z_]+)=(.*)$/gm)) env[name!] = value!;
  const url = control;
  return {
    env,
    async set(account, values) {
      const response = await fetch(`${url}/${account}`, {
        method: "PATCH",
        body: JSON.stringify(values),
      });
      const said = await response.text();
      if (!response.ok) throw new Error(`Cannot steer the local API: ${said}`);
    },
    async close() {
      child.kill("SIGTERM");
      await lines.cancel();
      await child.status;
    },
  };
}

function noSourceTree(): CliError {
  return mistake(
    "Cannot play with the real Claude Code: the local API is part of the source tree, and this is a built program",
    "run `scripts/demo --real` in a clone of the repository",
  );
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
