/**
 * A tmux server in memory. It outlives the daemon under test, as the real one does.
 *
 * @module
 */
import type { ProcessId, SessionName } from "../../lib/model/ids.ts";
import {
  ANCHOR,
  type LaunchOptions,
  type Pane,
  type Tmux,
  TmuxError,
} from "../../lib/ports/tmux.ts";
import { FakeProcesses, type SpawnOptions } from "./process.ts";

/** What was asked of the server that changes something, in order. */
export type TmuxCall =
  | { readonly kind: "launch"; readonly session: SessionName; readonly options: LaunchOptions }
  | { readonly kind: "type"; readonly session: SessionName; readonly text: string }
  | { readonly kind: "key"; readonly session: SessionName; readonly key: string }
  | { readonly kind: "kill"; readonly session: SessionName };

export interface FakeTmuxOptions {
  /** The host its programs run on. */
  readonly processes?: FakeProcesses;
  /** What the programs are like, by session; default: they end at the first signal. */
  readonly programs?: (session: SessionName, options: LaunchOptions) => SpawnOptions;
}

interface Window {
  pane: Pane;
  process: ProcessId;
  screen: string;
  scrollback: string;
  cwd: string;
}

export class FakeTmux implements Tmux {
  readonly processes: FakeProcesses;
  readonly calls: TmuxCall[] = [];
  /** Runs after each call that went well: here a test lets its agent answer. */
  onCall: ((call: TmuxCall) => void | Promise<void>) | null = null;
  /** Runs after the program in a pane has ended. */
  onEnd: ((session: SessionName, exit: number | null) => void) | null = null;
  /** While it is set every command fails with it: tmux's state is unknown. */
  failure: TmuxError | null = null;
  readonly #programs: NonNullable<FakeTmuxOptions["programs"]>;
  readonly #windows = new Map<SessionName, Window>();
  #server: ProcessId | null = null;
  #panes = 0;

  constructor({ processes = new FakeProcesses(), programs = () => ({}) }: FakeTmuxOptions = {}) {
    this.processes = processes;
    this.#programs = programs;
  }

  // -- The port --

  // deno-lint-ignore require-await -- async, so that a failure is a rejection as in the real one
  async panes(): Promise<Pane[]> {
    this.#refuseWhenBroken();
    return [...this.#windows.values()].map(({ pane }) => pane);
  }

  async launch(session: SessionName, options: LaunchOptions): Promise<Pane> {
    this.#refuseWhenBroken();
    if (/[:.]/.test(session)) throw refusal("new-session", `bad session name: ${session}`);
    const old = this.#windows.get(session);
    if (old && !old.pane.dead) {
      throw refusal("respawn-pane", `respawn pane failed: pane ${session}:0.0 still active`);
    }
    this.#server ??= this.#start();
    const { pane } = this.#open(session, options, old);
    await this.#called({ kind: "launch", session, options });
    return pane;
  }

  async type(session: SessionName, text: string): Promise<void> {
    this.#running("type", session).screen += text;
    await this.#called({ kind: "type", session, text });
  }

  async key(session: SessionName, key: string): Promise<void> {
    const window = this.#running("press a key", session);
    if (key === "Enter") window.screen += "\n";
    await this.#called({ kind: "key", session, key });
  }

  // deno-lint-ignore require-await -- as in panes()
  async capture(session: SessionName, options: { historyLines?: number } = {}): Promise<string> {
    const { scrollback, screen } = this.#find("capture-pane", session);
    const history = scrollback.split("\n").slice(0, -1).slice(-(options.historyLines ?? 0));
    const before = options.historyLines ? history.map((line) => `${line}\n`).join("") : "";
    return `${before}${screen.replace(/[ \n]+$/, "")}\n`;
  }

  async kill(session: SessionName): Promise<void> {
    this.#refuseWhenBroken();
    const window = this.#windows.get(session);
    if (!window) return;
    this.#windows.delete(session);
    this.processes.exit(window.process, null);
    if (this.#windows.size === 0) this.#end();
    await this.#called({ kind: "kill", session });
  }

  // deno-lint-ignore require-await -- as in panes()
  async serverPid(): Promise<number | null> {
    this.#refuseWhenBroken();
    return this.#server?.pid ?? null;
  }

  /** Without a socket there is none to lose. */
  remember(): void {}

  // -- What a test does --

  /** The session's pane; throws when there is none. */
  pane(session: SessionName): Pane {
    return this.#find("look at", session).pane;
  }

  /** The process in the session's pane, the present one or the last. */
  process(session: SessionName): ProcessId {
    return this.#find("look at", session).process;
  }

  /** The folder the session's program was started in. */
  cwd(session: SessionName): string {
    return this.#find("look at", session).cwd;
  }

  /** The program in a pane ends by itself; null: by a signal. */
  end(session: SessionName, exit: number | null): void {
    this.processes.exit(this.process(session), exit);
  }

  /** What the pane shows from now on; what it showed goes into the scrollback. */
  screen(session: SessionName, text: string): void {
    const window = this.#find("draw", session);
    if (window.screen) window.scrollback += `${window.screen.replace(/\n+$/, "")}\n`;
    window.screen = text;
  }

  /** How many people look at the session, and when one of them last pressed a key. */
  attach(session: SessionName, clients = 1, activeAt = 0): void {
    const window = this.#find("attach", session);
    window.pane = { ...window.pane, attached: clients, activeAt };
  }

  /** The server dies, and all its programs with it. */
  killServer(): void {
    const processes = [...this.#windows.values()].map(({ process }) => process);
    this.#windows.clear();
    for (const process of processes) this.processes.exit(process, null);
    this.#end();
  }

  /** From now on tmux does not answer; a call without a text ends that. */
  breaks(stderr: string | null = null): void {
    this.failure = stderr === null ? null : refusal("list-panes", stderr);
  }

  #start(): ProcessId {
    const server = this.processes.spawn({ onExit: () => this.killServer() });
    this.#server = server;
    this.#windows.set(ANCHOR, this.#window(ANCHOR, { cwd: "/", argv: ["tail", "-f"] }, {}));
    return server;
  }

  #end(): void {
    const server = this.#server;
    this.#server = null;
    if (server) this.processes.exit(server, 0);
  }

  #open(session: SessionName, options: LaunchOptions, old: Window | undefined): Window {
    const window = this.#window(session, options, this.#programs(session, options), old);
    this.#windows.set(session, window);
    return window;
  }

  #window(
    session: SessionName,
    { argv, cwd }: LaunchOptions,
    program: SpawnOptions,
    old?: Window,
  ): Window {
    const process = this.processes.spawn({
      parent: this.#server!.pid,
      ...program,
      onExit: (exit) => {
        const window = this.#windows.get(session);
        if (window?.process === process) window.pane = { ...window.pane, dead: true, exit };
        program.onExit?.(exit);
        if (session !== ANCHOR) this.onEnd?.(session, exit);
      },
    });
    const pane: Pane = {
      session,
      id: old?.pane.id ?? `%${this.#panes++}`,
      pid: process.pid,
      dead: false,
      exit: null,
      startCommand: argv.map(asPrinted).join(" "),
      attached: old?.pane.attached ?? 0,
      activeAt: old?.pane.activeAt ?? 0,
    };
    return { pane, process, screen: "", scrollback: old?.scrollback ?? "", cwd };
  }

  #running(action: string, session: SessionName): Window {
    const window = this.#find(action, session);
    if (window.pane.dead) throw refusal(action, `no program runs in ${session}`);
    return window;
  }

  #find(action: string, session: SessionName): Window {
    this.#refuseWhenBroken();
    const window = this.#windows.get(session);
    if (!window) throw refusal(action, `can't find session: ${session}`);
    return window;
  }

  #refuseWhenBroken(): void {
    if (this.failure) throw this.failure;
  }

  async #called(call: TmuxCall): Promise<void> {
    this.calls.push(call);
    await this.onCall?.(call);
  }
}

/** As tmux 3.3a prints a word of an argv: plain, or in double quotes with escapes. */
function asPrinted(word: string): string {
  if (/^[\w\/.:=@%+,-]+$/.test(word)) return word;
  const escapes: Record<string, string> = { "\n": "\\n", "\t": "\\t", "\r": "\\r" };
  return `"${word.replace(/["\\$]/g, "\\$&").replace(/[\n\t\r]/g, (c) => escapes[c]!)}"`;
}

function refusal(action: string, stderr: string): TmuxError {
  return new TmuxError([action], 1, stderr);
}
