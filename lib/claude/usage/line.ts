/**
 * What a line of a transcript says that an answer of the model has used.
 *
 * @module
 */
import { z } from "zod";
import type { Tokens } from "../../model/quota.ts";
import { parseObject } from "../cut_json.ts";

export interface AnswerUsage {
  /** The message's: several lines tell of one, each with all that it has used. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly tokens: Tokens;
}

const count = z.number().int().nonnegative();

const lineSchema = z.object({
  type: z.literal("assistant"),
  timestamp: z.string(),
  message: z.object({
    id: z.string().min(1).max(200),
    /** `<synthetic>`: Claude Code's own words, which cost nothing. */
    model: z.string().catch(""),
    usage: z.object({
      input_tokens: count,
      output_tokens: count,
      // A provider without a cache does not say them.
      cache_read_input_tokens: count.default(0),
      cache_creation_input_tokens: count.default(0),
    }),
  }),
});

/** Null: the line is of something else, or a figure in it is none; what cannot be read is not zero. */
export function usageOfLine(line: string): AnswerUsage | null {
  const parsed = lineSchema.safeParse(parseObject(line)).data;
  if (!parsed || parsed.message.model === "<synthetic>") return null;
  const at = Date.parse(parsed.timestamp);
  if (Number.isNaN(at)) return null;
  const { usage, id } = parsed.message;
  return {
    id,
    at,
    tokens: {
      input: usage.input_tokens,
      output: usage.output_tokens,
      cacheRead: usage.cache_read_input_tokens,
      cacheWrite: usage.cache_creation_input_tokens,
    },
  };
}
