/**
 * Request bodies and queries, checked.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { DUTY_NAMES } from "../model/janitor.ts";
import { NOTICE_KINDS, SEVERITIES } from "../model/notice.ts";
import { SAID_STAGES } from "../model/said.ts";
import { limit, pageQuery } from "./schema/common.ts";

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

const MAX_SILENCE_MS = 30 * 24 * 3_600_000;
const names = z.array(z.string().min(1)).min(1).max(100);

export const silenceBody = z.strictObject({
  /** For so long, in milliseconds. */
  forMs: z.number().int().min(1).max(MAX_SILENCE_MS),
  reason: z.string().trim().min(1).max(200).default("a person asked for it"),
  /** Which notices: all that fit every part of it. */
  match: z.strictObject({
    severity: z.enum(SEVERITIES).optional(),
    kinds: z.array(z.enum(NOTICE_KINDS)).min(1).optional(),
    sessions: names.optional(),
    accounts: names.optional(),
    projects: names.optional(),
  }).default({}),
});

export const unsilenceBody = z.strictObject({
  /** Which one; all when absent. */
  silence: z.string().min(1).optional(),
});

export const testBody = z.strictObject({
  /** Every channel when absent. */
  channel: z.string().min(1).optional(),
});

export const saidQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  channel: z.string().min(1).optional(),
  stage: z.enum(SAID_STAGES).optional(),
});

export const eventsQuery = z.strictObject({
  /** Only events with a greater `seq`. */
  after: z.coerce.number().int().min(0).default(0),
  limit,
});

export const streamQuery = z.strictObject({
  /** The events after this one, if no `Last-Event-ID` says it; absent: from now on. */
  after: z.coerce.number().int().min(0).optional(),
});

const MAX_WAIT_MS = 60_000;

export const waitQuery = z.strictObject({
  /** Answer as soon as it is settled, or after so long. */
  waitMs: z.coerce.number().int().min(0).max(MAX_WAIT_MS).default(0),
});

export const captureQuery = z.strictObject({
  /** That much of the scrollback too. */
  lines: z.coerce.number().int().min(0).max(50_000).default(0),
});

export const tasksQuery = z.strictObject({
  /** Those that ended too. */
  all: z.enum(["true", "false"]).default("false"),
  project: z.string().min(1).optional(),
  ...pageQuery.shape,
});

export const taskAddBody = z.strictObject({
  project: z.string().min(1),
  /** Markdown; it may have front matter of its own, as far as `tasks.may_set` goes. */
  text: z.string().min(1).max(MAX_PROMPT_CHARS),
  title: z.string().trim().min(1).max(120).optional(),
  priority: z.number().int().min(0).max(100).optional(),
  /** What must be done before. */
  after: z.array(z.string().min(1)).max(100).optional(),
  /** Whose agent asks; absent: a person does. */
  session: z.string().min(1).optional(),
});

export const taskMoveBody = z.strictObject({ project: z.string().min(1) });

export const taskEndBody = z.strictObject({
  as: z.enum(["done", "failed"]),
  /** For the result file; never in the journal. */
  note: z.string().max(4_000).optional(),
  /** Whose agent says so; absent: a person does. */
  session: z.string().min(1).optional(),
});
