/**
 * Lets a daemon die at chosen points: before and after each of its journal lines and outgoing calls.
 *
 * @module
 */
import type { Fact } from "../../lib/model/event.ts";
import type { Files } from "../../lib/ports/files.ts";
import type { Processes } from "../../lib/ports/process.ts";
import type { Tmux } from "../../lib/ports/tmux.ts";
import type { Life } from "../../lib/runtime/worker.ts";

/** The daemon is gone. */
export class Crash extends Error {
  override name = "Crash";
}

/** The calls of each port that change the world. */
const EFFECTS: {
  readonly tmux: readonly (keyof Tmux)[];
  readonly files: readonly (keyof Files)[];
  readonly processes: readonly (keyof Processes)[];
} = {
  tmux: ["launch", "kill", "type", "key"],
  files: ["writeAtomic", "write", "create", "makeDir", "link", "rename", "remove"],
  processes: ["signal"],
};

interface Ports {
  readonly tmux: Tmux;
  readonly files: Files;
  readonly processes: Processes;
}

type Recording = Pick<Life, "record" | "recordOnce">;

/** Counts the points over all lives, and ends a life at each of the chosen ones. */
export class Doom {
  /** What was passed, in order: `before run.launched s1`, `after files.link …`. */
  readonly points: string[] = [];
  /** The outgoing calls that have had their effect, in order: `files.link …`. */
  readonly calls: string[] = [];
  #isDead = false;

  constructor(readonly at: ReadonlySet<number>) {}

  /** A new daemon begins to live. */
  reborn(): void {
    this.#isDead = false;
  }

  ports({ tmux, files, processes }: Ports): Ports {
    return {
      tmux: this.#port("tmux", tmux),
      files: this.#port("files", files),
      processes: this.#port("processes", processes),
    };
  }

  journal({ record, recordOnce }: Recording): Recording {
    const around = <T>(facts: readonly Fact[], write: () => T): T => {
      if (facts.length === 0) return write();
      const what = facts.map(nameOf).join(" + ");
      this.#pass(`before ${what}`);
      const written = write();
      this.#pass(`after ${what}`);
      return written;
    };
    return {
      record: (...facts) => around(facts, () => record(...facts)),
      recordOnce: (key, ...facts) => around(facts, () => recordOnce(key, ...facts)),
    };
  }

  #pass(label: string): void {
    if (this.#isDead) throw new Crash("dead already"); // the dead do nothing more
    this.points.push(label);
    if (!this.at.has(this.points.length - 1)) return;
    this.#isDead = true;
    throw new Crash(label);
  }

  /** The port, with a point before and after each call that changes the world. */
  #port<K extends keyof Ports>(name: K, target: Ports[K]): Ports[K] {
    return new Proxy(target, {
      get: (object, key) => {
        const value = Reflect.get(object, key, object);
        if (typeof value !== "function") return value;
        const isEffect = (EFFECTS[name] as readonly string[]).includes(String(key));
        return isEffect
          ? async (...args: unknown[]) => {
            const what = `${name}.${String(key)} ${subjectOf(args)}`;
            this.#pass(`before ${what}`);
            const result = await value.apply(object, args);
            this.calls.push(what);
            this.#pass(`after ${what}`);
            return result;
          }
          : (...args: unknown[]) => {
            if (!this.#isDead) return value.apply(object, args);
            const dead = new Crash("dead already");
            if (key === "watch") throw dead;
            return Promise.reject(dead);
          };
      },
    });
  }
}

function nameOf(fact: Fact): string {
  const session = "session" in fact ? ` ${fact.session}` : "";
  const step = "step" in fact ? ` ${fact.step}` : "";
  return `${fact.type}${session}${step}`;
}

function subjectOf([first]: unknown[]): string {
  return typeof first === "string" ? first : JSON.stringify(first);
}
