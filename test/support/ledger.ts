/**
 * What is true of the conversations, whatever the daemon believes: who has one open, whose work was cut, and who was
 * asked to go on with it. Fed by the fake agent; a test asks it in the end.
 *
 * @module
 */
import { findMark } from "../../lib/claude/spool.ts";
import type { AgentStart } from "./fake_agent.ts";

interface Entry {
  readonly conversation: string;
  /** `unanswered`: its last prompt got no answer. */
  doing: "nothing" | "rest" | "work" | "unanswered";
  /** Its work was cut, and nobody has asked it to go on yet. */
  owed: boolean;
  cuts: number;
}

export class Ledger {
  /** What must never happen, in words. */
  readonly wrongs: string[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #open = new Map<string, string>();
  readonly #marks = new Set<string>();

  started({ session, conversation, run }: AgentStart): void {
    const by = this.#open.get(conversation);
    if (by !== undefined) this.wrongs.push(`${run} opens ${conversation}, which ${by} has open`);
    this.#open.set(conversation, run);
    const before = this.#entries.get(session);
    if (before && before.conversation !== conversation) {
      this.wrongs.push(`${session} has left its conversation ${before.conversation}`);
    }
    const { owed = false, cuts = 0 } = before ?? {};
    this.#entries.set(session, { conversation, doing: "rest", owed, cuts });
  }

  prompted(session: string, prompt: string): void {
    const entry = this.#entries.get(session)!;
    entry.doing = "work";
    const mark = findMark(prompt);
    if (mark === null) return;
    if (this.#marks.has(mark)) this.wrongs.push(`${session} took ${mark} twice`);
    this.#marks.add(mark);
    if (!entry.owed) this.wrongs.push(`${session} is asked to go on, and nothing was cut`);
    entry.owed = false;
  }

  answered(session: string): void {
    this.#entries.get(session)!.doing = "rest";
  }

  refused(session: string): void {
    this.#entries.get(session)!.doing = "unanswered";
  }

  ended(session: string): void {
    const entry = this.#entries.get(session);
    if (!entry || entry.doing === "nothing") return;
    this.#open.delete(entry.conversation);
    if (entry.doing !== "rest") {
      entry.owed = true;
      entry.cuts++;
    }
    entry.doing = "nothing";
  }

  doing(session: string): Entry["doing"] {
    return this.#entries.get(session)?.doing ?? "nothing";
  }

  /** How often its work was cut. */
  cuts(session: string): number {
    return this.#entries.get(session)?.cuts ?? 0;
  }

  /** Whether its work was cut and it was not asked to go on yet. */
  isOwed(session: string): boolean {
    return this.#entries.get(session)?.owed ?? false;
  }

  isOpen(conversation: string): boolean {
    return this.#open.has(conversation);
  }
}
