/**
 * The questions on a true terminal, drawn by @clack/prompts.
 *
 * @module
 */
import { confirm, isCancel, multiselect, note, text } from "@clack/prompts";
import { PromptEnded, type Prompts } from "./prompts.ts";

export const clackPrompts: Prompts = {
  note: (title, said) => note(said, title),
  async line({ message, initial, fault }) {
    const answer = await text({
      message,
      ...(initial === undefined ? {} : { placeholder: initial, defaultValue: initial }),
      validate: async (typed) => await fault(typed || (initial ?? "")) ?? undefined,
    });
    return answered(answer);
  },
  async some({ message, options, initial }) {
    const answer = await multiselect({
      message,
      options: [...options],
      initialValues: [...initial],
      required: false,
    });
    return answered(answer);
  },
  yes: async (message) => answered(await confirm({ message })),
};

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new PromptEnded("the questions were ended");
  return answer as Exclude<T, symbol>;
}
