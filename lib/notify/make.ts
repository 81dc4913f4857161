/**
 * How a notice is made: what all have in common.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import type { Notice, Subject } from "../model/notice.ts";
import { redact } from "../model/secret_text.ts";
import { entry, type State } from "../model/state.ts";
import type { LocalTimeOf } from "../words/time.ts";

/** An event with the states around it. */
export interface Happening<E extends Event = Event> {
  readonly event: E;
  readonly before: State;
  readonly after: State;
  /** Of the place where the daemon runs. */
  readonly localTime: LocalTimeOf;
}

type Content =
  & Pick<Notice, "kind" | "severity" | "title">
  & Partial<Pick<Notice, "lines" | "todo" | "subject">>
  & {
    /** Behind the kind: what is the same happening. Left out: the event's place in the journal. */
    readonly id?: string;
  };

export function make({ event }: Happening, content: Content): Notice {
  const { id = String(event.seq), kind, severity, title, lines = [], todo = null } = content;
  return {
    id: `${kind}:${id}`,
    kind,
    severity,
    at: event.at,
    // Channels lead to services of others: what is held back from the log must not go there.
    title: redact(title),
    lines: lines.map(redact),
    todo,
    subject: content.subject ?? {},
    seqs: { first: event.seq, last: event.seq },
    count: 1,
  };
}

/** The session with its account and project. */
export function aboutSession({ after }: Happening, session: string): Subject {
  const project = after.config?.sessions.find((s) => s.name === session)?.project;
  const account = entry(after.sessions, session)?.account;
  return {
    session,
    ...(account === undefined ? {} : { account }),
    ...(project ? { project } : {}),
  };
}

const MOST = 300;

/** A text from elsewhere, on one line and not too long. */
export function bounded(text: string): string {
  // Before it is cut: half of a secret looks like none.
  const line = redact(text).replaceAll(/\s+/g, " ").trim();
  return line.length > MOST ? `${line.slice(0, MOST - 1)}…` : line;
}

/** `s1, s2, s3 and 4 more`. */
export function named(names: readonly string[], most = 8): string {
  const [shown, rest] = [names.slice(0, most), names.length - most];
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}
