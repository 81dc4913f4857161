/**
 * The routes of the journal: its events by page or as they happen, and what became of a request.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Event } from "../model/event.ts";
import { type Outcome, outcomeOf } from "../model/outcome.ts";
import { eventsQuery, streamQuery, waitQuery } from "./body.ts";
import { callerOf } from "./caller.ts";
import { eventView } from "./config_view.ts";
import type { Control } from "./control.ts";
import { Feed } from "./feed.ts";
import { followEvents, lastEventId } from "./follow.ts";
import { notFound, Problem } from "./problem.ts";
import { json, needs, type Of, openUnion, router } from "./route.ts";

const event = z.looseObject({
  seq: z.int(),
  at: z.number(),
  type: z.string(),
  via: z.string().optional().openapi({ description: "The token it was asked with" }),
}).openapi("Event", {
  description: "A journal line. Which other fields it has hangs on `type`.",
}) as unknown as Of<Event>;

const list = createRoute({
  method: "get",
  path: "/events",
  summary: "What happened, from the journal",
  ...needs("read"),
  request: { query: eventsQuery },
  responses: {
    200: json(
      z.object({
        events: z.array(event),
        seq: z.int().openapi({ description: "Of the last event there is" }),
        first: z.int().openapi({
          description: "Of the oldest one that is kept; what `after` asks for before it is gone",
        }),
        next: z.int().nullable().openapi({ description: "What `after` must be to go on" }),
      }),
      "The events after the cursor, oldest first",
    ),
  },
});

const stream = createRoute({
  method: "get",
  path: "/events/stream",
  summary: "What happens, as server-sent events",
  description:
    "Each has its `seq` as id, so whoever comes back with `Last-Event-ID` misses none. An event `trimmed` says that some before " +
    "`first` are gone; `reset`, that the cursor is of another journal. Comments keep it alive.",
  ...needs("read"),
  request: { query: streamQuery },
  responses: {
    200: {
      description: "One event for each journal line",
      content: { "text/event-stream": { schema: z.string() } },
    },
  },
});

const request = createRoute({
  method: "get",
  path: "/requests/{seq}",
  summary: "What became of a request",
  ...needs("read"),
  request: { params: z.object({ seq: z.coerce.number().int().min(1) }), query: waitQuery },
  responses: {
    200: json(
      z.object({
        seq: z.int(),
        request: z.string(),
        via: z.string().nullable(),
        outcome: openUnion<Outcome>("is", "pending, done, refused or failed; and `reason`"),
      }),
      "Its outcome by now",
    ),
  },
});

const BATCH = 500;

export function eventRoutes(control: Control) {
  const feed = new Feed(control);
  const pause = (ms: number, signal: AbortSignal) => control.pause(ms, signal);
  return router()
    .openapi(list, (c) => {
      const { after, limit } = c.req.valid("query");
      const read = control.events({ after, limit });
      const events = callerOf(c).token === null ? read : read.map(eventView);
      const last = events.at(-1)?.seq ?? after;
      const { seq } = control.state();
      return c.json(
        { events, seq, first: control.firstSeq(), next: last < seq ? last : null },
        200,
      );
    })
    .openapi(stream, (c) => {
      const after = lastEventId(c) ?? c.req.valid("query").after ?? null;
      // `never` keeps the stream out of the typed answers: whoever asks for it reads it by `readEvents`.
      return followEvents(c, { feed, after, pause }) as never;
    })
    .openapi(request, async (c) => {
      const { seq } = c.req.valid("param");
      if (seq < control.firstSeq()) {
        throw new Problem("gone", `the journal begins with event ${control.firstSeq()}`);
      }
      const [asked] = control.events({ after: seq - 1, limit: 1 });
      if (!asked) throw notFound(`no event ${seq}`);
      const track = tracker(control, asked);
      let outcome = track();
      if (outcome === null) throw notFound(`event ${seq} (${asked.type}) is no request`);
      const { waitMs } = c.req.valid("query");
      const over = new AbortController();
      if (waitMs === 0) over.abort();
      const timeout = control.pause(waitMs, over.signal).then(() => over.abort());
      while (outcome?.is === "pending" && !over.signal.aborted) {
        await feed.next(control.headSeq(), over.signal).catch(() => {});
        outcome = track();
      }
      over.abort();
      await timeout;
      const type = asked.type === "request.refused" ? asked.request : asked.type;
      return c.json({ seq, request: type, via: asked.via ?? null, outcome: outcome! }, 200);
    });
}

/** Looks on in the journal at each call, from where it was. */
function tracker(control: Control, asked: Event): () => Outcome | null {
  let cursor = asked.seq;
  let outcome: Outcome | null = { is: "pending" };
  return () => {
    while (outcome?.is === "pending") {
      const batch = control.events({ after: cursor, limit: BATCH });
      cursor = batch.at(-1)?.seq ?? cursor;
      outcome = outcomeOf(control.state(), asked, batch);
      if (batch.length < BATCH) break;
    }
    return outcome;
  };
}
