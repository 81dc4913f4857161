/**
 * Changes in the inboxes, as they are told by the file system.
 *
 * @module
 */
import type { State } from "../model/state.ts";
import { inboxDir } from "../queue/layout.ts";
import type { Channel } from "../runtime/channel.ts";
import { sideBySide } from "../runtime/side_by_side.ts";
import type { DispatcherDeps, DispatcherLife } from "./mod.ts";

/** A folder that cannot be watched yet, or a config that has changed meanwhile. */
const LOOK_AGAIN_MS = 10_000;

/** Rings whenever something changes in an inbox. A hint only: events get lost, and folders come later. */
export async function ringOnInboxes(
  life: DispatcherLife,
  deps: DispatcherDeps,
  bell: Channel<"ring">,
): Promise<void> {
  while (true) {
    const watched = await inboxesOf(life.state(), deps);
    const over = new AbortController();
    const signal = AbortSignal.any([life.signal, over.signal]);
    try {
      await sideBySide(signal, [
        async (signal) => {
          while (sameAs(watched, await inboxesOf(life.state(), deps))) {
            await deps.clock.sleep(LOOK_AGAIN_MS, signal);
          }
          over.abort();
        },
        ...watched.map((dir) => async (signal: AbortSignal) => {
          try {
            for await (const _ of deps.files.watch(dir, signal)) bell.trySend("ring");
          } catch {
            // No more watches to be had (fs.inotify.max_user_watches): the sweeps go on by time alone.
          }
        }),
      ]);
    } catch (error) {
      if (life.signal.aborted) throw error;
    }
    bell.trySend("ring");
  }
}

async function inboxesOf({ config }: State, { files }: DispatcherDeps): Promise<string[]> {
  const dirs = (config?.tasks.dispatch ? config.projects : []).map(inboxDir);
  const infos = await Promise.all(dirs.map((dir) => files.stat(dir).catch(() => null)));
  return dirs.filter((_, i) => infos[i]?.kind === "dir");
}

function sameAs(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((dir, i) => dir === b[i]);
}
