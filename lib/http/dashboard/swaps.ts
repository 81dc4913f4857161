/**
 * The last swaps: each move on a line of time, its steps in words with what they took.
 *
 * @module
 */
import { html } from "hono/html";
import { unreachable } from "../../model/ids.ts";
import { countOf } from "../../words/count.ts";
import { duration } from "../../words/time.ts";
import type { MoveView, SwapView } from "../swap_view.ts";
import { type Html, type Part, time } from "./parts.ts";

export const SWAPS_SHOWN = 5;
const MOVES_SHOWN = 12;
/** The width of a line of time, in its own units. */
const WIDTH = 1_000;
const LEAST = 6;

/** The latest one open, those before folded. */
export function swapCards(swaps: readonly SwapView[], now: number): Html[] {
  return swaps.slice(0, SWAPS_SHOWN).map((swap, i) => {
    const { id, requestedAt, why, by } = swap;
    const isOpen = i === 0 || swap.outcome.is === "running";
    return html`
      <li id="swap-${id}" class="card swap is-${swap.outcome.is}">
        <h3>${title(swap)}</h3>
        <p>${outcome(swap)}</p>
        <p class="soft">${by === "person" ? "asked for by a person" : `because ${why}`}, ${time(
          requestedAt,
        )}</p>
        <details${isOpen
          ? html`
            open
          `
          : ""}><summary>${countOf(swap.moves.length, "move")}</summary>${swap.moves.slice(
            0,
            MOVES_SHOWN,
          ).map((move) => line(move, swap, now))}${swap.moves.length > MOVES_SHOWN
          ? html`<p class="soft">and ${swap.moves.length - MOVES_SHOWN} more</p>`
          : ""}</details></li>
    `;
  });
}

function title({ from, to }: SwapView): string {
  return from === to ? `${from}: parked` : `${from} → ${to}`;
}

function outcome({ outcome, tookMs, requestedAt }: SwapView): Part {
  switch (outcome.is) {
    case "running":
      return html`<strong>running</strong>, begun ${time(requestedAt)}`;
    case "finished":
      return html`<strong>finished</strong> in ${duration(tookMs ?? 0)}`;
    case "failed":
      return html`<strong>failed</strong>: ${outcome.reason}`;
    default:
      return unreachable(outcome);
  }
}

function line(move: MoveView, { requestedAt, outcome, to }: SwapView, now: number): Html {
  const end = outcome.is === "running" ? now : outcome.at;
  const spanMs = Math.max(1, end - requestedAt);
  const rects = move.steps.flatMap(({ step, is, startedAt, tookMs }) => {
    if (startedAt === null) return [];
    const x = Math.round((startedAt - requestedAt) / spanMs * WIDTH);
    const ms = tookMs ?? Math.max(0, end - startedAt);
    const width = Math.max(LEAST, Math.round(ms / spanMs * WIDTH));
    return [
      html`
        <rect class="st-${step} is-${is}" x="${Math.min(
          x,
          WIDTH - LEAST,
        )}" width="${width}" height="10">
          <title>${step}: ${duration(ms)}</title>
        </rect>
      `,
    ];
  });
  return html`
    <div class="move">
      <p class="between"><span>${move.session}${move.to === to
        ? ""
        : ` → ${move.to}`}</span> <span class="soft">${fate(move)}</span></p>
      <svg class="line" aria-hidden="true" viewBox="0 0 ${WIDTH} 10"
        preserveAspectRatio="none"><rect class="track" width="${WIDTH}" height="10"/>${rects}</svg>
      <ol class="steps">${move.steps.map(({ step, is, tookMs }) =>
        html`<li class="st-${step} is-${is}"><span class="dot"></span>${step} ${
          tookMs !== null ? duration(tookMs) : is === "running" ? "…" : is === "done" ? "done" : "–"
        }</li>`
      )}</ol>
    </div>
  `;
}

function fate({ outcome, quiesced, proven, parking }: MoveView): string {
  const cut = quiesced === "cut" ? ", its turn was cut" : "";
  switch (outcome.is) {
    case "running":
      return parking === null ? `under way${cut}` : `is to be parked: ${parking}`;
    case "moved":
      return `moved${cut}${proven ? ", and has answered" : ""}`;
    case "parked":
      return "parked";
    case "failed":
      return outcome.reason;
    default:
      return unreachable(outcome);
  }
}
