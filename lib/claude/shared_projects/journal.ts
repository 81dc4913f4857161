/**
 * What a setup has begun and what it has finished, as JSON lines beside the shared folder. It is there so
 * that a killed setup can be started again, and so that a folder that was set aside is merged only once:
 * a later setup must not bring back what was deleted since.
 *
 * @module
 */
import { z } from "zod";
import type { Files } from "../../ports/files.ts";
import type { Member } from "./places.ts";

const Line = z.discriminatedUnion("is", [
  z.object({
    is: z.literal("begun"),
    at: z.number(),
    members: z.array(z.object({ label: z.string(), dir: z.string() })),
  }),
  /** Written before the rename: the name is decided, the folder may not be there yet. */
  z.object({
    is: z.literal("setting-aside"),
    at: z.number(),
    label: z.string(),
    aside: z.string(),
  }),
  z.object({ is: z.literal("linked"), at: z.number(), label: z.string(), path: z.string() }),
  /** Written before the file is there. */
  z.object({
    is: z.literal("conflict"),
    at: z.number(),
    label: z.string(),
    path: z.string(),
    keptAt: z.string(),
  }),
  z.object({ is: z.literal("merged"), at: z.number(), aside: z.string(), files: z.number() }),
]);
export type JournalLine = z.infer<typeof Line>;
type Unstamped<L> = L extends JournalLine ? Omit<L, "at"> : never;

/** A folder that was set aside and whose files may not all be in place. */
export interface Aside {
  readonly label: string;
  readonly path: string;
}

export class SetupJournal {
  readonly #files: Files;
  readonly #path: string;
  readonly #now: () => number;
  readonly #lines: JournalLine[];

  private constructor(files: Files, path: string, now: () => number, lines: JournalLine[]) {
    this.#files = files;
    this.#path = path;
    this.#now = now;
    this.#lines = lines;
  }

  /** Lines that cannot be read are dropped: they are of a newer version, or of no use. */
  static async open(files: Files, path: string, now: () => number): Promise<SetupJournal> {
    const text = await files.read(path) ?? "";
    const lines = text.split("\n").flatMap((line) => {
      const parsed = Line.safeParse(parseJson(line));
      return parsed.success ? [parsed.data] : [];
    });
    return new SetupJournal(files, path, now, lines);
  }

  /** Rewrites the file in one step (there are a few lines per account, and one per conflict). */
  async add(line: Unstamped<JournalLine>): Promise<void> {
    this.#lines.push({ ...line, at: this.#now() } as JournalLine);
    const text = this.#lines.map((one) => `${JSON.stringify(one)}\n`).join("");
    await this.#files.writeAtomic(this.#path, text, 0o600);
  }

  /** Everybody who ever took part, by folder. */
  members(): Member[] {
    const byDir = new Map<string, Member>();
    for (const line of this.#lines) {
      if (line.is !== "begun") continue;
      for (const member of line.members) byDir.set(member.dir, member);
    }
    return [...byDir.values()];
  }

  /** Set aside (or about to be) and not merged since, in order. A name may have served before. */
  pending(): Aside[] {
    const pending = new Map<string, Aside>();
    for (const line of this.#lines) {
      if (line.is === "merged") pending.delete(line.aside);
      else if (line.is === "setting-aside") {
        pending.set(line.aside, { label: line.label, path: line.aside });
      }
    }
    return [...pending.values()];
  }

  hasConflict(keptAt: string): boolean {
    return this.#lines.some((line) => line.is === "conflict" && line.keptAt === keptAt);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
