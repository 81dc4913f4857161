/**
 * `claude-failover run --json` as a process: what it prints is its journal.
 *
 * @module
 */
import type { Event, EventType } from "../../../lib/model/event.ts";
import { until } from "../../contract/until.ts";
import { leaksInText, refuseLeaks } from "../../support/leaks.ts";
import { programEnv, programWords } from "../../support/program.ts";

export interface Wanted {
  /** Only events behind this place in the journal. */
  readonly after?: number;
  readonly session?: string;
  readonly withinMs?: number;
}

export class Program implements AsyncDisposable {
  readonly events: Event[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #stderr = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = Promise.all([this.#readEvents(), this.#readStderr()]).then(() => {});
  }

  static start(args: readonly string[], env: Readonly<Record<string, string>>): Program {
    const [program, ...words] = programWords(...args);
    return new Program(
      new Deno.Command(program, {
        args: words,
        clearEnv: true,
        env: { ...env, ...programEnv() },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  }

  /** What a command prints; throws with its stderr when it fails. */
  static async output(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<string> {
    const [program, ...words] = programWords(...args);
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: words,
      clearEnv: true,
      env: { ...env, ...programEnv() },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    if (!success) throw new Error(`Cannot ${args.join(" ")}: ${text.decode(stderr).trim()}`);
    return text.decode(stdout);
  }

  /** The place of the newest event; what comes behind it has not been seen yet. */
  place(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  /** The first such event; throws with the whole journal when it does not come. */
  event<K extends EventType>(type: K, wanted: Wanted = {}): Promise<Event<K>> {
    const { after = 0, session, withinMs = 60_000 } = wanted;
    const fits = (event: Event): event is Event<K> =>
      event.type === type && event.seq > after &&
      (session === undefined || ("session" in event && event.session === session));
    return until(
      () => this.events.find(fits) ?? null,
      () =>
        `no ${type} after ${after}${session ? ` of ${session}` : ""}. Journal:\n` +
        this.events.map((event) => JSON.stringify(event)).join("\n") +
        `\nstderr: ${this.#stderr}`,
      withinMs,
    ) as Promise<Event<K>>;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#reading;
  }

  /** Stops it in good order; resolves to its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    const { code } = await this.#child.status;
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
    await this.#child.status;
    await this.#reading;
    refuseLeaks(leaksInText("printed", JSON.stringify(this.events) + this.#stderr));
  }

  async #readEvents(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.events.push(JSON.parse(line));
    }
  }

  async #readStderr(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += text;
    }
  }
}
