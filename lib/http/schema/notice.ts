/**
 * Notices as the API tells of them.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { NOTICE_KINDS, SEVERITIES } from "../../model/notice.ts";
import { type Said, SAID_STAGES } from "../../model/said.ts";
import type { Of } from "../route.ts";
import { time } from "./common.ts";

export const severity = z.enum(SEVERITIES);
export const kind = z.enum(NOTICE_KINDS);
const seqs = z.object({ first: z.int(), last: z.int() });

export const saidSchema: Of<Said> = z.object({
  id: z.int(),
  channel: z.string().nullable().openapi({ description: "Null: silenced, nobody was told" }),
  stage: z.enum(SAID_STAGES),
  at: time,
  dueAt: time,
  kind,
  severity,
  title: z.string(),
  lines: z.array(z.string()),
  todo: z.string().nullable(),
  count: z.int(),
  seqs,
  attempts: z.int(),
  maybeRepeated: z.boolean(),
  why: z.string().nullable(),
}) as unknown as Of<Said>;
