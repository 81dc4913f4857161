/**
 * Claude Code as far as the daemon can see it, over the fakes: it answers each launch with the hooks that the
 * real one was measured to send (claude-code-lab.md, 2.1.330). It outlives the daemon, as the real one does.
 *
 * @module
 */
import type { FakeFiles } from "../fakes/files.ts";
import type { FakeTmux } from "../fakes/tmux.ts";
import { Ledger } from "./ledger.ts";

export interface FakeAgentOptions {
  readonly tmux: FakeTmux;
  readonly files: FakeFiles;
  readonly projectsDir: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The exit status with which a start ends at once; null: it comes up. */
  readonly breaks?: (start: AgentStart) => number | null;
  /** What it does once it is up. */
  readonly onUp?: (start: AgentStart, agent: FakeAgent) => Promise<void>;
}

/** One start that it saw. */
export interface AgentStart {
  readonly session: string;
  readonly run: string;
  readonly account: string;
  readonly how: "--session-id" | "--resume";
  readonly conversation: string;
  readonly prompt: string | null;
}

export class FakeAgent {
  readonly starts: AgentStart[] = [];
  readonly ledger = new Ledger();
  #tmux: FakeTmux;
  #files: FakeFiles;
  #projectsDir: string;
  #now: () => number;
  #breaks: NonNullable<FakeAgentOptions["breaks"]>;
  #onUp: NonNullable<FakeAgentOptions["onUp"]>;
  #edges = 0;
  #prompts = 0;

  constructor({
    tmux,
    files,
    projectsDir,
    now,
    breaks = () => null,
    onUp = () => Promise.resolve(),
  }: FakeAgentOptions) {
    this.#tmux = tmux;
    this.#files = files;
    this.#projectsDir = projectsDir;
    this.#now = now;
    this.#breaks = breaks;
    this.#onUp = onUp;
    tmux.onCall = async (call) => {
      if (call.kind === "launch") await this.#start(call.session, call.options.argv[1]);
    };
    tmux.onEnd = (session) => this.ledger.ended(session);
  }

  /** A hook fires in the session's present run. */
  async hook(session: string, event: string, payload: Record<string, unknown>): Promise<void> {
    if (event === "Stop") this.ledger.answered(session);
    if (event === "StopFailure") this.ledger.refused(session);
    const start = this.last(session);
    const spool = `${this.#runDir(start.run)}/spool`;
    const body = { session_id: start.conversation, hook_event_name: event, ...payload };
    const name = `1.${String(this.#edges++).padStart(6, "0")}.${event}.edge.json`;
    await this.#files.writeAtomic(`${spool}/${name}`, JSON.stringify(body));
  }

  /** A person gives it a prompt. */
  async prompt(session: string, prompt: string): Promise<void> {
    const id = await this.take(session, prompt);
    const message = { role: "user", content: prompt };
    await this.#write(this.last(session), { type: "user", promptId: id, message });
  }

  /** The first half of a prompt: it is told of by its hook, and not yet in the transcript. */
  async take(session: string, prompt: string): Promise<string> {
    const id = `prompt-${++this.#prompts}`;
    this.ledger.prompted(session, prompt);
    await this.hook(session, "UserPromptSubmit", { prompt, prompt_id: id });
    return id;
  }

  /** Its account's quota is used up in the middle of a turn; `line` is what the transcript says of it. */
  async limit(
    session: string,
    { text = "You've hit your 5-hour limit · resets 7:12pm (UTC)", line }: {
      readonly text?: string;
      readonly line?: Readonly<Record<string, unknown>>;
    } = {},
  ): Promise<void> {
    if (line) await this.#write(this.last(session), line);
    await this.hook(session, "StopFailure", { error: "rate_limit", last_assistant_message: text });
  }

  last(session: string): AgentStart {
    const start = this.starts.findLast((s) => s.session === session);
    if (!start) throw new Error(`Cannot find a start of ${session}`);
    return start;
  }

  #runDirs = new Map<string, string>();

  #runDir(run: string): string {
    return this.#runDirs.get(run)!;
  }

  async #start(session: string, launchPath: string): Promise<void> {
    const script = await this.#files.read(launchPath) ?? "";
    const [, dir = "", run = ""] = /^(.*\/runs\/([^/]+))\//.exec(launchPath) ?? [];
    const [, how, conversation = ""] = /'(--session-id|--resume)' '([^']+)'/.exec(script) ?? [];
    const prompt = /'--' '([^]*?)'\n/.exec(script)?.[1] ?? null;
    const account = /CLAUDE_CONFIG_DIR='[^']*-([a-z]+)'/.exec(script)?.[1] ?? "";
    const start = { session, run, account, how: how as AgentStart["how"], conversation, prompt };
    this.#runDirs.set(run, dir);
    this.starts.push(start);
    const exit = this.#breaks(start);
    if (exit !== null) return this.#tmux.end(session, exit);
    this.ledger.started(start);
    const source = how === "--resume" ? "resume" : "startup";
    await this.hook(session, "SessionStart", { source, transcript_path: this.#path(start) });
    if (prompt !== null) await this.prompt(session, prompt);
    await this.#onUp(start, this);
  }

  #path({ conversation }: AgentStart): string {
    return `${this.#projectsDir}/-src-shop/${conversation}.jsonl`;
  }

  async #write(start: AgentStart, line: Readonly<Record<string, unknown>>): Promise<void> {
    const timestamp = new Date(this.#now()).toISOString();
    const text = JSON.stringify({ sessionId: start.conversation, timestamp, ...line });
    const before = await this.#files.read(this.#path(start)) ?? "";
    await this.#files.writeAtomic(this.#path(start), `${before}${text}\n`);
  }
}
