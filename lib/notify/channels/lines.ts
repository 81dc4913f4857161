/**
 * Notices as JSON lines: to a file that is turned over by size, or to the daemon's standard output (for journald and the
 * like).
 *
 * @module
 */
import { getRotatingFileSink } from "@logtape/file";
import type { LogRecord, Sink } from "@logtape/logtape";
import type { FileSpec, StdoutSpec } from "../../model/notify_config.ts";
import type { Channel, Message } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { retryLater } from "./http.ts";
import { dataOf } from "./text.ts";

export function file({ name, path, maxBytes, keep }: FileSpec): Channel {
  let open: (Sink & Disposable) | null = null;
  const close = () => {
    open?.[Symbol.dispose]();
    open = null;
  };
  return {
    name,
    canUpdate: false,
    leastGapMs: 0,
    send(message) {
      try {
        open ??= getRotatingFileSink(path, {
          maxSize: maxBytes,
          maxFiles: keep,
          bufferSize: 0, // each line is in the file when it counts as sent
          formatter: ({ properties }) => `${properties["line"]}\n`,
        });
        open(recordOf(message));
        return Promise.resolve({ is: "sent", ref: null });
      } catch (error) {
        close(); // the next attempt opens it anew: the disk has room again, the folder is there
        const words = error instanceof Error ? error.message : String(error);
        return Promise.resolve(retryLater(`cannot write ${path}: ${words}`));
      }
    },
    close() {
      close();
      return Promise.resolve();
    },
  };
}

export function stdout({ name }: StdoutSpec, { print }: ChannelDeps): Channel {
  return {
    name,
    canUpdate: false,
    leastGapMs: 0,
    send(message) {
      print(lineOf(message));
      return Promise.resolve({ is: "sent", ref: null });
    },
    close: () => Promise.resolve(),
  };
}

function lineOf(message: Message): string {
  return JSON.stringify(dataOf(message));
}

/** The sink takes LogTape's records; only the line is written. */
function recordOf(message: Message): LogRecord {
  return {
    category: ["claude-failover", "notice"],
    level: "info",
    message: [],
    rawMessage: "",
    timestamp: message.notice.at,
    properties: { line: lineOf(message) },
  };
}
