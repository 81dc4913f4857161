/**
 * The daemon's own log, through LogTape: levels by area, text for a person and JSON lines for anybody else, and no secret
 * in either, whoever brought it along.
 *
 * LogTape keeps its configuration for the whole process: there is one log at a time.
 *
 * @module
 */
import {
  configure,
  getJsonLinesFormatter,
  getLogger,
  type LogRecord,
  reset,
  type Sink,
} from "@logtape/logtape";
import { LOG_AREAS, type LogLevel, type LogSpec } from "../../model/log.ts";
import type { Event } from "../../model/event.ts";
import { redact, redactAll } from "../../model/secret_text.ts";
import type { LocalTimeOf } from "../../words/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Files } from "../../ports/files.ts";
import type { Out } from "../context.ts";
import { logEntry } from "./log_entry.ts";
import { LogFile } from "./log_file.ts";

const ROOT = "claude-failover";
/** The log's own troubles: a file that cannot be written, say. */
const META = ["logtape", "meta"];
const META_REST_MS = 60_000;

export interface LogDeps {
  readonly stdout: Out;
  readonly stderr: Out;
  readonly localTime: LocalTimeOf;
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly files: Files;
  /**
   * How an event is printed to standard output: as text for a person, as a JSON line of the log, or not at all, since
   * somebody else prints it. Problems go to standard error, as text or as JSON.
   */
  readonly print: { readonly as: "text"; line(event: Event): string } | { readonly as: "json" } | {
    readonly as: "nothing";
  };
}

export interface DaemonLog extends AsyncDisposable {
  /** From now on by these levels and to this file. */
  use(spec: LogSpec): Promise<void>;
  event(event: Event): void;
  /** What the journal cannot say. */
  problem(text: string): void;
}

const eventJson = getJsonLinesFormatter({ properties: "nest:event" });
const plainJson = getJsonLinesFormatter({ properties: "flatten" });

/** Nothing is logged before the first `use`. */
export function openLog(deps: LogDeps): DaemonLog {
  const { now } = deps.clock;
  let current: string | null = null;
  const log: DaemonLog = {
    async use(spec) {
      const next = JSON.stringify(spec);
      if (next === current) return;
      current = next;
      const onScreen = redacted(screen(deps));
      const fault = (words: string) => {
        const message = `Cannot write the log ${spec.file?.path}: ${words}`;
        const rest = { rawMessage: message, timestamp: now(), properties: {} };
        onScreen({ category: META, level: "error", message: [message], ...rest });
      };
      const file = spec.file && new LogFile(spec.file, { ...deps, fault });
      await configure(loggers(spec, {
        screen: onScreen,
        ...(file && { file: redacted(fileSink(file)) }),
      }));
      await file?.open();
    },
    event(event) {
      const { area, level, message, event: properties } = logEntry(event, deps.localTime);
      emit([ROOT, area], level, { message, timestamp: event.at, properties });
    },
    problem(text) {
      emit([ROOT, "daemon"], "error", { message: text, timestamp: now(), properties: {} });
    },
    [Symbol.asyncDispose]: () => reset(),
  };
  return log;
}

function emit(
  category: [string, string],
  level: LogLevel,
  { message, ...rest }: Pick<LogRecord, "timestamp" | "properties"> & { message: string },
): void {
  getLogger(category).emit({ level, message: [message], rawMessage: message, ...rest });
}

function loggers(spec: LogSpec, sinks: Record<string, Sink>) {
  const names = Object.keys(sinks);
  return {
    reset: true,
    sinks,
    loggers: [
      { category: [ROOT], sinks: names, lowestLevel: spec.level },
      // The sinks of a parent would hold to the parent's level too.
      ...LOG_AREAS.flatMap((area) => {
        const lowestLevel = spec.levels[area];
        if (lowestLevel === undefined) return [];
        return [{
          category: [ROOT, area],
          sinks: names,
          parentSinks: "override" as const,
          lowestLevel,
        }];
      }),
      { category: META, sinks: ["screen"], lowestLevel: "warning" as const },
    ],
  };
}

function screen({ stdout, stderr, print, clock: { now } }: LogDeps): Sink {
  let lastMeta = "";
  let lastMetaAt = -Infinity;
  return (record) => {
    if (isEvent(record)) {
      if (print.as === "text") {
        stdout.write(`${print.line(record.properties as unknown as Event)}\n`);
      } else if (print.as === "json") stdout.write(eventJson(record));
      return;
    }
    const text = record.message.map(String).join("");
    if (record.category[0] === META[0]) {
      if (text === lastMeta && now() - lastMetaAt < META_REST_MS) return;
      [lastMeta, lastMetaAt] = [text, now()];
    }
    stderr.write(print.as === "text" ? `${text}\n` : plainJson(record));
  };
}

function fileSink(file: LogFile): Sink & AsyncDisposable {
  const sink: Sink = (record) => file.add((isEvent(record) ? eventJson : plainJson)(record));
  return Object.assign(sink, { [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() });
}

function isEvent({ properties }: LogRecord): boolean {
  return typeof properties["type"] === "string" && typeof properties["seq"] === "number";
}

/** The sink, which sees no secret. What it lets go of at its end stays its business. */
function redacted(sink: Sink & Partial<AsyncDisposable>): Sink & AsyncDisposable {
  const clean = (record: LogRecord) => {
    const message = record.message.map((part) => redact(textOf(part)));
    const properties = redactAll(record.properties) as Record<string, unknown>;
    sink({ ...record, message, rawMessage: message.join(""), properties });
  };
  return Object.assign(clean, {
    [Symbol.asyncDispose]: async () => await sink[Symbol.asyncDispose]?.(),
  });
}

function textOf(part: unknown): string {
  return part instanceof Error ? part.message : String(part);
}
