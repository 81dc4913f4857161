/**
 * What `claude -p "/usage"` prints, as data: the only place where its texts stand. The samples are what the tests run over.
 *
 * It exits with 0 whatever came of it, and prints its last figures, up to an hour old, when the provider does not answer, without
 * saying so (2.1.208 on; seen with 2.1.330). With none it prints the first line alone.
 *
 * @module
 */
import type { ByWindow } from "../../model/quota.ts";

/** `Current session: 42% used · resets Aug 28 at 10:20pm (Europe/London)`. */
export const FIGURE = /^(.{1,80}?):\s*(\d{1,4}(?:\.\d+)?)\s*% used\b(?:.*?\bresets\s+(.+))?$/i;

/** The account is a plan, of which there are figures; else what it prints is of money. */
export const SUBSCRIPTION = /\busing your subscription\b/i;

export interface UsageSample {
  /** A version of Claude Code. */
  readonly seenIn: string;
  readonly text: string;
  /** Percent and the text of the reset, by window. */
  readonly windows: ByWindow<readonly [usedPct: number, reset: string | null]>;
}

const HEAD = "You are currently using your subscription to power your Claude Code usage";

export const USAGE_SAMPLES: readonly UsageSample[] = [
  {
    seenIn: "2.1.330",
    text: `${HEAD}\n\nCurrent session: 10% used · resets Nov 28, 10:39am (UTC)\n` +
      "Current week (all models): 20% used · resets Dec 4, 5:39am (UTC)\n" +
      "Current week (Sonnet only): 0% used",
    windows: {
      five_hour: [10, "Nov 28, 10:39am (UTC)"],
      seven_day: [20, "Dec 4, 5:39am (UTC)"],
      seven_day_sonnet: [0, null],
    },
  },
  {
    seenIn: "2.1.330",
    text: `${HEAD}\n\nCurrent session: 93% used · resets Nov 28, 5:39am (America/New_York)\n` +
      "Current week (all models): 102% used · resets Dec 4, 12:39am (America/New_York)",
    windows: {
      five_hour: [93, "Nov 28, 5:39am (America/New_York)"],
      seven_day: [102, "Dec 4, 12:39am (America/New_York)"],
    },
  },
  { seenIn: "2.1.330, without an answer", text: HEAD, windows: {} },
  {
    seenIn: "2.1.330, with an API key or signed out",
    text: "Estimated cost:        $0.0000\nTotal duration (API):  0s\nTotal duration (wall): 1s\n" +
      "Total code changes:    0 lines added, 0 lines removed\n" +
      "Usage:                 0 input, 0 output, 0 cache read, 0 cache write",
    windows: {},
  },
  {
    seenIn: "2.1.285",
    text: `${HEAD}\n\nCurrent session: 42% used · resets Aug 28 at 10:20pm (Europe/London)\n` +
      "Current week (all models): 52% used · resets Sep 2 at 6pm (Europe/London)\n" +
      "Current week (Fable): 62% used · resets Sep 2 at 6pm (Europe/London)",
    windows: {
      five_hour: [42, "Aug 28 at 10:20pm (Europe/London)"],
      seven_day: [52, "Sep 2 at 6pm (Europe/London)"],
      seven_day_fable: [62, "Sep 2 at 6pm (Europe/London)"],
    },
  },
  {
    seenIn: "2.1.250",
    text:
      `${HEAD}\n\nCurrent session: 0% used\nCurrent week (all models): 7% used · resets Oct 1, 1:40pm (UTC)`,
    windows: { five_hour: [0, null], seven_day: [7, "Oct 1, 1:40pm (UTC)"] },
  },
];
