/**
 * The routes of swaps: the ones there were, a new one, the proposal that waits, and why it went so.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Fact } from "../model/event.ts";
import { groundsOf } from "../model/grounds.ts";
import { judge } from "../model/judge.ts";
import { declinedUntil } from "../model/proposal.ts";
import type { Proposal, State } from "../model/state.ts";
import { accept, recordFor } from "./accept.ts";
import { confirmBody, failoverBody, rejectBody } from "./body.ts";
import type { Control } from "./control.ts";
import { BEFORE_JOURNAL, explainNow, explainSwap } from "./explain_view.ts";
import { type FailoverPlan, planFailover } from "./failover_plan.ts";
import { notFound, Problem, refused } from "./problem.ts";
import { acceptedSchema, body, json, needs, page, router } from "./route.ts";
import { nextCursor, pageQuery, time } from "./schema/common.ts";
import { proposalSchema } from "./schema/status.ts";
import { decisionSchema, planSchema, swapSchema } from "./schema/swap.ts";
import { swapView, swapViews } from "./swap_view.ts";
import { findSwap, noSwapWords, proposalView } from "./view.ts";

const swapId = z.object({
  id: z.string().openapi({
    description: "Or `last`: the running one, else the one that ended last",
  }),
});

const list = createRoute({
  method: "get",
  path: "/swaps",
  summary: "The swaps that are remembered, latest first",
  ...needs("read"),
  request: { query: pageQuery },
  responses: {
    200: json(z.object({ swaps: z.array(swapSchema), next: nextCursor }), "The swaps"),
  },
});

const show = createRoute({
  method: "get",
  path: "/swaps/{id}",
  summary: "One swap, with the steps of its moves",
  ...needs("read"),
  request: { params: swapId },
  responses: { 200: json(swapSchema, "The swap") },
});

const asked = z.object({ swap: z.string(), seq: z.int(), plan: planSchema });

const failover = createRoute({
  method: "post",
  path: "/swaps",
  summary: "Move the sessions of an account to another one, or say what would happen",
  ...needs("operate"),
  request: { body: body(failoverBody) },
  responses: {
    200: json(z.object({ swap: z.null(), seq: z.null(), plan: planSchema }), "Of a dry run"),
    202: json(asked, "Asked for"),
  },
});

const proposal = createRoute({
  method: "get",
  path: "/proposal",
  summary: "The move that waits for a person's word",
  ...needs("read"),
  responses: { 200: json(z.object({ proposal: proposalSchema.nullable() }), "Null: none waits") },
});

const confirm = createRoute({
  method: "post",
  path: "/proposal/confirm",
  summary: "Do it",
  ...needs("operate"),
  request: { body: body(confirmBody) },
  responses: { 202: json(asked, "Asked for") },
});

const reject = createRoute({
  method: "post",
  path: "/proposal/reject",
  summary: "Do not do it",
  ...needs("operate"),
  request: { body: body(rejectBody) },
  responses: {
    202: json(acceptedSchema.extend({ until: time }), "Not proposed again before `until`"),
  },
});

const decideNow = createRoute({
  method: "get",
  path: "/decisions/now",
  summary: "What the policy decides now, and what that stands on",
  ...needs("read"),
  responses: { 200: json(decisionSchema, "The decision") },
});

const decidedAt = createRoute({
  method: "get",
  path: "/decisions",
  summary: "What the policy decides by what the journal said at a moment of the past",
  ...needs("read"),
  request: {
    query: z.strictObject({
      at: z.coerce.number().int().min(0).openapi({ description: "Epoch milliseconds" }),
    }),
  },
  responses: { 200: json(decisionSchema, "The decision") },
});

const decided = createRoute({
  method: "get",
  path: "/decisions/{id}",
  summary: "Why a swap went as it did, with what was known then",
  ...needs("read"),
  request: { params: swapId },
  responses: { 200: json(decisionSchema, "The decision") },
});

export function swapRoutes(control: Control) {
  return router()
    .openapi(list, (c) => {
      const all = swapViews(control.state());
      const { items: swaps, next } = page(all, ({ id }) => id, c.req.valid("query"));
      return c.json({ swaps, next }, 200);
    })
    .openapi(show, (c) => {
      const state = control.state();
      return c.json(ofSwap(state, c.req.valid("param").id, (id) => swapView(state, id)), 200);
    })
    .openapi(failover, (c) => {
      const { from, to, dryRun } = c.req.valid("json");
      const plan = planOrRefuse(c, control, { from, to }, dryRun);
      const swap = control.newId();
      const fact = swapFact(swap, plan, control);
      if (dryRun) {
        const reason = judge(control.state(), fact);
        if (reason !== null) throw refused(reason);
        return c.json({ swap: null, seq: null, plan }, 200);
      }
      return c.json({ swap, ...accept(c, control, fact), plan }, 202);
    })
    .openapi(proposal, (c) => {
      const { proposal } = control.state();
      return c.json({ proposal: proposal && proposalView(proposal) }, 200);
    })
    .openapi(confirm, (c) => {
      const { id, from, to } = waitingProposal(c, control, c.req.valid("json").proposal);
      const plan = planOrRefuse(c, control, { from, to }, false);
      const swap = control.newId();
      const fact: Fact = { ...swapFact(swap, plan, control), proposal: id };
      return c.json({ swap, ...accept(c, control, fact), plan }, 202);
    })
    .openapi(reject, (c) => {
      const { proposal, reason = "a person does not want it" } = c.req.valid("json");
      const waiting = waitingProposal(c, control, proposal);
      const until = declinedUntil(control.state(), waiting, control.now());
      const of = { proposal: waiting.id, how: "rejected", by: "person", reason, until } as const;
      return c.json({ until, ...accept(c, control, { type: "proposal.closed", ...of }) }, 202);
    })
    .openapi(decideNow, (c) => c.json(explainNow(control.state(), control.now()), 200))
    .openapi(decidedAt, async (c) => {
      const { at } = c.req.valid("query");
      if (at > control.now()) throw new Problem("bad-request", "that time is still to come");
      const then = await control.stateAt(at);
      if (!then) throw notFound(BEFORE_JOURNAL);
      return c.json(explainNow(then, control.now(), at), 200);
    })
    .openapi(decided, (c) => {
      const [state, now] = [control.state(), control.now()];
      const { id } = c.req.valid("param");
      return c.json(ofSwap(state, id, (id) => explainSwap(state, id, now)), 200);
    });
}

/** A wish that cannot even become a request leaves its trace in the journal too, unless it was only a question. */
function planOrRefuse(
  c: Context,
  control: Control,
  wish: { from: string | undefined; to: string | undefined },
  dryRun: boolean,
): FailoverPlan {
  const planned = planFailover(control.state(), wish, control.now());
  if ("plan" in planned) return planned.plan;
  if ("unknown" in planned) throw notFound(planned.unknown);
  const reason = planned.refused;
  if (!dryRun) {
    recordFor(c, control, { type: "request.refused", request: "swap.requested", reason });
  }
  throw refused(reason);
}

/** The proposal that waits, which must be this one if an id is given. */
function waitingProposal(c: Context, control: Control, id: string | undefined): Proposal {
  const { proposal } = control.state();
  if (proposal && (id === undefined || id === proposal.id)) return proposal;
  const reason = proposal
    ? `proposal ${id} does not wait any more; ${proposal.id} does`
    : "no proposal waits for an answer";
  recordFor(c, control, { type: "request.refused", request: "proposal", reason });
  throw refused(reason);
}

function swapFact(swap: string, plan: FailoverPlan, control: Control) {
  const { from, to, reason, sessions } = plan;
  const grounds = groundsOf(control.state(), { from, by: "person", now: control.now() });
  const by = "person" as const;
  const type = "swap.requested" as const;
  return { type, swap, from, to, by, reason, sessions, grounds };
}

function ofSwap<T>(state: State, id: string, look: (id: string) => T | null): T {
  const wanted = findSwap(state, id);
  const found = wanted === null ? null : look(wanted);
  if (found !== null) return found;
  throw notFound(noSwapWords(id));
}
