/**
 * Reads a JSON object that may have been cut off.
 *
 * @module
 */
import { z } from "zod";

export type JsonObject = Record<string, unknown>;

const objectSchema = z.record(z.string(), z.unknown());

/** The object, or null when the text is not one. */
export function parseObject(text: string): JsonObject | null {
  try {
    return objectSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * The members of an object whose values are whole, up to where the text was cut; null when it is no object at
 * all. Only the object's own members count: a key of the same name deeper inside is not taken for one.
 */
export function parseCutObject(text: string): JsonObject | null {
  const whole = parseObject(text);
  if (whole) return whole;
  if (!text.trimStart().startsWith("{")) return null;
  // A cut text becomes a whole one when it ends before the comma in front of the unfinished member.
  return parseObject(text.slice(0, lastComma(text)) + "}") ?? {};
}

/** Where the last comma between the members of the outermost object stands; 0 when there is none. */
function lastComma(text: string): number {
  let comma = 0;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") depth--;
    else if (c === "," && depth === 1) comma = i;
  }
  return comma;
}
