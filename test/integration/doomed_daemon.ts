/**
 * The daemon as a program, with two differences: it may kill its own process group after a chosen journal line of
 * a swap, as SIGKILL or a power cut would, and it may have a storm of events during each swap.
 *
 *     deno run -A doomed_daemon.ts CONFIG [LINES [EVENTS]]
 *
 * @module
 */
import { dirname } from "node:path";
import { loadConfig } from "../../lib/config.ts";
import { runDaemon } from "../../lib/daemon.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import {
  realTmux,
  systemClock,
  systemFiles,
  systemNet,
  systemProcesses,
} from "../../lib/ports/real.ts";
import type { Store } from "../../lib/runtime/store.ts";

const [configPath = "", lines = "", events = ""] = Deno.args;
const env = Deno.env.toObject();
const text = await Deno.readTextFile(configPath);
const config = loadConfig(text, { path: configPath, home: env.HOME ?? "/", env });
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());

/** The wall clock, ahead by what the file says: a suspend, or somebody who sets it. */
function leapingClock(path: string): Clock {
  const aheadMs = () => {
    try {
      return Number(Deno.readTextFileSync(path));
    } catch {
      return 0;
    }
  };
  return { ...systemClock, now: () => systemClock.now() + aheadMs() };
}

/** Dies right after the n-th line that follows `swap.requested`, that one counted as the first. */
function doom(store: Store, lines: number): void {
  const record = store.record.bind(store);
  let left = Infinity;
  store.record = (...facts) => {
    const events = record(...facts);
    for (const { type } of events) {
      if (type === "swap.requested") left = lines;
      if (--left <= 0) Deno.kill(-Deno.pid, "SIGKILL");
    }
    return events;
  };
}

const STORM_MS = 1_000;
const GUST_MS = 10;

/** From each `swap.requested` on so many events within a second, each of which makes a notice. */
function storm(store: Store, events: number): void {
  const record = store.record.bind(store);
  const trouble = { type: "worker.failed", worker: "storm", error: "made up", times: 3 } as const;
  const blow = () => {
    let left = events;
    const timer = setInterval(() => {
      const gust = Math.min(left, Math.ceil(events * GUST_MS / STORM_MS));
      store.together(() => {
        for (let nth = 0; nth < gust; nth++) record(trouble);
      });
      left -= gust;
      if (left <= 0) clearInterval(timer);
    }, GUST_MS);
  };
  store.record = (...facts) => {
    const recorded = record(...facts);
    if (recorded.some(({ type }) => type === "swap.requested")) blow();
    return recorded;
  };
}

const processes = systemProcesses();
await using tmux = realTmux(config.tmux.socket, { processes, persistent: true });
await runDaemon({
  config,
  ports: {
    clock: leapingClock(`${dirname(configPath)}/clock-ahead`),
    files: systemFiles,
    net: systemNet,
    processes,
    tmux,
    newId: () => crypto.randomUUID(),
    random: () => Math.random(),
    zone: "UTC",
    env,
  },
  version: "test",
  pid: Deno.pid,
  signal: stop.signal,
  readConfig: () => Promise.resolve(config),
  outside: { fetch, print: (line) => console.log(line) },
  report: (line) => console.error(line),
  onReady(store) {
    if (lines !== "") doom(store, Number(lines));
    if (events !== "") storm(store, Number(events));
  },
});
