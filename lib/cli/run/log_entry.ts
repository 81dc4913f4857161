/**
 * An event of the journal as an entry of the daemon's log: where it belongs, how much it matters, what it says.
 *
 * @module
 */
import type { Event } from "../../model/event.ts";
import type { LogArea, LogLevel } from "../../model/log.ts";
import { eventWords } from "../../words/event.ts";
import type { LocalTimeOf } from "../../words/time.ts";

export interface LogEntry {
  readonly area: LogArea;
  readonly level: LogLevel;
  readonly message: string;
  /** The event, without what is too much for a log. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** What an event's type begins with -> its area; the daemon's own when it is not here. */
const AREAS: Readonly<Record<string, LogArea>> = {
  daemon: "daemon",
  worker: "daemon",
  request: "daemon",
  tmux: "daemon",
  host: "daemon",
  config: "config",
  session: "sessions",
  run: "sessions",
  prompt: "sessions",
  turn: "sessions",
  question: "sessions",
  dialog: "sessions",
  send: "sessions",
  draft: "sessions",
  account: "accounts",
  quota: "accounts",
  usage: "accounts",
  cost: "accounts",
  overage: "accounts",
  swap: "moves",
  move: "moves",
  park: "moves",
  proposal: "moves",
  freeze: "moves",
  thaw: "moves",
  task: "tasks",
  project: "tasks",
  dispatch: "tasks",
  notice: "notices",
  janitor: "janitor",
};

/** How an event is said decides how much it matters: what is said dimly is for who looks closely. */
const LEVELS: Readonly<Record<ReturnType<typeof eventWords>["tone"], LogLevel>> = {
  bad: "error",
  warn: "warning",
  good: "info",
  plain: "info",
  dim: "debug",
};

export function areaOf(type: string): LogArea | null {
  return AREAS[type.split(".")[0]!] ?? null;
}

export function logEntry(event: Event, localTime: LocalTimeOf): LogEntry {
  const { subject, text, tone } = eventWords(event, localTime);
  return {
    area: areaOf(event.type) ?? "daemon",
    level: LEVELS[tone],
    message: `${subject}: ${text}`,
    // A config is long, and may hold what a person has written into it against the rules.
    event: event.type === "config.applied" ? { ...event, config: undefined } : { ...event },
  };
}
