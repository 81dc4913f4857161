/**
 * What every source of figures says, whichever it is: figures with their age, or why there are none. Unreadable is not zero.
 *
 * @module
 */
import type { ByWindow, WindowReading } from "../../model/quota.ts";

export type Answer =
  | Figures
  /** `why` is for people and may stand in the journal. */
  | { readonly is: "nothing"; readonly why: string };

export interface Figures {
  readonly is: "figures";
  readonly windows: ByWindow<WindowReading>;
  /** When they were made, epoch milliseconds; null: nobody says. */
  readonly madeAt: number | null;
  /** What it says of paid use past the plan; absent: nothing. */
  readonly overage?: { readonly inUse: boolean | null; readonly enabled: boolean | null };
}

export function nothing(why: string): Answer {
  return { is: "nothing", why };
}
