/**
 * The routes of notices: the channels, what was said, and what people say about it.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { NoticeMatch, Silence } from "../model/notice.ts";
import { CHANNEL_TYPES } from "../model/notify_config.ts";
import type { State } from "../model/state.ts";
import { accept, recordFor } from "./accept.ts";
import { saidQuery, silenceBody, testBody, unsilenceBody } from "./body.ts";
import type { ChannelHealth } from "../model/said.ts";
import type { Control } from "./control.ts";
import { refused } from "./problem.ts";
import { ACCEPTED, acceptedSchema, body, json, needs, type Of, router, TAKEN } from "./route.ts";
import { requester, time } from "./schema/common.ts";
import { kind, saidSchema, severity } from "./schema/notice.ts";

const channelSchema: Of<ChannelHealth & { readonly type: string }> = z.object({
  name: z.string(),
  type: z.enum(CHANNEL_TYPES) as unknown as Of<string>,
  pending: z.int().openapi({ description: "Messages that wait or are on their way" }),
  dead: z.int().openapi({ description: "Messages that will never be sent" }),
  failures: z.int().openapi({ description: "Attempts that failed in a row" }),
  why: z.string().nullable(),
  restUntil: time.nullable(),
  sentAt: time.nullable(),
});

const names = z.array(z.string()).optional();
const silenceSchema = z.object({
  id: z.string(),
  match: z.object({
    severity: severity.optional(),
    kinds: z.array(kind).optional(),
    sessions: names,
    accounts: names,
    projects: names,
  }) as unknown as Of<NoticeMatch>,
  since: time,
  until: time,
  reason: z.string(),
  by: requester,
}) satisfies Of<Silence>;

const list = createRoute({
  method: "get",
  path: "/notify",
  summary: "The channels of notices and how they do, and the silences in force",
  ...needs("read"),
  responses: {
    200: json(
      z.object({
        channels: z.array(channelSchema),
        silences: z.array(silenceSchema),
        atWork: z.boolean().openapi({
          description:
            "False: the notifier rests after a failure, and how its channels do is not known",
        }),
        ackedSeq: z.int().openapi({ description: "Up to it a person has seen everything" }),
      }),
      "The channels",
    ),
  },
});

const history = createRoute({
  method: "get",
  path: "/notify/history",
  summary: "What was said, newest first",
  ...needs("read"),
  request: { query: saidQuery },
  responses: { 200: json(z.object({ messages: z.array(saidSchema) }), "The messages") },
});

const test = createRoute({
  method: "post",
  path: "/notify/test",
  summary: "Send a test through one channel or all",
  ...needs("operate"),
  request: { body: body(testBody) },
  responses: TAKEN,
});

const silence = createRoute({
  method: "post",
  path: "/notify/silence",
  summary: "Tell nothing of what matches, for a time",
  ...needs("operate"),
  request: { body: body(silenceBody) },
  responses: {
    202: json(acceptedSchema.extend({ silence: z.string(), until: time }), "It is in force"),
  },
});

const unsilence = createRoute({
  method: "post",
  path: "/notify/unsilence",
  summary: "End a silence, or all of them",
  ...needs("operate"),
  request: { body: body(unsilenceBody) },
  responses: {
    202: json(acceptedSchema.extend({ ended: z.array(z.string()) }), "They are over"),
  },
});

const ack = createRoute({
  method: "post",
  path: "/notify/ack",
  summary: "A person has seen what was told so far: nothing of it escalates",
  ...needs("operate"),
  responses: { 202: ACCEPTED },
});

export function notifyRoutes(control: Control) {
  return router()
    .openapi(list, (c) => {
      const state = control.state();
      const specs = state.config?.notify?.channels ?? [];
      const health = control.channelHealth(specs.map((s) => s.name));
      const channels = health.map((one) => ({
        ...one,
        type: specs.find((s) => s.name === one.name)!.type,
      }));
      const atWork = health.length === specs.length;
      const silences = inForce(state, control.now());
      const ackedSeq = state.notices?.ackedSeq ?? 0;
      return c.json({ channels, silences, atWork, ackedSeq }, 200);
    })
    .openapi(
      history,
      (c) => c.json({ messages: control.said(c.req.valid("query")) }, 200),
    )
    .openapi(test, (c) => {
      const { channel = null } = c.req.valid("json");
      const fact = { type: "notice.test.requested", channel, by: "person" } as const;
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(silence, (c) => {
      const { forMs, reason, match } = c.req.valid("json");
      const until = control.now() + forMs;
      // Short: a person types it.
      const id = control.newId().slice(0, 8);
      const { seq } = accept(c, control, {
        type: "notice.silence.requested",
        silence: id,
        match: withoutHoles(match),
        until,
        reason,
        by: "person",
      });
      return c.json({ seq, silence: id, until }, 202);
    })
    .openapi(unsilence, (c) => c.json(endSilences(c, control, c.req.valid("json").silence), 202))
    .openapi(ack, (c) => {
      const upTo = control.headSeq();
      return c.json(accept(c, control, { type: "notice.acked", upTo, by: "person" }), 202);
    });
}

function inForce({ notices }: State, now: number): Silence[] {
  return (notices?.silences ?? []).filter((s) => s.until > now);
}

function endSilences(c: Context, control: Control, id: string | undefined) {
  if (id !== undefined) {
    const fact = { type: "notice.silence.ended", silence: id, by: "person" } as const;
    return { ...accept(c, control, fact), ended: [id] };
  }
  const ended = inForce(control.state(), control.now()).map((s) => s.id);
  if (ended.length === 0) throw refused("no silence is in force");
  const events = recordFor(
    c,
    control,
    ...ended.map((silence) => ({ type: "notice.silence.ended", silence, by: "person" }) as const),
  );
  return { seq: events.at(-1)!.seq, ended };
}

/** What was left out is absent, not undefined. */
function withoutHoles(match: Record<string, unknown>): NoticeMatch {
  return Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined));
}
