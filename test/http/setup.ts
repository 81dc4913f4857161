/**
 * A store in memory, the app over it, and the typed client over the app: the control plane without a socket.
 *
 * @module
 */
import { type Control, controlApp } from "../../lib/http/app.ts";
import type { Said } from "../../lib/model/said.ts";
import { OWNER } from "../../lib/http/caller.ts";
import { controlClient } from "../../lib/http/client.ts";
import { sentPrompt } from "../../lib/claude/sent_prompt.ts";
import { reloader } from "../../lib/http/reload.ts";
import type { AtKeyboard } from "../../lib/http/session_view.ts";
import { mcpMount } from "../../lib/mcp/mount.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Fact } from "../../lib/model/event.ts";
import { DUTY_NAMES } from "../../lib/model/janitor.ts";
import type { PreflightProblem } from "../../lib/model/preflight.ts";
import type { Net } from "../../lib/ports/net.ts";
import type { WorkerHealth } from "../../lib/runtime/roster.ts";
import { newTaskFile } from "../../lib/queue/new_task.ts";
import { Store } from "../../lib/runtime/store.ts";
import { FakeFiles } from "../fakes/files.ts";
import { config, NOON, reading, running, started } from "./fixture.ts";
import { finds } from "../support/preflights.ts";

/** `pause` moves the clock of the store before each fact that comes after. */
export function setup({ facts = midday(), at = NOON }: { facts?: Fact[]; at?: number } = {}) {
  let now = at;
  let ids = 0;
  const waiting = new Set<() => void>();
  const pauses = new Set<{ at: number; resolve(): void }>();
  const store = new Store(":memory:", { now: () => now });
  store.record(...facts);
  const control: Control & {
    shown: string;
    /** What was said to people. */
    told: Said[];
    keyboard: AtKeyboard | null;
    kept: Map<string, string>;
    /** What a check of an account finds. */
    problems: PreflightProblem[];
    /** Files that were put there, by name. */
    inbox: Map<string, string>;
    /** What becomes of a task's file that is to go to another inbox. */
    moveFile(file: string, from: string, to: string): string | null;
    readConfig(): Promise<Config>;
    /** What of the daemon is ill. */
    ill: {
      journal: string | null;
      workers: WorkerHealth[];
      tmux: () => Promise<boolean>;
    };
  } = {
    ill: {
      journal: null,
      workers: [{ name: "watcher", is: "running", error: null, restarts: 0 }],
      tmux: () => Promise.resolve(true),
    },
    channels: () => [],
    vitals: {
      canWrite: () => control.ill.journal ?? store.canWrite()?.message ?? null,
      workers: () => control.ill.workers,
      hasTmux: () => control.ill.tmux(),
    },
    own: () => ({ rssBytes: 64 << 20, cpuMs: 1_500, startedAt: at, journalBytes: 4_096 }),
    shown: "the pane",
    channelHealth: (names) =>
      names.map((name) => ({
        name,
        pending: 2,
        dead: 1,
        failures: 3,
        why: "503 Service Unavailable",
        restUntil: at + 60_000,
        sentAt: at - 60_000,
      })),
    said: ({ limit }) => control.told.slice(0, limit),
    told: [],
    state: () => store.state,
    stateAt: (at) => store.stateAt(at, () => Promise.resolve()),
    record(...facts) {
      const events = store.record(...facts);
      for (const wake of waiting) wake();
      return events;
    },
    journalProblem: () => store.writeProblem?.message ?? null,
    events: (range) => store.events(range),
    nextEvent(after, signal) {
      if (store.state.seq > after) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = (settle: () => void) => () => {
        waiting.delete(onEvent);
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      const onEvent = end(resolve);
      const onAbort = end(() => reject(signal.reason));
      waiting.add(onEvent);
      signal.addEventListener("abort", onAbort);
      return promise;
    },
    firstSeq: () => store.first(),
    headSeq: () => store.state.seq,
    now: () => now,
    pause(ms, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const pause = { at: now + ms, resolve };
      if (signal.aborted) return Promise.resolve();
      signal.addEventListener("abort", () => (pauses.delete(pause), resolve()), { once: true });
      pauses.add(pause);
      return promise;
    },
    breathe: () => Promise.resolve(),
    checkpoints: (session) => Promise.resolve(checkpointsOf(session)),
    newId: () => `id-${++ids}`,
    reload: reloader({
      state: () => store.state,
      record: (...facts) => control.record(...facts),
      readConfig: () => control.readConfig(),
    }),
    readConfig: () => Promise.resolve(store.state.config ?? config()),
    person: () => Promise.resolve(control.keyboard),
    keyboard: { isTyping: false, draftChars: 0 },
    kept: new Map(),
    moveFile: (file) => file,
    tidy: ({ duties = DUTY_NAMES, dryRun }) =>
      Promise.resolve(duties.map((duty) => ({
        duty,
        dryRun,
        found: duty === "locks"
          ? [{ what: "/state/locks/c1.lock", why: "no session has this conversation", bytes: 0 }]
          : [],
        removed: duty === "locks" && !dryRun ? 1 : 0,
        bytes: 0,
        problems: duty === "panes" ? ["cannot look: tmux does not answer"] : [],
      }))),
    problems: [],
    check: () => finds(...control.problems),
    addTask: (wish) => {
      const made = newTaskFile(wish.text, { ...wish, name: null, newId: control.newId() });
      if ("refused" in made) return Promise.resolve(made);
      const file = `${made.stem}.md`;
      control.inbox.set(file, made.text);
      return Promise.resolve({
        file,
        undo: () => Promise.resolve(void control.inbox.delete(file)),
      });
    },
    inbox: new Map(),
    moveTaskFile: (file, from, to) => Promise.resolve(control.moveFile(file, from, to)),
    keepNote: (task, note) => Promise.resolve(void control.kept.set(task, note)),
    prompt: (id, text) => {
      const { unsendable, digest } = sentPrompt(new FakeFiles(), config(), { id, text });
      return {
        unsendable,
        digest,
        keep: () => Promise.resolve(void control.kept.set(id, text)),
      };
    },
    capture(_session, { historyLines }) {
      return Promise.resolve(`${control.shown} (+${historyLines})`);
    },
  };
  const controlled = controlApp(control, mcpMount("test"));
  // As the socket's owner asks.
  const app = {
    fetch: (request: Request) => controlled.fetch(request, { caller: OWNER }),
    request: (path: string, init?: RequestInit) =>
      controlled.request(path, init, { caller: OWNER }),
  };
  return {
    controlled,
    store,
    control,
    app,
    /** How many event streams wait for the next event. */
    waiting,
    client: controlClient(netOf(app), "/run/ada/control.sock"),
    pass(ms: number) {
      now += ms;
      for (const pause of pauses) {
        if (pause.at > now) continue;
        pauses.delete(pause);
        pause.resolve();
      }
    },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

function checkpointsOf(session: string) {
  return session === "ccl-0"
    ? [{ id: "latest", session, takenAt: NOON }, { id: "w1", session, takenAt: NOON - 60_000 }]
    : [];
}

/** A net whose every socket leads to this app. */
export function netOf(app: { fetch(request: Request): Response | Promise<Response> }): Net {
  return {
    serve: () => Promise.reject(new Error("Cannot serve: this net has only a client")),
    serveTcp: () => Promise.reject(new Error("Cannot serve: this net has only a client")),
    client: () => ({
      fetch: async (input, init) => await app.fetch(new Request(input, init)),
      close() {},
    }),
  };
}

/** Two accounts, three idle sessions under `work`, and figures for both. */
export function midday(): Fact[] {
  return [
    started(),
    { type: "config.applied", config: config() },
    ...running(["ccl-0", "ccl-1", "ccl-2"]),
    reading("work", { usedPct: 61.4, resetsAt: NOON + 8_040_000 }, {
      usedPct: 20,
      resetsAt: NOON + 4 * 86_400_000,
    }),
  ];
}
