/**
 * What `init` has to know before a config can be written, however it learns it.
 *
 * @module
 */
import type { FailoverMode } from "../../model/config.ts";
import type { FoundDir } from "../pool/find.ts";

/** What is decided before a config can be written. */
export interface Choices {
  readonly accounts: readonly { readonly id: string; readonly configDir: string }[];
  /** Absolute. */
  readonly projects: readonly string[];
  readonly sessionsEach: number;
  readonly mode: FailoverMode;
}

/** What there is to choose from. */
export interface Surroundings {
  readonly dirs: readonly FoundDir[];
  /** Folders with a task queue, or the one we are in. */
  readonly projects: readonly string[];
}

export const MODES = ["auto", "confirm", "off"] as const;
export const SESSIONS_EACH = 2;
export const MOST_SESSIONS = 100;

/** What options have said. */
export type Given = Partial<Choices>;
