/**
 * Notices as JSON lines: to a file that is turned over by size, or to the daemon's standard output (for journald and the
 * like).
 *
 * @module
 */
import type { FileSpec, StdoutSpec } from "../../model/notify_config.ts";
import { LineFile } from "../../runtime/line_file.ts";
import type { Channel, Message } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { retryLater } from "./http.ts";
import { dataOf } from "./text.ts";

/** What is written is not waited for, so a long row of lines would keep the event loop from everybody else. */
const LEAST_GAP_MS = 25;

export function file(spec: FileSpec, { files }: Pick<ChannelDeps, "files">): Channel {
  const lines = new LineFile(spec, files);
  return {
    name: spec.name,
    canUpdate: false,
    leastGapMs: LEAST_GAP_MS,
    async send(message) {
      const fault = await lines.append(`${lineOf(message)}\n`);
      if (fault !== null) return retryLater(`cannot write ${spec.path}: ${fault}`);
      return { is: "sent", ref: null };
    },
    close: () => Promise.resolve(),
  };
}

export function stdout({ name }: StdoutSpec, { print }: ChannelDeps): Channel {
  return {
    name,
    canUpdate: false,
    leastGapMs: LEAST_GAP_MS,
    send(message) {
      try {
        print(lineOf(message));
        return Promise.resolve({ is: "sent", ref: null });
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        return Promise.resolve(retryLater(`cannot write to standard output: ${words}`));
      }
    },
    close: () => Promise.resolve(),
  };
}

function lineOf(message: Message): string {
  return JSON.stringify(dataOf(message));
}
