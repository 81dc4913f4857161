/**
 * Types a prompt into an idle session, with a look at the world before and after each thing that cannot be taken back.
 *
 * Measured on 2.1.330: UserPromptSubmit comes 30 to 150 ms after Enter. Under load, and right after the start, an Enter
 * may be lost; the text then stays in the box, and another Enter sends it. It is never typed again.
 *
 * @module
 */
import type { SessionName } from "../model/ids.ts";
import { type Clock, waitUntil } from "../ports/clock.ts";
import { type Tmux, TmuxError } from "../ports/tmux.ts";
import { seePerson } from "./person.ts";
import { squeezed } from "./sent_prompt.ts";

export interface TypeDeps {
  readonly clock: Clock;
  readonly tmux: Tmux;
  readonly signal: AbortSignal;
}

export interface Typing {
  readonly session: SessionName;
  /** tmux's id of the pane its run was launched in. */
  readonly pane: string | null;
  /** One line without control characters (`typedPrompt`). */
  readonly text: string;
  /** Whether UserPromptSubmit has told of this text. */
  isTaken(): boolean;
  /** Called right before the first key: false when it may not be typed after all. */
  begin(): boolean;
}

export type Typed =
  | { readonly is: "taken" }
  /** No key was pressed. It may be tried again. */
  | { readonly is: "not typed"; readonly why: string }
  /** Keys were pressed, and nothing tells that it was taken. */
  | { readonly is: "unsure"; readonly why: string };

const PIECE = 400;
const POLL_MS = 50;
/** For what was typed to stand on the screen. */
const SHOWN_MS = 5_000;
const ENTER_AGAIN_MS = 2_500;
const ENTERS = 3;
/** From the last Enter on: a message of a hook may be late. */
const TAKEN_MS = 10_000;

/** Types the text and sends it, if nobody else is at the keyboard and the input box is there and empty. */
export async function typePrompt(typing: Typing, deps: TypeDeps): Promise<Typed> {
  const why = await inTheWay(typing, deps);
  if (why !== null) return { is: "not typed", why };
  if (!typing.begin()) return { is: "not typed", why: "it is no longer free" };
  return await unsureOfTmux(async () => {
    if (await typeInPieces(typing, deps)) return await sendTyped(typing, deps);
    return { is: "unsure", why: "its input box does not show just this text, so it was not sent" };
  });
}

/**
 * Piece after piece, each when the one before it stands in the box: what a busy Claude Code reads at once becomes a
 * "[Pasted text]" past 800 characters, however it was sent. False when the box shows something else.
 */
async function typeInPieces(typing: Typing, deps: TypeDeps): Promise<boolean> {
  const characters = [...typing.text];
  for (let at = 0; at < characters.length; at += PIECE) {
    await deps.tmux.type(typing.session, characters.slice(at, at + PIECE).join(""));
    const text = characters.slice(0, at + PIECE).join("");
    const stood = await waitUntil(
      deps.clock,
      SHOWN_MS,
      async () => await stands({ ...typing, text }, deps) === "whole",
      { everyMs: POLL_MS, signal: deps.signal },
    );
    if (!stood) return false;
  }
  return true;
}

/**
 * Takes a typing to its end that an earlier life of the daemon began: sends what stands whole in the box, and types nothing.
 */
export async function finishTyping(typing: Typing, deps: TypeDeps): Promise<Typed> {
  return await unsureOfTmux(async () => {
    const settled = async () => typing.isTaken() || await stands(typing, deps) === "whole";
    const opts = { everyMs: POLL_MS, signal: deps.signal };
    if (await waitUntil(deps.clock, ENTER_AGAIN_MS, settled, opts)) {
      return await sendTyped(typing, deps);
    }
    const partly = await stands(typing, deps) === "partly";
    return {
      is: "unsure",
      why: partly
        ? "the daemon ended in the middle of typing it: a part of it stands in the input box"
        : "the daemon ended in the middle of typing it, and it was not typed again",
    };
  });
}

/** Enter, and again when it was lost. */
async function sendTyped(typing: Typing, deps: TypeDeps): Promise<Typed> {
  const opts = { everyMs: POLL_MS, signal: deps.signal };
  for (let n = 0; n < ENTERS && !typing.isTaken(); n++) {
    if (await stands(typing, deps) !== "whole") break;
    await deps.tmux.key(typing.session, "Enter");
    await waitUntil(deps.clock, ENTER_AGAIN_MS, typing.isTaken, opts);
  }
  if (await waitUntil(deps.clock, TAKEN_MS, typing.isTaken, opts)) return { is: "taken" };
  const left = await stands(typing, deps) === "nothing" ? "left" : "still stands in";
  return {
    is: "unsure",
    why: `the text ${left} its input box, and nothing tells that it was taken`,
  };
}

/** What of the text stands in the input box. */
async function stands(
  { session, pane, text }: Typing,
  deps: TypeDeps,
): Promise<"whole" | "partly" | "nothing"> {
  const draft = squeezed((await seePerson(deps, session, pane)).box?.draft ?? "");
  if (draft === squeezed(text)) return "whole";
  return draft !== "" && squeezed(text).startsWith(draft) ? "partly" : "nothing";
}

/** Why nothing may be typed now, or null. */
async function inTheWay({ session, pane }: Typing, deps: TypeDeps): Promise<string | null> {
  const { isTyping, box } = await seePerson(deps, session, pane);
  if (isTyping) return "a person is at its keyboard";
  if (!box) return "its input box is not on the screen";
  if (box.mode === "shell") return "its input box is in shell mode";
  return box.draft === "" ? null : "an unsent draft stands in its input box";
}

/** Past the first key an error of tmux says nothing about what arrived. */
async function unsureOfTmux(act: () => Promise<Typed>): Promise<Typed> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof TmuxError) return { is: "unsure", why: error.message };
    throw error;
  }
}
