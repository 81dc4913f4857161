/**
 * A swap as it happens: the lines that each event adds.
 *
 * @module
 */
import type { Event, MoveStep } from "../../model/event.ts";
import type { Style } from "../style.ts";
import { STEP_WORDS } from "./swap.ts";
import { duration } from "../../words/time.ts";

/** These may take as long as somebody else does, so their beginning is told too. */
const SLOW: readonly MoveStep[] = ["quiesce", "stop", "resumed"];

/** Feed it the journal in order; it gives the lines to print for each event, without a newline. */
export function swapProgress(
  swap: string,
  { style }: { readonly style: Style },
): (event: Event) => string[] {
  const begun = new Map<string, number>();
  const said = (session: string, mark: string, step: string, took: string, words: string) =>
    `  ${style.name(session.padEnd(12))} ${mark} ${step.padEnd(11)} ${took.padStart(8)}  ${words}`;
  return (event) => {
    if (!("swap" in event) || event.swap !== swap) return [];
    switch (event.type) {
      case "move.step.started": {
        const { session, step, at } = event;
        begun.set(`${session} ${step}`, at);
        if (!SLOW.includes(step)) return [];
        return [style.dim(`  ${session.padEnd(12)} ▸ ${step.padEnd(11)} ${" ".repeat(8)}  ...`)];
      }
      case "move.step.finished": {
        const { session, step, at } = event;
        const took = duration(at - (begun.get(`${session} ${step}`) ?? at));
        return [said(session, style.good("✓"), step, took, style.dim(STEP_WORDS[step]))];
      }
      case "move.quiesced":
        if (event.as === "at rest") return [];
        return [
          `  ${event.session}: ${style.warn("the grace is over, its work is cut and continued")}`,
        ];
      case "move.redirected":
        return [`  ${event.session}: ${style.warn(`to ${event.to} instead: ${event.reason}`)}`];
      case "swap.redirected":
        return [style.warn(`  to ${event.to} instead: ${event.reason}`)];
      case "move.parking":
        return [`  ${event.session}: ${style.warn(`no account has room (${event.reason})`)}`];
      case "move.parked":
        return [`  ${event.session}: ${style.warn("parked until one has")}`];
      case "move.finished":
        return [`  ${event.session}: ${style.good("moved")}`];
      case "move.failed":
        return [`  ${event.session}: ${style.bad(`not moved (${event.left}): ${event.reason}`)}`];
      case "swap.failed":
        return [style.bad(`  ${event.reason}`)];
      default:
        return [];
    }
  };
}
