/**
 * What channels need of the world.
 *
 * @module
 */
import type { Clock } from "../../ports/clock.ts";
import type { Files } from "../../ports/files.ts";
import type { Processes } from "../../ports/process.ts";

export interface ChannelDeps {
  readonly clock: Clock;
  readonly files: Files;
  readonly processes: Processes;
  /** To the outside. */
  readonly fetch: typeof fetch;
  /** Of the daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** A line on the daemon's own standard output. */
  print(line: string): void;
}
