/**
 * Request bodies and queries, checked.
 *
 * @module
 */
import { validator } from "hono/validator";
import { z } from "zod";
import { DUTY_NAMES } from "../model/janitor.ts";
import { Problem } from "./problem.ts";

export const failoverBody = z.strictObject({
  /** The account to leave; the one with the most live sessions when absent. */
  from: z.string().min(1).optional(),
  /** The account to go to; the best candidate when absent. */
  to: z.string().min(1).optional(),
  /** Say what would happen, and do nothing. */
  dryRun: z.boolean().default(false),
});

/** Of a freeze, and of a hold. */
export const reasonBody = z.strictObject({
  reason: z.string().trim().min(1).max(200).optional(),
});

export const confirmBody = z.strictObject({
  /** Which proposal; the one that waits when absent. */
  proposal: z.string().min(1).optional(),
});

export const rejectBody = confirmBody.extend(reasonBody.shape);

const MAX_PROMPT_CHARS = 100_000;
const MAX_SEND_TIMEOUT_MS = 24 * 3_600_000;

export const sendBody = z.strictObject({
  text: z.string().max(MAX_PROMPT_CHARS),
  /** How long it may take until the session is free for it. */
  timeoutMs: z.number().int().min(0).max(MAX_SEND_TIMEOUT_MS).default(60_000),
});

export const pinBody = z.strictObject({ account: z.string().min(1) });

export const tidyBody = z.strictObject({
  /** All of them when absent. */
  duties: z.array(z.enum(DUTY_NAMES)).min(1).optional(),
  /** Say what would go, and remove nothing. */
  dryRun: z.boolean().default(false),
});

export const stopBody = z.strictObject({
  /** End the sessions too. */
  sessions: z.boolean().default(false),
});

export const eventsQuery = z.strictObject({
  /** Only events with a greater `seq`. */
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});

export const explainQuery = z.strictObject({
  /** `last` or an id; absent: what the policy decides now. */
  swap: z.string().min(1).optional(),
});

export const captureQuery = z.strictObject({
  /** That much of the scrollback too. */
  lines: z.coerce.number().int().min(0).max(50_000).default(0),
});

export const tasksQuery = z.strictObject({
  /** Those that ended too. */
  all: z.stringbool().default(false),
  project: z.string().min(1).optional(),
});

export const taskEndBody = z.strictObject({
  as: z.enum(["done", "failed"]),
  /** For the result file; never in the journal. */
  note: z.string().max(4_000).optional(),
  /** Whose agent says so; absent: a person does. */
  session: z.string().min(1).optional(),
});

/** A validator for Hono that answers 400 with every field that is wrong. */
export function checked<T extends z.ZodType, Target extends "json" | "query">(
  target: Target,
  schema: T,
) {
  return validator(target, (value: unknown): z.output<T> => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const errors = parsed.error.issues.map((issue) => ({
      path: issue.path.join("."),
      message: issue.message,
    }));
    const detail = errors.map(({ path, message }) => path ? `${path}: ${message}` : message);
    throw new Problem(400, "Bad request", detail.join("; "), errors);
  });
}
