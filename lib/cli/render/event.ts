/**
 * Journal lines for people: when, who, what.
 *
 * @module
 */
import type { Event } from "../../model/event.ts";
import { eventWords } from "../../words/event.ts";
import { type LocalTimeOf, wallTime } from "../../words/time.ts";
import type { Style } from "../style.ts";

export interface EventRenderOptions {
  readonly style: Style;
  readonly localTime: LocalTimeOf;
}

const SUBJECT = 12;

/** `19:12:07  ccl-3         took our prompt`; no newline. */
export function renderEvent(event: Event, { style, localTime }: EventRenderOptions): string {
  const { subject, text, tone } = eventWords(event, localTime);
  const by = event.via === undefined
    ? ""
    : event.via === "mcp"
    ? " (mcp)"
    : ` (token ${event.via})`;
  const said = tone === "plain" ? text + by : style[tone](text + by);
  return `${style.dim(wallTime(event.at, localTime))}  ${
    style.name(subject.padEnd(SUBJECT))
  }  ${said}`;
}
