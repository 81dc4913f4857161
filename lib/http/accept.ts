/**
 * How a route records a request, with who asked, and what it says when the state does not allow it.
 *
 * @module
 */
import type { Context } from "hono";
import type { Event, Fact } from "../model/event.ts";
import type { AppEnv } from "./caller.ts";
import { callerOf } from "./caller.ts";
import type { Control } from "./control.ts";
import { notFound, refused } from "./problem.ts";

/** The journal line of a command that was taken. */
export interface Accepted {
  readonly seq: number;
}

/** Records facts with whose request they came of. The first one carries its Idempotency-Key. */
export function recordFor(c: Context, control: Pick<Control, "record">, ...facts: Fact[]): Event[] {
  const { token, via = token } = callerOf(c);
  const { once }: Partial<AppEnv["Bindings"]> = c.env;
  return control.record(...facts.map((fact, i): Fact => ({
    ...fact,
    ...(via === null ? {} : { via }),
    ...(once && i === 0 ? { once } : {}),
  })));
}

/** Records a request, or throws what refused it. */
export function accept(c: Context, control: Pick<Control, "record">, fact: Fact): Accepted {
  const [event] = recordFor(c, control, fact);
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
