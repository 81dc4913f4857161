/**
 * `status --watch`, `quota --watch`: the page again whenever something changes, through restarts of the daemon.
 *
 * @module
 */
import type { ControlClient } from "../http/client.ts";
import { printJson } from "./command.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./errors.ts";
import { withDaemon } from "./with_daemon.ts";

/** Ages on the page grow without an event. */
const REDRAW_MS = 5_000;
/** A swap writes many lines at once. */
const SETTLE_MS = 100;
const RETRY_MS = 1_000;

export interface Watch<V extends { readonly seq: number }> {
  readonly json: boolean;
  /** As it stands after "Cannot". */
  readonly what: string;
  ask(client: ControlClient): Promise<V>;
  render(view: V): string;
}

export async function watchView<V extends { readonly seq: number }>(
  context: CliContext,
  watch: Watch<V>,
): Promise<void> {
  const signal = context.interrupted();
  const show = painter(context, watch);
  while (!signal.aborted) {
    try {
      await withDaemon(context, watch.what, async (client) => {
        const view = await watch.ask(client);
        show(view);
        await untilChange(client, context, view.seq);
      });
    } catch (error) {
      if (!(error instanceof CliError) || error.exit !== EXIT.noDaemon) throw error;
      show(null, error.message);
      await pause(context, RETRY_MS, signal);
    }
  }
}

/** Resolves when it is time to show it again. */
async function untilChange(
  client: ControlClient,
  context: CliContext,
  seq: number,
): Promise<void> {
  const round = new AbortController();
  const signal = AbortSignal.any([context.interrupted(), round.signal]);
  const gap = Promise.withResolvers<void>();
  const change = firstOf(client.follow(seq, { signal, onGap: () => gap.resolve() }));
  try {
    await Promise.race([change, gap.promise, pause(context, REDRAW_MS, signal)]);
    await pause(context, SETTLE_MS, signal);
  } finally {
    round.abort();
    await change.catch(() => {});
  }
}

async function firstOf(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source) return;
}

/** Ends early, and well, when the signal aborts. */
async function pause({ clock }: CliContext, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

/** On a terminal each page takes the place of the one before; elsewhere only what is new is written. */
function painter<V extends { readonly seq: number }>(
  context: CliContext,
  { json, render }: Watch<V>,
): (view: V | null, why?: string) => void {
  let last = "";
  return (view, why = "") => {
    if (json) {
      const key = view === null ? "down" : String(view.seq);
      if (key !== last) printJson(context, view ?? { daemon: { phase: "down" }, why });
      last = key;
      return;
    }
    const page = view === null ? `${why}\n` : render(view);
    if (page === last) return;
    last = page;
    // Home, then each line up to its end, then all below: no flicker.
    const text = context.isTty ? `\x1b[H${page.replaceAll("\n", "\x1b[K\n")}\x1b[J` : `${page}\n`;
    context.stdout.write(text);
  };
}
