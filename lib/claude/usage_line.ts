/**
 * What one line of a transcript says of the tokens of an answer.
 *
 * Claude Code writes a line for each block of an answer, and each repeats the usage of the whole under the answer's
 * `message.id` (2.1.330): whoever adds up counts an id once.
 *
 * @module
 */
import { z } from "zod";

export interface UsageLine {
  /** Of the answer. */
  readonly id: string;
  /** Epoch milliseconds; null when the line does not say. */
  readonly at: number | null;
  readonly tokens: Tokens;
}

export interface Tokens {
  readonly input: number;
  readonly output: number;
  /** Read from the prompt cache, and written to it; not in `input`. */
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export const NO_TOKENS: Tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

const count = z.number().nonnegative();
const schema = z.object({
  type: z.literal("assistant"),
  timestamp: z.string().optional().catch(undefined),
  message: z.object({
    id: z.string(),
    usage: z.object({
      input_tokens: count,
      output_tokens: count,
      // A provider without a cache does not say them.
      cache_read_input_tokens: count.default(0),
      cache_creation_input_tokens: count.default(0),
    }),
  }),
});

/** Null for every other line, for half a one, and where a figure is none: what cannot be read is not zero. */
export function usageLine(line: string): UsageLine | null {
  if (!line.includes('"usage"')) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const { data } = schema.safeParse(value);
  if (!data) return null;
  const { id, usage } = data.message;
  const at = Date.parse(data.timestamp ?? "");
  return {
    id,
    at: Number.isNaN(at) ? null : at,
    tokens: {
      input: usage.input_tokens,
      output: usage.output_tokens,
      cacheRead: usage.cache_read_input_tokens,
      cacheWrite: usage.cache_creation_input_tokens,
    },
  };
}

export function addTokens(a: Tokens, b: Tokens): Tokens {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
  };
}
