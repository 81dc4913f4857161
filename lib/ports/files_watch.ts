/**
 * Watching a folder (inotify, FSEvents) as an iteration that an abort ends.
 *
 * @module
 */

/**
 * Watches from the moment of the call. A folder that is not there throws: make it first, since a watcher
 * of nothing would stay silent for ever.
 */
export function watchFolder(dir: string, signal: AbortSignal): AsyncIterable<string> {
  if (signal.aborted) return pathsOf(null);
  const watcher = open(dir);
  const stop = () => watcher.close();
  signal.addEventListener("abort", stop, { once: true });
  return pathsOf(watcher, () => {
    signal.removeEventListener("abort", stop);
    // Closing twice throws, and an abort has closed it before.
    if (!signal.aborted) watcher.close();
  });
}

async function* pathsOf(watcher: Deno.FsWatcher | null, onEnd?: () => void) {
  try {
    for await (const event of watcher ?? []) yield* event.paths;
  } finally {
    onEnd?.();
  }
}

function open(dir: string): Deno.FsWatcher {
  try {
    return Deno.watchFs(dir, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot watch ${dir}: there is no such folder`, { cause: error });
  }
}
