/**
 * Whether a person is at a session's keyboard, from what tmux tells of its clients and what stands in the input box.
 *
 * @module
 */
import type { SessionName } from "../model/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { Pane, Tmux } from "../ports/tmux.ts";
import { type InputBox, inputBox } from "./input_box.ts";

/** Whoever has just pressed a key is about to press another one. */
export const AT_KEYS_MS = 10_000;
/** With something half written, people think for longer. */
export const OVER_DRAFT_MS = 60_000;

export interface Person {
  /** Attached, and at the keys a moment ago. A draft that nobody looks at any more is only a draft. */
  readonly isTyping: boolean;
  /** Null: a dialog or an unknown screen, or tmux could not say. */
  readonly box: InputBox | null;
}

/** Best effort: what tmux cannot tell is nobody. */
export async function seePerson(
  { tmux, clock }: { readonly tmux: Tmux; readonly clock: Pick<Clock, "now"> },
  session: SessionName,
  paneId: string | null,
): Promise<Person> {
  try {
    const panes = await tmux.panes();
    const pane = panes.find((p) => p.session === session && (paneId === null || p.id === paneId));
    if (!pane || pane.dead) return { isTyping: false, box: null };
    const box = inputBox(await tmux.capture(session, { styled: true }));
    return { isTyping: isAtKeyboard(pane, box, clock.now()), box };
  } catch {
    return { isTyping: false, box: null };
  }
}

/** Epoch milliseconds. A clock that was set back says nothing. */
export function isAtKeyboard(
  { attached, activeAt }: Pick<Pane, "attached" | "activeAt">,
  box: InputBox | null,
  now: number,
): boolean {
  const agoMs = now - activeAt;
  if (attached === 0 || agoMs < -AT_KEYS_MS) return false;
  return agoMs < (box && box.draft !== "" ? OVER_DRAFT_MS : AT_KEYS_MS);
}

/** As much of it as people are told; null when neither tmux nor the screen tells anything. */
export async function atKeyboard(
  ports: { readonly tmux: Tmux; readonly clock: Pick<Clock, "now"> },
  session: SessionName,
  paneId: string | null,
): Promise<{ isTyping: boolean; draftChars: number | null } | null> {
  const { isTyping, box } = await seePerson(ports, session, paneId);
  if (!isTyping && !box) return null;
  return { isTyping, draftChars: box && [...box.draft].length };
}
