/**
 * A pool as a person would have it: a home, two accounts A and B, a config, and `claude-failover run` as a process of its
 * own. Only the credentials are made up, and the provider is the local API.
 *
 * @module
 */
import { join } from "node:path";
import type { Event } from "../../../lib/model/event.ts";
import { seedAccount } from "../../contract/seed_account.ts";
import { type RunningApi, startApi } from "../../fakes/api/server.ts";
import { type TestHome, testHome, type TestSocket, tmuxSocket } from "../../support/mod.ts";
import { claudeEnv, claudePath } from "./claude.ts";
import { Program } from "./program.ts";

export interface PoolOptions {
  readonly sessions: readonly string[];
  /** How long a move waits for the end of a turn, as the config says it. */
  readonly quiesceGrace?: string;
  /** Percent of the five-hour window at which sessions move away. */
  readonly fiveHour?: number;
}

export interface Pool extends AsyncDisposable {
  readonly api: RunningApi;
  readonly home: TestHome;
  readonly socket: TestSocket;
  /** The sessions' folder. */
  readonly cwd: string;
  readonly projectsDir: string;
  /** Starts the daemon, or one more life of it. */
  start(): Program;
  /** A command of the CLI; throws with its stderr when it fails. */
  cli(...args: string[]): Promise<string>;
  /** Types a text into a session and waits until the daemon has seen it taken. */
  prompt(daemon: Program, session: string, text: string): Promise<Event>;
}

/** Right after its start claude may lose an Enter on a busy machine (2.1.330); the text stays in its box. */
/** Under load, 1 of 24 Enters right after SessionStart was lost (2.1.330); a second one does no harm. */
const ENTER_AGAIN_MS = 2_500;

export async function pool(options: PoolOptions): Promise<Pool> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await testHome());
  const api = stack.use(await startApi());
  const socket = stack.use(await tmuxSocket());
  const cwd = home.path("work");
  const projectsDir = home.path("projects");
  for (const dir of [cwd, projectsDir]) await Deno.mkdir(dir);
  for (const name of ["A", "B"]) {
    await seedAccount(home.path(name), { name, projectsDir, trusted: [cwd] });
  }
  const configPath = home.path("config.yaml");
  await Deno.writeTextFile(configPath, configText({ ...options, home, api, socket, cwd }));
  const env = {
    ...home.env,
    CLAUDE_FAILOVER_CONFIG: configPath,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache", "deno"),
  };
  const owned = stack.move();
  const start = () => owned.use(Program.start(["run", "--json"], env));
  return {
    api,
    home,
    socket,
    cwd,
    projectsDir,
    start,
    cli: (...args) => Program.output(args, env),
    async prompt(daemon, session, text) {
      const accepted = (withinMs: number) =>
        daemon.event("prompt.accepted", { after: place, session, withinMs });
      const keys = (...words: string[]) => socket.tmux("send-keys", "-t", `=${session}:`, ...words);
      const place = daemon.place();
      await keys("-l", "--", text);
      await keys("Enter");
      return await accepted(ENTER_AGAIN_MS).catch(async () => {
        await keys("Enter");
        return await accepted(60_000);
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The transcripts of a conversation: one, or it has forked. */
export async function transcripts(pool: Pool, conversation: string): Promise<TranscriptLine[][]> {
  const found: TranscriptLine[][] = [];
  for await (const project of Deno.readDir(pool.projectsDir)) {
    const path = join(pool.projectsDir, project.name, `${conversation}.jsonl`);
    const text = await Deno.readTextFile(path).catch(() => null);
    if (text !== null) found.push(text.trim().split("\n").map((line) => JSON.parse(line)));
  }
  return found;
}

export interface TranscriptLine {
  readonly type: string;
  readonly sessionId?: string;
  readonly isApiErrorMessage?: boolean;
  readonly message?: { readonly content: string | readonly { type: string; text?: string }[] };
}

/** What people and the agent have said in it, in order; the lines of limits and other errors left out. */
export function textsOf(lines: readonly TranscriptLine[]): string[] {
  return lines
    .filter(({ type, isApiErrorMessage }) =>
      (type === "user" || type === "assistant") && !isApiErrorMessage
    )
    .flatMap(({ message }) => {
      const content = message?.content ?? [];
      if (typeof content === "string") return [content];
      return content.flatMap((block) => block.type === "text" ? [block.text ?? ""] : []);
    });
}

function configText(
  { home, api, socket, cwd, sessions, quiesceGrace = "30s", fiveHour = 100 }: PoolOptions & {
    home: TestHome;
    api: RunningApi;
    socket: TestSocket;
    cwd: string;
  },
): string {
  const account = (id: string, priority: number) => ({
    id,
    kind: "subscription",
    config_dir: home.path(id),
    priority,
    thresholds: { five_hour: fiveHour, weekly: 100 },
    env: claudeEnv(api),
  });
  // JSON is YAML.
  return JSON.stringify({
    version: 1,
    accounts: [account("A", 1), account("B", 2)],
    failover: {
      mode: "auto",
      to_kinds: ["subscription"],
      quiesce_grace: quiesceGrace,
      slow_boots_above_load: 1_000, // whatever else this machine does
    },
    launch: { permission_mode: "bypassPermissions" },
    sessions: [{ names: sessions, cwd, account: "A" }],
    share: { projects_dir: home.path("projects") },
    claude: { path: claudePath() },
    tmux: { socket: socket.path },
    paths: { state_dir: home.path("state"), runtime_dir: home.path("run") },
  });
}
