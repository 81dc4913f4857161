/**
 * What rings for a sweep of the watcher, and whose sessions it has to look at.
 *
 * A file in a run's spool rings for that run alone: a look costs some questions to the disk and the process table, and in a
 * swap of twenty sessions the files come by the hundred. Everything else rings for all. File events get lost, so there is
 * a ring for all each second.
 *
 * @module
 */
import { runsDir } from "../claude/layout.ts";
import type { RunId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import { Channel, type Inbox } from "../runtime/channel.ts";
import { wakeOrTimeout } from "../runtime/wake.ts";

const SWEEP_MS = 1_000;
const WATCH_AGAIN_MS = 60_000;

/** Whom a sweep looks at. */
export type Due = "all" | ReadonlySet<RunId>;

export class Rings implements Disposable {
  readonly #bell = new Channel<"ring">({ capacity: 1 });
  #due: "all" | Set<RunId> = "all";

  ring(run?: RunId): void {
    if (run === undefined) this.#due = "all";
    else if (this.#due !== "all") this.#due.add(run);
    this.#bell.trySend("ring");
  }

  /** Everyone that it was rung for since the last time. */
  take(): Due {
    const due = this.#due;
    this.#due = new Set();
    return due;
  }

  /** Resolves at the next ring, or after `ms`. */
  async next(
    { clock, ms, signal }: { clock: Clock; ms: number | null; signal: AbortSignal },
  ): Promise<void> {
    if (ms === null) await this.#bell.receive({ signal });
    else await wakeOrTimeout(this.#bell, { clock, ms, signal });
  }

  [Symbol.dispose](): void {
    this.#bell[Symbol.dispose]();
  }
}

export async function ringOnWakeUps(inbox: Inbox<unknown>, rings: Rings, signal: AbortSignal) {
  while (true) {
    await inbox.receive({ signal });
    rings.ring();
  }
}

export async function ringOnTime(clock: Clock, rings: Rings, signal: AbortSignal) {
  while (true) {
    await clock.sleep(SWEEP_MS, signal);
    rings.ring();
  }
}

export async function ringOnFiles(
  { config }: State,
  { files, clock }: { readonly files: Files; readonly clock: Clock },
  rings: Rings,
  signal: AbortSignal,
) {
  if (!config) return;
  const runs = runsDir(config);
  await files.makeDir(runs, 0o700);
  while (true) {
    try {
      for await (const path of files.watch(runs, signal)) rings.ring(runOf(path, runs));
    } catch {
      // No more watches to be had (fs.inotify.max_user_watches): the sweeps go on by time alone.
    }
    await clock.sleep(WATCH_AGAIN_MS, signal);
  }
}

/** Undefined when the path tells of no run. */
function runOf(path: string, runs: string): RunId | undefined {
  if (!path.startsWith(`${runs}/`)) return undefined;
  return path.slice(runs.length + 1).split("/")[0] || undefined;
}
