/**
 * What happened, line by line in words, the latest first. The small print of the journal is left out, and the steps of moves,
 * which stand with their swap.
 *
 * @module
 */
import { html } from "hono/html";
import type { Event } from "../../model/event.ts";
import { eventWords } from "../../words/event.ts";
import { systemLocalTime } from "../../words/time.ts";
import { type Html, time } from "./parts.ts";

export const LINES_SHOWN = 40;

export function feedLines(events: readonly Event[]): Html[] {
  return events.toReversed().flatMap((event) => {
    const { subject, text, tone } = eventWords(event, systemLocalTime);
    if (tone === "dim" || event.type === "move.step.finished") return [];
    const by = event.via === undefined ? "" : ` (token ${event.via})`;
    return [
      html`
        <li id="event-${event.seq}"
          class="t-${tone}">${time(event.at, "clock")} <strong>${subject}</strong> ${text}${by}</li>
      `,
    ];
  }).slice(0, LINES_SHOWN);
}
