/**
 * How a route records a request, and what it says when the state does not allow it.
 *
 * @module
 */
import type { Fact } from "../model/event.ts";
import type { Control } from "./app.ts";
import { notFound, refused } from "./problem.ts";

/** The journal line of a command that was taken. */
export interface Accepted {
  readonly seq: number;
}

/** Records a request, or throws what refused it. */
export function accept(control: Pick<Control, "record">, fact: Fact): Accepted {
  const [event] = control.record(fact);
  if (!event) throw new TypeError(`Cannot record ${fact.type}: nothing was written`);
  if (event.type === "request.refused" && fact.type !== "request.refused") {
    throw refused(event.reason);
  }
  return { seq: event.seq };
}

export function knownSession(control: Pick<Control, "state">, name: string): string {
  if (Object.hasOwn(control.state().sessions, name)) return name;
  throw notFound(`no session ${name}`);
}
