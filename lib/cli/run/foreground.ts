/**
 * The daemon in this terminal: what happens is printed, a signal stops it in good order.
 *
 * @module
 */
import { dirname } from "node:path/posix";
import { AlreadyRunningError, runDaemon } from "../../daemon.ts";
import type { Config } from "../../model/config.ts";
import type { Event } from "../../model/event.ts";
import { isAlive } from "../../model/state.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Files } from "../../ports/files.ts";
import { AddressInUseError } from "../../ports/net.ts";
import type { ServiceManager } from "../../ports/service_manager.ts";
import { JournalError, type Store } from "../../runtime/store.ts";
import { attachLine } from "../attach.ts";
import { countOf, printJson, printLine, renderOptions } from "../command.ts";
import { DEFAULT_LOG } from "../../model/log.ts";
import { type DaemonLog, openLog } from "./log.ts";
import type { CliContext } from "../context.ts";
import { CliError, EXIT } from "../errors.ts";
import { renderEvent } from "../render/event.ts";

export async function runForeground(
  context: CliContext,
  { told }: { readonly told: Told },
): Promise<void> {
  const { config, path } = await context.loadConfig();
  const ports = await context.ports();
  const json = told !== "text";
  await using log = logFor(context, { told, files: ports.files });
  const useLog = async ({ log: spec = DEFAULT_LOG }: Config) => {
    if (spec.file) await makeFolder(ports.files, dirname(spec.file.path));
    await log.use(spec);
  };
  await useLog(config);
  const tell = async (event: Event) => {
    if (told === "journal") printJson(context, event);
    log.event(event);
    // A reload may have changed what is to be said of what follows.
    if (event.type === "config.applied") await useLog(event.config);
  };
  const tmux = ports.tmux(config.tmux.socket, { persistent: true, scope: config.tmux.scope });
  let store: Store | undefined;
  let printed = Promise.resolve();
  const { service } = context;
  const ended = new AbortController();
  let alive = Promise.resolve();
  try {
    await runDaemon({
      config,
      ports: { ...ports, tmux, env: context.env },
      version: context.version,
      pid: Deno.pid,
      signal: context.interrupted(),
      readConfig: async () => (await context.reloadConfig()).config,
      onHangup: (listener) => context.onHangup(listener),
      outside: { fetch, print: (line) => context.stdout.write(`${line}\n`) },
      report: (line) => log.problem(line),
      onStopping: () => void service.tell("STOPPING=1", "STATUS=stopping"),
      onReady(opened) {
        store = opened;
        context.goOnUnread();
        void service.tell("READY=1", `STATUS=${watchedBy(config)}`);
        alive = signsOfLife(service, { clock: ports.clock, signal: ended.signal });
        if (!json) printLine(context, welcome(config, path));
        printed = printEvents(opened, tell).catch((error) =>
          log.problem(`Cannot print what happens any more: ${error.message}`)
        );
      },
    });
  } catch (error) {
    throw await inWords(error, context);
  } finally {
    ended.abort();
    await Promise.all([printed, alive]);
    await tmux[Symbol.asyncDispose]?.();
  }
  if (store && !json) printLine(context, farewell(store, config));
}

/** Twice in the time in which one is expected. It stops when the event loop hangs, and then we are started anew. */
async function signsOfLife(
  service: ServiceManager,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  if (service.watchdogMs === null) return;
  while (!signal.aborted) {
    await service.tell("WATCHDOG=1");
    await clock.sleep(service.watchdogMs / 2, signal).catch(() => {});
  }
}

function watchedBy({ sessions, accounts, failover: { mode } }: Config): string {
  const under = countOf(accounts.length, "account");
  return `watching ${countOf(sessions.length, "session")} under ${under}, mode ${mode}`;
}

function welcome(config: Config, path: string): string {
  return `W${watchedBy(config).slice(1)} (${path}).\n` +
    "Ctrl-C stops the daemon and leaves the sessions running.";
}

/** The state can still be read when the journal is closed. */
function farewell({ state }: Store, config: Config): string {
  const left = Object.values(state.sessions).filter(isAlive).length;
  if (left === 0) return "The daemon has stopped. No session is running.";
  const go = left === 1 ? "1 session goes on" : `${left} sessions go on`;
  return `The daemon has stopped. ${go}; the next daemon adopts them.\n` +
    `To look at them: ${attachLine(config)}`;
}

/** How what happens is told: as lines for a person or of the log, or as the journal itself. */
export type Told = "text" | "log" | "journal";

function logFor(
  context: CliContext,
  { told, files }: { readonly told: Told; readonly files: Files },
): DaemonLog {
  const { stdout, stderr, localTime, clock } = context;
  const options = renderOptions(context);
  return openLog({
    ...{ stdout, stderr, localTime, clock, files },
    print: told === "text"
      ? { as: "text", line: (event) => renderEvent(event, options) }
      : { as: told === "log" ? "json" : "nothing" },
  });
}

/** The state folder, say, before the first daemon has made it; one that is there keeps its mode. */
async function makeFolder(files: Files, path: string): Promise<void> {
  // What stands in the way is said by whoever opens the file.
  if (await files.realPath(path) === null) await files.makeDir(path, 0o700).catch(() => {});
}

/**
 * From "daemon.started" on. What the inbox holds is printed as it is, since the store is closed in the same turn as
 * the last event is written; the journal is read only for what did not fit in.
 */
async function printEvents(store: Store, tell: (event: Event) => Promise<void>): Promise<void> {
  let cursor = Math.max(0, store.state.seq - 1);
  const print = async (event: Event) => {
    if (event.seq <= cursor) return;
    cursor = event.seq;
    await tell(event);
  };
  using inbox = store.subscribe("all");
  for (const event of store.events({ after: cursor })) await print(event);
  for await (const wakeUp of inbox) {
    if (wakeUp.type !== "look.again") await print(wakeUp);
    else for (const event of store.events({ after: cursor })) await print(event);
  }
}

async function inWords(error: unknown, context: CliContext): Promise<unknown> {
  if (error instanceof AlreadyRunningError || error instanceof AddressInUseError) {
    const pid = await pidOfOther(context);
    return new CliError(
      `Cannot start the daemon: one is already running${pid === null ? "" : `, pid ${pid}`}`,
      { hint: "`claude-failover status` shows it, `claude-failover stop` ends it", cause: error },
    );
  }
  if (error instanceof JournalError) {
    const isFull = /disk is full|no space left/i.test(error.message);
    const hint = "make room there; the sessions of an earlier daemon go on meanwhile";
    // A service is not started again for what only a person can mend.
    const exit = error.isNewer ? EXIT.usage : EXIT.failed;
    return new CliError(error.message, { exit, ...(isFull && { hint }), cause: error });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new CliError(`Cannot start the daemon: ${error.message}`, {
      hint: "`claude-failover doctor` looks at the folders it needs",
      cause: error,
    });
  }
  return error;
}

async function pidOfOther(context: CliContext): Promise<number | null> {
  using client = await context.client();
  const view = await client.status().catch(() => null);
  return view === null || view.daemon.phase === "down" ? null : view.daemon.pid;
}
