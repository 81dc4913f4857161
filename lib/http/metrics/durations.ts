/**
 * What the journal tells of how long things took, and how often they happened: a pure fold from event to event, beside the state.
 *
 * @module
 */
import { type Event, MOVE_STEPS } from "../../model/event.ts";
import type { State } from "../../model/state.ts";

/** Something to add to a histogram (`seconds`) or to a counter. */
export type Tally =
  | { readonly of: "step"; readonly step: string; readonly seconds: number }
  | { readonly of: "swap"; readonly outcome: "finished" | "failed"; readonly seconds: number }
  | { readonly of: "move"; readonly outcome: "moved" | "parked" | "failed" }
  | { readonly of: "wait"; readonly seconds: number }
  | { readonly of: "hand-over"; readonly seconds: number }
  | { readonly of: "task"; readonly end: string }
  | { readonly of: "refusal"; readonly kind: string };

/** What has begun and is remembered until it ends; what never ends is forgotten, the oldest first. */
const MAX_OPEN = 10_000;

export class Durations {
  /** When what began, by a key of what it is. */
  readonly #began = new Map<string, number>();

  /** Begins with what is under way in the state. */
  constructor(state: State) {
    for (const { id, place } of Object.values(state.tasks)) {
      if (place.at === "queued") this.#begin(`queued ${id}`, place.since);
      if (place.at === "assigned") this.#begin(`assigned ${id}`, place.since);
    }
    const swap = state.runningSwap === null ? undefined : state.swaps[state.runningSwap];
    if (!swap) return;
    this.#begin(`swap ${swap.id}`, swap.requestedAt);
    for (const { session, inDoubt, times } of Object.values(swap.moves)) {
      const began = inDoubt && times[inDoubt]?.startedAt;
      if (began) this.#begin(`step ${swap.id} ${session} ${inDoubt}`, began);
    }
  }

  of(event: Event): Tally[] {
    const { at } = event;
    switch (event.type) {
      case "swap.requested":
        this.#begin(`swap ${event.swap}`, at);
        return [];
      case "swap.finished":
      case "swap.failed": {
        const outcome = event.type === "swap.finished" ? "finished" : "failed";
        return this.#end(`swap ${event.swap}`, at, (seconds) => ({ of: "swap", outcome, seconds }));
      }
      case "move.step.started":
        this.#begin(`step ${event.swap} ${event.session} ${event.step}`, at);
        return [];
      case "move.step.finished": {
        const step = MOVE_STEPS.find((known) => known === event.step) ?? "other";
        const key = `step ${event.swap} ${event.session} ${event.step}`;
        return this.#end(key, at, (seconds) => ({ of: "step", step, seconds }));
      }
      case "move.finished":
        return [{ of: "move", outcome: "moved" }];
      case "move.parked":
        return [{ of: "move", outcome: "parked" }];
      case "move.failed":
        return [{ of: "move", outcome: "failed" }];
      case "task.found":
      case "task.requeued":
      case "task.returned":
        this.#begin(`queued ${event.task}`, at);
        return [];
      case "task.assigned": {
        this.#begin(`assigned ${event.task}`, at);
        return this.#end(`queued ${event.task}`, at, (seconds) => ({ of: "wait", seconds }));
      }
      case "task.accepted":
        return this.#end(
          `assigned ${event.task}`,
          at,
          (seconds) => ({ of: "hand-over", seconds }),
        );
      case "task.ended":
        this.#began.delete(`queued ${event.task}`);
        this.#began.delete(`assigned ${event.task}`);
        return [{ of: "task", end: event.as }];
      case "turn.failed":
        return [{ of: "refusal", kind: event.refusal.kind }];
      default:
        return [];
    }
  }

  #begin(key: string, at: number): void {
    this.#began.delete(key);
    this.#began.set(key, at);
    if (this.#began.size > MAX_OPEN) this.#began.delete(this.#began.keys().next().value!);
  }

  #end(key: string, at: number, tally: (seconds: number) => Tally): Tally[] {
    const began = this.#began.get(key);
    if (began === undefined) return [];
    this.#began.delete(key);
    return [tally(Math.max(0, at - began) / 1_000)];
  }
}
