/**
 * The schema of one session, whole.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { Send } from "../../model/state.ts";
import { type Of, openUnion } from "../route.ts";
import type { SessionDetail } from "../session_view.ts";
import { requester, time } from "./common.ts";
import { sessionFields } from "./status.ts";

const send: Of<Send> = z.object({
  id: z.string(),
  by: requester,
  chars: z.int(),
  digest: z.string(),
  requestedAt: time,
  until: time,
  stage: openUnion<Send["stage"]>("is", "waiting, typing, accepted or failed"),
});

export const sessionDetailSchema: Of<SessionDetail> = z.object({
  ...sessionFields,
  now: time,
  pane: z.string().nullable(),
  launchedAt: time.nullable(),
  transcript: z.string().nullable(),
  asked: z.object({ to: z.enum(["stop", "restart"]), by: requester, at: time }).nullable(),
  keyboard: z.object({ isTyping: z.boolean(), draftChars: z.int().nullable() }).nullable(),
  send: send.nullable(),
  keptDraft: z.object({ at: time, chars: z.int(), path: z.string() }).nullable(),
  history: z.array(z.object({ at: time, to: sessionFields.phase, why: z.string() })),
  deaths: z.array(z.object({
    at: time,
    exit: z.int().nullable(),
    livedMs: z.number(),
    proven: z.boolean(),
    nth: z.int(),
  })),
}).openapi("SessionDetail");
