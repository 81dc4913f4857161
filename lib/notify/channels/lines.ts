/**
 * Notices as JSON lines: to a file that is turned over by size, or to the daemon's standard output (for journald and the
 * like).
 *
 * @module
 */
import { getRotatingFileSink } from "@logtape/file";
import type { LogRecord } from "@logtape/logtape";
import type { FileSpec, StdoutSpec } from "../../model/notify_config.ts";
import type { Channel, Message } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { retryLater } from "./http.ts";
import { dataOf } from "./text.ts";

/** Of a file that was not there; one that somebody has made keeps its own, also when it is turned over. */
const PRIVATE = 0o600;

export function file(spec: FileSpec, { files }: Pick<ChannelDeps, "files">): Channel {
  /** The last attempt may have left the beginning of a line. */
  let isTorn = false;
  return {
    name: spec.name,
    canUpdate: false,
    leastGapMs: 0,
    async send(message) {
      try {
        const before = await files.stat(spec.path);
        if (!before) await files.create(spec.path, "", PRIVATE);
        // To open a pipe that nobody reads would stop the whole daemon.
        else if (await isPipe(files, spec.path)) return retryLater(`${spec.path} is no file`);
        const line = `${isTorn ? "\n" : ""}${lineOf(message)}\n`;
        append(spec, line, message.notice.at);
        isTorn = !await isWhole(files, spec.path, line);
        if (isTorn) return retryLater(`cannot write ${spec.path}: a part of the line has no room`);
        await keepMode(files, spec.path, before ? before.mode & 0o777 : PRIVATE);
        return { is: "sent", ref: null };
      } catch (error) {
        isTorn = true;
        const words = error instanceof Error ? error.message : String(error);
        return retryLater(`cannot write ${spec.path}: ${words}`);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Opened for each line: somebody may have moved the file away, and a notice is no stream. On disk when it returns. */
function append({ path, maxBytes, keep }: FileSpec, line: string, timestamp: number): void {
  using sink = getRotatingFileSink(path, {
    maxSize: maxBytes,
    maxFiles: keep - 1, // beside the one that is written
    bufferSize: 0,
    formatter: () => line,
  });
  const record: LogRecord = {
    category: ["claude-failover", "notice"],
    level: "info",
    message: [],
    rawMessage: "",
    timestamp,
    properties: {},
  };
  sink(record);
}

/** A disk that is nearly full takes a part of a line, and the sink says nothing of it. */
async function isWhole(
  files: ChannelDeps["files"],
  path: string,
  line: string,
): Promise<boolean> {
  const real = await files.realPath(path);
  const info = real === null ? null : await files.stat(real);
  if (real === null || info?.kind !== "file") return true;
  const bytes = new TextEncoder().encode(line).length;
  const end = await files.readFrom(real, Math.max(0, info.size - bytes), bytes);
  return end?.text === line;
}

async function isPipe(files: ChannelDeps["files"], path: string): Promise<boolean> {
  const real = await files.realPath(path);
  return real !== null && (await files.stat(real))?.kind === "pipe";
}

/** The sink begins a file with the mode of the umask; there is one line in it then. */
async function keepMode(files: ChannelDeps["files"], path: string, mode: number): Promise<void> {
  const after = await files.stat(path);
  if (!after || after.kind !== "file" || (after.mode & 0o777) === mode) return;
  await files.writeAtomic(path, await files.read(path) ?? "", mode);
}

export function stdout({ name }: StdoutSpec, { print }: ChannelDeps): Channel {
  return {
    name,
    canUpdate: false,
    leastGapMs: 0,
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
