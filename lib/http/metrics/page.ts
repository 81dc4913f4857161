/**
 * The page that Prometheus reads: the seam of `prom-client`, loaded when somebody asks for the first time.
 *
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Tally } from "./durations.ts";
import { bounded, type Family, label } from "./family.ts";

/** From a step that finds nothing to do to a turn that is waited for. */
const STEP_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];
const WAIT_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400];

export class MetricsPage {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #steps = new Histogram({
    name: "claude_failover_swap_step_seconds",
    help: "How long a step of a session's move took",
    labelNames: ["step"],
    buckets: STEP_SECONDS,
    registers: this.#registers,
  });
  readonly #swaps = new Histogram({
    name: "claude_failover_swap_seconds",
    help: "How long a swap took, from the request to the end of its last move",
    labelNames: ["outcome"],
    buckets: STEP_SECONDS,
    registers: this.#registers,
  });
  readonly #moves = new Counter({
    name: "claude_failover_moves_total",
    help: "How sessions came out of swaps",
    labelNames: ["outcome"],
    registers: this.#registers,
  });
  readonly #waits = new Histogram({
    name: "claude_failover_task_wait_seconds",
    help: "How long a task lay in its inbox until a session was chosen",
    buckets: WAIT_SECONDS,
    registers: this.#registers,
  });
  readonly #handOvers = new Histogram({
    name: "claude_failover_task_handover_seconds",
    help: "From the choice of the session until it had taken the task's prompt",
    buckets: WAIT_SECONDS,
    registers: this.#registers,
  });
  readonly #ends = new Counter({
    name: "claude_failover_tasks_ended_total",
    help: "How tasks ended",
    labelNames: ["as"],
    registers: this.#registers,
  });
  readonly #refusals = new Counter({
    name: "claude_failover_turns_failed_total",
    help: "Turns that got no answer, by why",
    labelNames: ["kind"],
    registers: this.#registers,
  });

  get contentType(): string {
    return this.#registry.contentType;
  }

  tally(tally: Tally): void {
    switch (tally.of) {
      case "step":
        return this.#steps.observe({ step: tally.step }, tally.seconds);
      case "swap":
        return this.#swaps.observe({ outcome: tally.outcome }, tally.seconds);
      case "move":
        return this.#moves.inc({ outcome: tally.outcome });
      case "wait":
        return this.#waits.observe(tally.seconds);
      case "hand-over":
        return this.#handOvers.observe(tally.seconds);
      case "task":
        return this.#ends.inc({ as: label(tally.end) });
      case "refusal":
        return this.#refusals.inc({ kind: label(tally.kind) });
    }
  }

  /** Takes the place of what was there: a series that is no longer told is gone. */
  async text(families: readonly Family[]): Promise<string> {
    let leftOut = 0;
    for (const family of families) leftOut += this.#set(family);
    this.#set({
      name: "claude_failover_metrics_left_out",
      help: "Series that are not told, since their family has too many",
      type: "gauge",
      figures: [{ labels: {}, value: leftOut }],
    });
    return await this.#registry.metrics();
  }

  #set({ name, help, type, figures }: Family): number {
    const { kept, leftOut } = bounded(figures);
    // Without labels one of no figures would say 0.
    this.#registry.removeSingleMetric(name);
    if (kept.length === 0) return leftOut;
    const labelNames = [...new Set(kept.flatMap(({ labels }) => Object.keys(labels)))];
    const options = { name, help, labelNames, registers: this.#registers };
    const made = type === "gauge" ? new Gauge(options) : new Counter(options);
    for (const { labels, value } of kept) {
      if (made instanceof Gauge) made.set(labels, value);
      else made.inc(labels, value);
    }
    return leftOut;
  }
}
