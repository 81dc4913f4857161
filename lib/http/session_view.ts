/**
 * One session, whole, as the outside sees it.
 *
 * @module
 */
import { entry, type Session, type State } from "../model/state.ts";
import { type SessionView, sessionViews } from "./view.ts";

/** Who is at the keyboard now; null when tmux or the screen does not tell. */
export interface AtKeyboard {
  readonly isTyping: boolean;
  /** How much stands unsent in the input box; null when the box is not on the screen. */
  readonly draftChars: number | null;
}

export interface SessionDetail extends SessionView {
  /** When the view was made. */
  readonly now: number;
  readonly pane: string | null;
  readonly launchedAt: number | null;
  readonly transcript: string | null;
  readonly asked: Session["asked"];
  readonly keyboard: AtKeyboard | null;
  /** The last prompt that was sent through the daemon. Its text is not told. */
  readonly send: Session["send"];
  /** Where the last unsent draft lies that was kept. */
  readonly keptDraft: Session["draft"];
  /** The last transitions, newest last. */
  readonly history: Session["history"];
  /** The last unwanted ends in a row, newest last. */
  readonly deaths: Session["deaths"];
}

/** The session must be there. */
export function sessionDetail(
  state: State,
  name: string,
  keyboard: AtKeyboard | null,
  now: number,
): SessionDetail {
  const session = entry(state.sessions, name)!;
  const view = sessionViews(state, now).find((s) => s.name === name)!;
  const { run, asked, send, draft: keptDraft, history, deaths } = session;
  const isThere = view.pid !== null;
  return {
    ...view,
    now,
    pane: isThere ? run?.pane ?? null : null,
    launchedAt: isThere ? run?.launchedAt ?? null : null,
    transcript: run?.transcript ?? null,
    asked,
    keyboard,
    send,
    keptDraft,
    history,
    deaths,
  };
}
