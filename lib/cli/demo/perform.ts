/**
 * One performance: the daemon runs in this process, the sessions in a tmux server of their own, and whatever
 * happens, everything is taken away again.
 *
 * @module
 */
import { runDaemon } from "../../daemon.ts";
import type { Event } from "../../model/event.ts";
import type { Store } from "../../runtime/store.ts";
import type { CliContext, CliPorts } from "../context.ts";
import { openingWords } from "./words.ts";
import { dismantle } from "./dismantle.ts";
import { DemoFailed, JournalWatch } from "./journal_watch.ts";
import { makePlaces, writeConfig } from "./places.ts";
import { play } from "./play.ts";
import { type Cast, type Places, type Scene, WRITER } from "./scene.ts";
import type { Stage } from "./stage.ts";
import { retell } from "./story.ts";
import { summarize, type Summary } from "./summary.ts";

export interface PerformOptions {
  readonly context: CliContext;
  readonly ports: CliPorts;
  readonly stage: Stage;
  readonly chapterMs: number;
  /** Leave everything as it is when all went well. */
  readonly keep: boolean;
  cast(places: Places): Promise<Cast>;
}

export interface Performance {
  readonly summary: Summary;
  readonly places: Places;
}

/** Throws `DemoFailed`, or the reason of `signal` when that aborts. Then nothing is left behind. */
export async function perform(options: PerformOptions, signal: AbortSignal): Promise<Performance> {
  const { context, ports, chapterMs, keep } = options;
  const { files, processes, clock } = ports;
  const places = await makePlaces(files, { env: context.env, chapterMs });
  const env = { ...context.env, HOME: places.home };
  const tmux = ports.tmux({ path: places.tmuxSocket }, { persistent: true, env });
  let cast: Cast | null = null;
  let stays = false;
  try {
    cast = await options.cast(places);
    for (const line of openingWords(places, cast.agent, options.stage.style)) {
      options.stage.say(line);
    }
    const scene = { places, cast, config: await writeConfig(files, places, cast) };
    const summary = await runScene(scene, { ...options, tmux, env }, signal);
    stays = keep;
    return { summary, places };
  } finally {
    await tmux[Symbol.asyncDispose]?.();
    await cast?.close();
    if (!stays) {
      const plain = ports.tmux({ path: places.tmuxSocket });
      await dismantle({ files, processes, clock, tmux: plain }, places);
    }
  }
}

interface RunOptions extends PerformOptions {
  readonly tmux: ReturnType<CliPorts["tmux"]>;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the daemon beside the play, and ends it in good order with it. */
async function runScene(scene: Scene, options: RunOptions, signal: AbortSignal): Promise<Summary> {
  const { context, ports, stage, tmux, env } = options;
  const { clock } = ports;
  const stop = new AbortController();
  const opened = Promise.withResolvers<Store>();
  let said: string | null = null;
  const daemon = runDaemon({
    config: scene.config,
    ports: { ...ports, tmux, env },
    version: context.version,
    pid: Deno.pid,
    signal: stop.signal,
    readConfig: () => Promise.resolve(scene.config),
    outside: { fetch, print: () => {} },
    report: (line) => said = line,
    onReady: (store) => opened.resolve(store),
  });
  const endedEarly = daemon.then(() => {
    throw new DemoFailed(`Cannot go on: the daemon has ended${said === null ? "" : ` (${said})`}`);
  });
  try {
    return await Promise.race([
      endedEarly,
      show(scene, await Promise.race([endedEarly, opened.promise])),
    ]);
  } finally {
    stop.abort();
    await daemon.catch(() => {}); // what it failed with was thrown by the race
  }

  async function show(scene: Scene, store: Store): Promise<Summary> {
    const startedMs = clock.monotonic();
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const watch = new JournalWatch({ store, clock, signal: either });
    const events: Event[] = [];
    const telling = tell(watch, store, stage, events);
    try {
      const before = await Promise.race([
        play({ scene, store, tmux, watch, stage }),
        telling.then(() => 0),
      ]);
      const totalMs = clock.monotonic() - startedMs;
      const screen = await tmux.capture(WRITER);
      const { cast: { agent }, places } = scene;
      return await summarize({
        ...{ agent, events, state: store.state, places, before, screen, totalMs },
      });
    } finally {
      over.abort();
      await telling.catch(() => {});
    }
  }
}

/** Retells the journal until it is over; keeps what it has told. */
async function tell(watch: JournalWatch, store: Store, stage: Stage, told: Event[]): Promise<void> {
  for await (const event of watch.all(0)) {
    told.push(event);
    retell(event, store.state, stage);
  }
}
