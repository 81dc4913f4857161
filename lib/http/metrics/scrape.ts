/**
 * One answer to `/metrics`: what the state says now, and what the journal told since the daemon began.
 *
 * @module
 */
import type { Control } from "../control.ts";
import { accountFamilies } from "./account_figures.ts";
import { Durations } from "./durations.ts";
import { notifyFamilies } from "./notify_figures.ts";
import type { MetricsPage } from "./page.ts";
import { daemonFamilies, poolFamilies } from "./pool_figures.ts";

const BATCH = 500;

export interface Scraped {
  readonly text: string;
  readonly contentType: string;
}

export class Scraper {
  readonly #control: Control;
  readonly #durations: Durations;
  #cursor: number;
  #page: Promise<MetricsPage> | null = null;
  #running: Promise<Scraped> | null = null;

  constructor(control: Control) {
    this.#control = control;
    this.#durations = new Durations(control.state());
    this.#cursor = control.headSeq();
  }

  /** Who asks while another one is served gets the same answer. */
  scrape(): Promise<Scraped> {
    return this.#running ??= this.#scrape().finally(() => this.#running = null);
  }

  async #scrape(): Promise<Scraped> {
    const page = await (this.#page ??= import("./page.ts").then((m) => new m.MetricsPage()));
    await this.#catchUp(page);
    const control = this.#control;
    const [state, now] = [control.state(), control.now()];
    const text = await page.text([
      ...accountFamilies(state, now),
      ...poolFamilies(state, now),
      ...notifyFamilies(control.channels()),
      ...daemonFamilies(state, {
        version: state.daemon.phase === "up" ? state.daemon.version : "",
        own: control.own(),
        workers: control.vitals.workers(),
        canWrite: control.journalProblem() === null,
        firstSeq: control.firstSeq(),
      }),
    ]);
    return { text, contentType: page.contentType };
  }

  /** A long way is gone in rounds, so that the daemon does not wait for us. */
  async #catchUp(page: MetricsPage): Promise<void> {
    while (true) {
      const events = this.#control.events({ after: this.#cursor, limit: BATCH });
      for (const event of events) {
        for (const tally of this.#durations.of(event)) page.tally(tally);
        this.#cursor = event.seq;
      }
      if (events.length < BATCH) return;
      await this.#control.breathe();
    }
  }
}
