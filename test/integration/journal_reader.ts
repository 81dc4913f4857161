/**
 * A journal read from outside while a daemon writes it: each event is read and folded once, however often somebody asks.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import type { Event } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { EMPTY, type State } from "../../lib/model/state.ts";

export class JournalReader {
  readonly #path: string;
  #events: Event[] = [];
  #state: State = EMPTY;

  constructor(path: string) {
    this.#path = path;
  }

  /** All that stands in it now; nothing while there is no journal yet. */
  read(): { readonly events: readonly Event[]; readonly state: State } {
    for (const event of this.#next()) {
      this.#events.push(event);
      this.#state = fold(this.#state, event);
    }
    return { events: this.#events, state: this.#state };
  }

  #next(): Event[] {
    let db: DatabaseSync;
    try {
      db = new DatabaseSync(this.#path, { readOnly: true });
    } catch {
      return [];
    }
    try {
      const rows = db.prepare("SELECT seq, at, body FROM journal WHERE seq > ? ORDER BY seq")
        .all(this.#state.seq);
      return rows.map((row) => ({ ...JSON.parse(String(row.body)), seq: row.seq, at: row.at }));
    } catch {
      return []; // the tables are just being made
    } finally {
      db.close();
    }
  }
}
