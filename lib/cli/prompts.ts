/**
 * Questions to a person at a terminal, as a command is allowed to ask them. `prompts_clack.ts` has the true ones.
 *
 * @module
 */

export interface Prompts {
  /** Something to read before the next question; lines of any number. */
  note(title: string, text: string): void;
  /** One line. It is asked again until `fault` finds nothing wrong with it; an empty line is `initial`. */
  line(question: {
    readonly message: string;
    readonly initial?: string;
    fault(text: string): string | null | Promise<string | null>;
  }): Promise<string>;
  /** Any number of the options; those in `initial` are marked at first. */
  some(question: {
    readonly message: string;
    readonly options: readonly { readonly value: string; readonly label: string }[];
    readonly initial: readonly string[];
  }): Promise<string[]>;
  yes(message: string): Promise<boolean>;
}

/** The person has ended the questions, by Ctrl-C or Escape. */
export class PromptEnded extends Error {
  override name = "PromptEnded";
}
