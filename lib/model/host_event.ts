/**
 * What the daemon sees of the machine it runs on: a part of the one union of `event.ts`.
 *
 * @module
 */
import type { Severity } from "./notice.ts";

export interface HostProblem {
  readonly about: "disk" | "claude";
  readonly severity: Severity;
  /** A sentence without its full stop. */
  readonly what: string;
  readonly hint: string | null;
}

/** Recorded when it is another than before. */
export type HostFact = {
  type: "host.checked";
  problems: readonly HostProblem[];
  /** Claude Code's version; null when it did not say one. */
  claude: string | null;
};
