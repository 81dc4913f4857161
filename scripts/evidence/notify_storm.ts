/**
 * Ten thousand events within a second, with and without a notifier one of whose channels is dead and one slow: how long a
 * worker waits for its wake-up, as the switcher does, what the memory does, and how many messages come of it. Then real swaps in
 * such a storm (`lib/storm_swaps.ts`).
 *
 * @module
 */
import type { Event, Fact } from "../../lib/model/event.ts";
import type { ChannelSpec } from "../../lib/model/notify_config.ts";
import type { Channel } from "../../lib/notify/channel.ts";
import { notifier } from "../../lib/notify/mod.ts";
import { Outbox } from "../../lib/notify/outbox.ts";
import { systemClock } from "../../lib/ports/clock.ts";
import { Store } from "../../lib/runtime/store.ts";
import { supervise } from "../../lib/runtime/supervisor.ts";
import type { Worker } from "../../lib/runtime/worker.ts";
import { systemLocalTime } from "../../lib/words/time.ts";
import { config, sessionSpec, started } from "../../test/model/fixtures.ts";
import { testHome } from "../../test/support/mod.ts";
import { type Row, table } from "../bench/row.ts";
import { stormSwaps } from "./lib/storm_swaps.ts";

const EVENTS = 10_000;
const WITHIN_MS = 1_000;
const PROBES = 50;
const ROUNDS = 5;
const SESSIONS = Array.from({ length: 50 }, (_, i) => `s${i}`);
/** The median may double, no more: a probe takes a few hundred microseconds. */
const MOST_RATIO = 2;
const MOST_HEAP_MB = 64;

const channels: ChannelSpec[] = ["quick", "slow", "dead"].map((name) => ({
  type: "exec",
  name,
  command: ["/bin/true"],
}));

/** What arrived at each. */
const arrived = new Map<string, number>();

function channel({ name }: ChannelSpec): Channel {
  return {
    name,
    canUpdate: false,
    leastGapMs: 0,
    async send(message, signal) {
      if (name === "dead") await systemClock.sleep(3_600_000, signal);
      if (name === "slow") await systemClock.sleep(500, signal);
      arrived.set(name, (arrived.get(name) ?? 0) + message.notice.count);
      return { is: "sent", ref: null };
    },
    close: () => Promise.resolve(),
  };
}

/** Deaths and questions of all sessions, as in a pool that falls to pieces. */
function* storm(): Generator<Fact> {
  for (let nth = 0; nth < EVENTS; nth++) {
    const session = SESSIONS[nth % SESSIONS.length]!;
    const run = `run-${session}-${Math.floor(nth / SESSIONS.length / 5)}`;
    const step = Math.floor(nth / SESSIONS.length) % 5;
    const [planned, launched, ready] = started(session, run);
    if (step === 0) yield planned!;
    else if (step === 1) yield launched!;
    else if (step === 2) yield ready!;
    else if (step === 3) yield { type: "question.asked", session, run, about: "human" };
    else yield { type: "run.ended", session, run, exit: 1 };
  }
}

interface Figures {
  /** Of the waits for a wake-up, milliseconds, in order. */
  readonly waits: readonly number[];
  readonly tookMs: number;
  readonly heapMb: number;
  readonly messages: number;
}

async function run(withNotifier: boolean): Promise<Figures> {
  await using home = await testHome();
  using store = new Store(home.path("journal.db"), { now: Date.now });
  const specs = SESSIONS.map((name) => sessionSpec(name));
  store.record(
    { type: "config.applied", config: config({ sessions: specs, notify: { channels } }) },
    { type: "daemon.started", pid: 1, version: "test", boot: "b" },
  );
  const waits: number[] = [];
  let askedAt = 0;
  const probe: Worker<Event<"thaw.requested" | "request.refused">> = {
    name: "probe",
    listens: ["thaw.requested", "request.refused"],
    async run(life) {
      while (!life.signal.aborted) {
        const woken = await life.inbox.receive({ signal: life.signal }).catch(() => null);
        if (woken) waits.push(performance.now() - askedAt);
      }
    },
  };
  const path = home.path("notices.db");
  const telling = notifier({
    clock: systemClock,
    journal: store,
    localTime: systemLocalTime,
    random: Math.random,
    newId: () => crypto.randomUUID(),
    path,
    open: channel,
    report: (text) => console.error(text),
  });
  const stop = new AbortController();
  const workers = withNotifier ? [probe, telling.worker] : [probe];
  const over = supervise(workers, { store, clock: systemClock, signal: stop.signal });
  await systemClock.sleep(200);
  const heapBefore = Deno.memoryUsage().heapUsed;
  const startedMs = performance.now();
  let sent = 0;
  let probed = 0;
  const facts = storm();
  // A share of it each ten milliseconds; a few probes on the way.
  for (let turn = 1; sent < EVENTS; turn++) {
    const until = Math.min(EVENTS, Math.ceil(turn * EVENTS / (WITHIN_MS / 10)));
    store.together(() => {
      for (; sent < until; sent++) store.record(facts.next().value as Fact);
    });
    if (probed < PROBES && turn % 2 === 0) {
      probed++;
      askedAt = performance.now();
      store.record({ type: "thaw.requested", by: "person" });
    }
    await systemClock.sleep(Math.max(0, startedMs + turn * 10 - performance.now()));
  }
  const tookMs = performance.now() - startedMs;
  await systemClock.sleep(2_000);
  const heapMb = (Deno.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
  stop.abort();
  await over;
  if (!withNotifier) return { waits: waits.sort((a, b) => a - b), tookMs, heapMb, messages: 0 };
  using outbox = new Outbox(path);
  const messages = outbox.history({ limit: 100_000 }).length;
  return { waits: waits.sort((a, b) => a - b), tookMs, heapMb, messages };
}

/** The waits of all rounds, and of the rest the middle one. */
function together(rounds: readonly Figures[]): Figures {
  const middle = (of: (figures: Figures) => number) =>
    rounds.map(of).sort((a, b) => a - b)[Math.floor(rounds.length / 2)]!;
  return {
    waits: rounds.flatMap((r) => r.waits).sort((a, b) => a - b),
    tookMs: middle((r) => r.tookMs),
    heapMb: middle((r) => r.heapMb),
    messages: middle((r) => r.messages),
  };
}

const at = (waits: readonly number[], share: number) =>
  waits[Math.min(waits.length - 1, Math.floor(waits.length * share))]!;

await run(true); // what is compiled and loaded once
arrived.clear();
const [idle, busy]: [Figures[], Figures[]] = [[], []];
for (let round = 0; round < ROUNDS; round++) {
  idle.push(await run(false));
  busy.push(await run(true));
}
const without = together(idle);
const withIt = together(busy);
const ratio = at(withIt.waits, 0.5) / at(without.waits, 0.5);
const rows: Row[] = [
  {
    name: "a wake-up in the storm, half of them",
    value: `${at(withIt.waits, 0.5).toFixed(2)} ms`,
    note: `without the notifier ${at(without.waits, 0.5).toFixed(2)} ms: ${ratio.toFixed(2)} times`,
  },
  {
    name: "99 of 100",
    value: `${at(withIt.waits, 0.99).toFixed(2)} ms`,
    note: `without ${at(without.waits, 0.99).toFixed(2)} ms`,
  },
  {
    name: `${EVENTS} events`,
    value: `${Math.round(withIt.tookMs)} ms`,
    note: `without ${Math.round(without.tookMs)} ms`,
  },
  {
    name: "heap after it",
    value: `${withIt.heapMb.toFixed(1)} MB more`,
    note: `without ${without.heapMb.toFixed(1)} MB`,
  },
  {
    name: "messages in the outbox",
    value: String(withIt.messages),
    note: [...arrived].map(([name, count]) => `${name} was told of ${count}`).join(", "),
  },
];
const swaps = await stormSwaps(EVENTS);
console.log(table([...rows, ...swaps.rows]));
const fails = [
  ...swaps.fails,
  ratio <= MOST_RATIO ? null : `the median wake-up takes ${ratio.toFixed(2)} times as long`,
  withIt.heapMb <= MOST_HEAP_MB ? null : `the heap has grown by ${withIt.heapMb.toFixed(0)} MB`,
  withIt.messages <= 100 ? null : `${withIt.messages} messages`,
  (arrived.get("quick") ?? 0) > 0 ? null : "the quick channel heard nothing",
  arrived.has("dead") ? "the dead channel heard something" : null,
].filter((fail) => fail !== null);
for (const fail of fails) console.error(`Not so: ${fail}`);
Deno.exit(fails.length > 0 ? 1 : 0);
