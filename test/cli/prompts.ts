/**
 * A person who answers questions by a list; what is asked and answered is written down.
 *
 * @module
 */
import type { Out } from "../../lib/cli/context.ts";
import { PromptEnded, type Prompts } from "../../lib/cli/prompts.ts";

/** A line, marks, yes or no; null: Ctrl-C. */
export type Answer = string | readonly string[] | boolean | null;

export function scriptedPrompts(answers: readonly Answer[], out: Out): Prompts {
  const left = [...answers];
  const next = <T extends Answer>(message: string, is: (answer: Answer) => answer is T): T => {
    const answer = left.shift();
    if (answer === null) throw new PromptEnded("the questions were ended");
    if (answer === undefined || !is(answer)) throw new Error(`No answer fits: ${message}`);
    out.write(`? ${message} ${JSON.stringify(answer)}\n`);
    return answer;
  };
  return {
    note: (title, text) => out.write(`[${title}]\n${text}\n`),
    async line({ message, initial, fault }) {
      while (true) {
        const typed = next(message, (answer) => typeof answer === "string") || (initial ?? "");
        const problem = await fault(typed);
        if (problem === null) return typed;
        out.write(`! ${problem}\n`);
      }
    },
    async some({ message, options, initial }) {
      const shown = options.map(({ value, label }) =>
        `  [${initial.includes(value) ? "x" : " "}] ${label}\n`
      );
      out.write(shown.join(""));
      const isList = (answer: Answer): answer is readonly string[] => Array.isArray(answer);
      return await Promise.resolve([...next(message, isList)]);
    },
    yes: (message) => Promise.resolve(next(message, (answer) => typeof answer === "boolean")),
  };
}
