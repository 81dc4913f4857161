/**
 * A swap as a timeline: each session's steps with when they began and how long they took.
 *
 * @module
 */
import type { MoveView, StepView, SwapView } from "../../http/swap_view.ts";
import type { MoveStep } from "../../model/event.ts";
import type { Style } from "../style.ts";
import { duration } from "../../words/time.ts";
import { wrap } from "./wrap.ts";

export interface SwapRenderOptions {
  readonly columns: number;
  readonly style: Style;
}

/** What each step does, for people. */
export const STEP_WORDS: Readonly<Record<MoveStep, string>> = {
  checkpoint: "save what it needs to go on",
  quiesce: "wait for the end of the turn",
  stop: "end the old process",
  rehome: "link the other account's folders",
  launch: "start under the other account",
  resumed: "hear from it under the same id",
};

export function renderSwap(swap: SwapView, options: SwapRenderOptions): string {
  const moves = swap.moves.flatMap((move) => [
    moveHead(move, swap, options),
    ...move.steps.map((step) => renderStep(step, move, swap, options.style)),
  ]);
  return [...head(swap, options), ...moves].join("\n");
}

/** One line a session: its steps as marks, until it is moved. */
export function renderSwapBriefly(swap: SwapView, options: SwapRenderOptions): string {
  const { style } = options;
  const marks = { done: style.good("✓"), running: style.warn("▸"), pending: style.dim("·") };
  const moves = swap.moves.flatMap((move) => {
    const line = moveHead(move, swap, options);
    if (move.outcome.is !== "running") return [line];
    return [line, `    ${move.steps.map(({ step, is }) => `${marks[is]} ${step}`).join("  ")}`];
  });
  return [...head(swap, options), ...moves].join("\n");
}

function head(swap: SwapView, { columns, style }: SwapRenderOptions): string[] {
  const why = `  because ${swap.why}${swap.by === "policy" ? " (decided by the daemon)" : ""}`;
  const rejected = swap.rejected.flatMap(({ account, reason }) =>
    wrap(`  not to ${account}: ${reason}`, columns, 4)
  );
  const failed = swap.outcome.is === "failed" ? wrap(`  ${swap.outcome.reason}`, columns, 2) : [];
  return [
    `  ${swap.to === swap.from ? `park ${swap.from}` : `${swap.from} → ${swap.to}`}, ${
      outcome(swap, style)
    } ${style.dim(`(${swap.id})`)}`,
    ...wrap(why, columns, 2),
    ...rejected.map(style.warn),
    ...failed.map(style.bad),
  ];
}

function outcome({ outcome, tookMs }: SwapView, style: Style): string {
  switch (outcome.is) {
    case "running":
      return style.warn("running");
    case "finished":
      return style.good(`finished in ${duration(tookMs!)}`);
    case "failed":
      return style.bad(`failed after ${duration(tookMs!)}`);
  }
}

function moveHead(move: MoveView, swap: SwapView, { columns, style }: SwapRenderOptions): string {
  const to = move.to === swap.to || move.parking !== null ? "" : ` to ${move.to}`;
  const tried = move.tried.length > 0 ? `; ${move.tried.join(", ")} did not take it` : "";
  const { text, tone } = moveWords(move);
  const [first, ...rest] = wrap(`  ${move.session}${to}: ${text}${tried}`, columns, 4);
  const named = first!.replace(`  ${move.session}`, "");
  return [`  ${style.name(move.session)}${style[tone](named)}`, ...rest.map(style[tone])].join(
    "\n",
  );
}

function moveWords(
  { outcome, proven, parking }: MoveView,
): { text: string; tone: "warn" | "good" | "bad" } {
  switch (outcome.is) {
    case "running":
      return { text: parking === null ? "under way" : `to be parked: ${parking}`, tone: "warn" };
    case "moved":
      return proven === false
        ? { text: "moved, not yet proven", tone: "warn" }
        : { text: "moved", tone: "good" };
    case "parked": {
      const why = parking === null ? "" : `: ${parking}`;
      return { text: `parked, its conversation is kept${why}`, tone: "warn" };
    }
    case "failed": {
      const left = outcome.left === "stopped"
        ? "it is stopped, its conversation is kept"
        : "it was left as it was";
      return { text: `not moved, ${left}: ${outcome.reason}`, tone: "bad" };
    }
  }
}

function renderStep(step: StepView, move: MoveView, swap: SwapView, style: Style): string {
  const name = step.step.padEnd(11);
  const cut = step.step === "quiesce" && move.quiesced === "cut" ? ", its work was cut" : "";
  const words = style.dim(STEP_WORDS[step.step]);
  if (step.is === "pending") return style.dim(`    · ${name}`).trimEnd();
  const at = step.startedAt === null ? "" : `+${duration(step.startedAt - swap.requestedAt)}`;
  const took = step.tookMs === null ? "..." : duration(step.tookMs);
  const mark = step.is === "done" ? style.good("✓") : style.warn("▸");
  return `    ${mark} ${name} ${at.padStart(8)} ${took.padStart(8)}  ${words}${style.warn(cut)}`;
}
