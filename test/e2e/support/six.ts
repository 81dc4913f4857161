/**
 * The six sessions of the pool tests, and the states in which a wall is to find them.
 *
 * @module
 */
import { join } from "node:path";
import type { Session } from "../../../lib/model/state.ts";
import { until } from "../../contract/until.ts";
import { assertWhole } from "./conversation.ts";
import type { Pool, PoolSession } from "./pool.ts";
import type { Program } from "./program.ts";

/** One runs into the wall, one has a tool running, one streams, one asks for permission, two are idle. */
export const SIX: readonly (string | PoolSession)[] = [
  "wall",
  "tool",
  "stream",
  { name: "asks", permissionMode: "default" },
  "idle-1",
  "idle-2",
];

const NAMES = SIX.map((session) => typeof session === "string" ? session : session.name);

/** A minute: on a busy machine it takes a while until the others are where the wall is to find them. */
const LONG_ANSWER = "@@stream 600 100";

export class Six {
  readonly #world: Pool;
  readonly #daemon: Program;
  /** What was typed into each session. */
  readonly #prompts = new Map<string, string[]>(NAMES.map((name) => [name, []]));

  private constructor(world: Pool, daemon: Program) {
    this.#world = world;
    this.#daemon = daemon;
  }

  /** Six sessions that have been asked something and have answered it. */
  static async start(world: Pool): Promise<Six> {
    const daemon = world.start();
    await Promise.all(NAMES.map((session) => daemon.event("run.ready", { session })));
    const six = new Six(world, daemon);
    await six.askAll("remember the word heron");
    return six;
  }

  /** All but `wall` and the idle ones are in the middle of something. */
  async begin(): Promise<void> {
    const { cwd, socket } = this.#world;
    await Promise.all([
      this.say(
        "tool",
        "@@bash echo ran >> tool; timeout 120 sh -c 'until test -e done; do sleep 0.1; done'",
      ),
      this.say("asks", "@@bash echo ran >> asks"),
      this.say("stream", LONG_ANSWER),
    ]);
    await until(
      () => Deno.stat(join(cwd, "tool")).catch(() => null),
      () => "the tool does not run",
    );
    await this.#until("asks", "it asks for permission", ({ phase }) => {
      return phase.name === "waiting" && phase.for === "permission";
    });
    const screen = () => socket.tmux("capture-pane", "-p", "-t", "=stream:");
    await until(async () => (await screen()).includes("chunk 3 of"), screen);
  }

  /** All that is under way comes to its end: the tool is done, the answer is given, and a person allows what was asked. */
  async letEnd(): Promise<void> {
    const { cwd, api, socket } = this.#world;
    await Deno.writeTextFile(join(cwd, "done"), "");
    api.account("A").hurry = true;
    await socket.tmux("send-keys", "-t", "=asks:", "Enter");
  }

  /** How often the tool of that session ran. */
  async timesRun(session: "tool" | "asks"): Promise<number> {
    const text = await Deno.readTextFile(join(this.#world.cwd, session)).catch(() => "");
    return text.split("\n").length - 1;
  }

  /** Types it and waits until the session has taken it. */
  async say(session: string, text: string): Promise<number> {
    this.#prompts.get(session)!.push(text);
    const { seq } = await this.#world.prompt(this.#daemon, session, text);
    return seq;
  }

  /** As `say`, to all six. */
  async sayAll(text: string): Promise<void> {
    await Promise.all(NAMES.map((session) => this.say(session, text)));
  }

  /** Asks all six, and waits for their answers. */
  async askAll(text: string): Promise<void> {
    await Promise.all(NAMES.map(async (session) => {
      const after = await this.say(session, text);
      await this.#daemon.event("turn.ended", { session, after });
    }));
  }

  /** Waits until no swap runs and all six are idle under the account, their cut work gone on with. */
  async settled(account: string): Promise<void> {
    await this.#world.until(
      ({ runningSwap, sessions }) =>
        runningSwap === null &&
        NAMES.every((name) => sessions[name]!.account === account && isAtRest(sessions[name]!)),
      `all are at rest under ${account}`,
    );
  }

  /** Waits until all six are parked. */
  async parked(): Promise<void> {
    await this.#world.until(
      ({ runningSwap, sessions }) =>
        runningSwap === null && NAMES.every((name) => sessions[name]!.phase.name === "parked"),
      "all are parked",
    );
  }

  /** Each conversation is one, and holds all that was said in it once. */
  async assertWhole(): Promise<void> {
    for (const [name, prompts] of this.#prompts) await assertWhole(this.#world, name, prompts);
  }

  async #until(session: string, what: string, wanted: (session: Session) => boolean) {
    await this.#world.until(({ sessions }) => wanted(sessions[session]!), `${session}: ${what}`);
  }
}

function isAtRest({ phase, run }: Session): boolean {
  return phase.name === "idle" && run?.unanswered === null &&
    (run.plan.mark === null || run.markAcceptedAt !== null);
}
