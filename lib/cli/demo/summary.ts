/**
 * What a demo has shown, as figures taken from the journal, the transcript and the work itself.
 *
 * @module
 */
import { join } from "node:path";
import { type SwapView, swapView } from "../../http/swap_view.ts";
import type { Event } from "../../model/event.ts";
import type { State } from "../../model/state.ts";
import { BOOK, CHAPTERS, type Places, WRITER } from "./scene.ts";
import { DemoFailed } from "./journal_watch.ts";

export interface Summary {
  readonly agent: string;
  readonly from: string;
  readonly to: string;
  readonly conversation: string;
  /** Messages in its one transcript: of the person or the daemon, and of the agent. */
  readonly messages: { readonly user: number; readonly assistant: number };
  /** Which chapters were written under which account; together all of them, each once. */
  readonly chapters: { readonly before: number; readonly after: number };
  /** From the refusal of the prompt to the acceptance of our own under the other account, all in ms. */
  readonly limitToPromptMs: number;
  readonly parts: {
    /** From SIGTERM until nothing of the agent was left. */
    readonly agentStopMs: number;
    /** From its start until it took the prompt. */
    readonly agentBootMs: number;
    /** The rest: to see the limit, to decide, to save, to link, to launch. */
    readonly oursMs: number;
  };
  readonly swap: SwapView;
  /** The last lines of the writer's screen. */
  readonly screen: readonly string[];
  readonly totalMs: number;
}

export interface Evidence {
  readonly agent: string;
  readonly events: readonly Event[];
  readonly state: State;
  readonly places: Places;
  /** Chapters there were when the limit was hit. */
  readonly before: number;
  /** What the writer's pane shows in the end. */
  readonly screen: string;
  readonly totalMs: number;
}

const SCREEN_LINES = 8;

/** Throws `DemoFailed` when something is not as the demo promises. */
export async function summarize(evidence: Evidence): Promise<Summary> {
  const { agent, state, places, totalMs } = evidence;
  const session = state.sessions[WRITER];
  const swap = Object.values(state.swaps)[0];
  const view = swap && swapView(state, swap.id);
  if (!view || !session?.conversation) throw new DemoFailed("Cannot sum up: nothing was moved");
  expect(session.account === view.to, `${WRITER} is under ${session.account}, not ${view.to}`);
  const starts = ofWriter(evidence, "run.ready").map((event) => event.conversation);
  expect(new Set(starts).size === 1, `${WRITER} changed its conversation: ${starts.join(", ")}`);
  return {
    agent,
    from: view.from,
    to: view.to,
    conversation: session.conversation,
    messages: await countMessages(places, session.conversation, session.run?.plan.mark ?? null),
    chapters: await countChapters(evidence),
    ...timesOf(evidence),
    swap: view,
    screen: evidence.screen.split("\n").filter((line) => line.trim() !== "").slice(-SCREEN_LINES),
    totalMs,
  };
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new DemoFailed(`Cannot sum up: ${otherwise}`);
}

function ofWriter<K extends "run.ready" | "run.launched" | "turn.failed" | "prompt.accepted">(
  { events }: Evidence,
  type: K,
): Event<K>[] {
  return events.filter((event): event is Event<K> =>
    event.type === type && "session" in event && event.session === WRITER
  );
}

function timesOf(evidence: Evidence): Pick<Summary, "limitToPromptMs" | "parts"> {
  const { state } = evidence;
  const swap = Object.values(state.swaps)[0];
  const stop = swap?.moves[WRITER]?.times.stop;
  const failed = ofWriter(evidence, "turn.failed").at(-1);
  const launched = ofWriter(evidence, "run.launched").at(-1);
  const accepted = ofWriter(evidence, "prompt.accepted")
    .find((event) => event.mark !== null && event.mark === state.sessions[WRITER]?.run?.plan.mark);
  if (!failed || !launched || !accepted || !stop || stop.finishedAt === null) {
    throw new DemoFailed("Cannot sum up: the journal lacks a part of the swap");
  }
  const limitToPromptMs = accepted.seenAt - failed.seenAt;
  const agentStopMs = stop.finishedAt - stop.startedAt;
  const agentBootMs = accepted.seenAt - launched.at;
  const oursMs = limitToPromptMs - agentStopMs - agentBootMs;
  return { limitToPromptMs, parts: { agentStopMs, agentBootMs, oursMs } };
}

/** The one transcript there is; a second one would mean that the conversation forked. */
async function countMessages(
  { projectsDir }: Places,
  conversation: string,
  mark: string | null,
): Promise<Summary["messages"]> {
  const found: string[] = [];
  for await (const project of Deno.readDir(projectsDir)) {
    if (!project.isDirectory) continue;
    for await (const file of Deno.readDir(join(projectsDir, project.name))) {
      if (file.name === `${conversation}.jsonl`) found.push(join(project.name, file.name));
    }
  }
  expect(found.length === 1, `there are ${found.length} transcripts of ${conversation}`);
  const lines = (await Deno.readTextFile(join(projectsDir, found[0]!))).trim().split("\n");
  const types = lines.map((line) => (JSON.parse(line) as { type?: unknown }).type);
  const marked = lines.filter((line, i) =>
    types[i] === "user" && mark !== null && line.includes(mark)
  );
  expect(
    marked.length === 1,
    `the prompt to go on stands ${marked.length} times in the transcript`,
  );
  const count = (type: string) => types.filter((t) => t === type).length;
  return { user: count("user"), assistant: count("assistant") };
}

/** Each chapter once: nothing of the work was lost or done twice. */
async function countChapters({ places, before }: Evidence): Promise<Summary["chapters"]> {
  const written = await chaptersOf(places);
  const wanted = Array.from({ length: CHAPTERS }, (_, i) => `chapter ${i + 1}`);
  expect(written.join() === wanted.join(), `the book has ${written.join(", ")}`);
  return { before, after: CHAPTERS - before };
}

/** The lines of the book, as far as it is written. */
export async function chaptersOf({ cwd }: Places): Promise<string[]> {
  const text = await Deno.readTextFile(join(cwd, BOOK)).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
