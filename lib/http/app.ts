/**
 * The control plane: what people and programs may ask of the daemon.
 *
 * Every command is a fact in the journal. What the state does not allow becomes `request.refused` there and 409
 * here, with the reason; what it allows answers 202 with its place in the journal, since the work is done after.
 *
 * @module
 */
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Event, Fact } from "../model/event.ts";
import { groundsOf } from "../model/grounds.ts";
import type { DutyName } from "../model/janitor.ts";
import { judge } from "../model/judge.ts";
import { declinedUntil } from "../model/proposal.ts";
import type { Proposal, State } from "../model/state.ts";
import { TmuxError } from "../ports/tmux.ts";
import { JournalError } from "../runtime/journal.ts";
import { accept, knownSession } from "./accept.ts";
import {
  captureQuery,
  checked,
  confirmBody,
  eventsQuery,
  explainQuery,
  failoverBody,
  reasonBody,
  rejectBody,
  stopBody,
  tidyBody,
} from "./body.ts";
import { explainNow, explainSwap } from "./explain_view.ts";
import { type FailoverPlan, planFailover } from "./failover_plan.ts";
import { type EventSource, followEvents, lastEventId } from "./follow.ts";
import { notFound, Problem, refused } from "./problem.ts";
import type { Reload } from "./reload.ts";
import { sessionRoutes } from "./session_routes.ts";
import { taskRoutes } from "./task_routes.ts";
import type { AtKeyboard } from "./session_view.ts";
import { swapView } from "./swap_view.ts";
import { lastSwap, sessionViews, statusView } from "./view.ts";

/** What the app needs of the daemon. */
export interface Control extends EventSource {
  state(): State;
  record(...facts: Fact[]): Event[];
  /** Why nothing can be recorded; null when all is well. */
  journalProblem(): string | null;
  /** Epoch milliseconds. */
  now(): number;
  newId(): string;
  /** What the session's pane shows; rejects with `TmuxError` when there is none. */
  capture(session: string, options: { historyLines: number }): Promise<string>;
  /** Who is at the session's keyboard; null when that cannot be told. */
  person(session: string): Promise<AtKeyboard | null>;
  /** What becomes of a text that is to be typed, and how to keep it until then. */
  prompt(id: string, text: string): {
    /** Why nobody could tell whether it was taken; null: it may be sent. */
    readonly unsendable: string | null;
    /** Of what is typed. */
    readonly digest: string;
    keep(): Promise<void>;
  };
  /** Keeps what is said of a task's end until its result is written; it never stands in the journal. */
  keepNote(task: string, note: string): Promise<void>;
  /** Reads the config file again. */
  reload(): Promise<Reload>;
  /** Lets the janitor do these duties now. */
  tidy(wish: TidyWish, signal: AbortSignal): Promise<TidyResult[]>;
}

export interface TidyWish {
  /** Undefined: all of them. */
  readonly duties?: readonly DutyName[] | undefined;
  readonly dryRun: boolean;
}

/** What came of one duty. */
export interface TidyResult {
  readonly duty: DutyName;
  readonly dryRun: boolean;
  readonly found: readonly {
    readonly what: string;
    readonly why: string;
    readonly bytes: number | null;
  }[];
  readonly removed: number;
  readonly bytes: number;
  readonly problems: readonly string[];
}

export type ControlApp = ReturnType<typeof controlApp>;

export function controlApp(control: Control) {
  return new Hono()
    .onError((error) => problemOf(error).toResponse())
    .notFound((c) => notFound(`no route ${c.req.method} ${c.req.path}`).toResponse())
    .get("/v1/status", (c) => {
      const journalProblem = control.journalProblem();
      return c.json(statusView(control.state(), control.now(), { journalProblem }));
    })
    .get("/v1/events", checked("query", eventsQuery), (c) => {
      const { after, limit } = c.req.valid("query");
      if (c.req.header("accept")?.includes("text/event-stream")) {
        // `never` keeps the stream out of the typed answers: whoever asks for it reads it by `readEvents`.
        return followEvents(c, control, lastEventId(c) ?? after) as never;
      }
      const events = control.events({ after, limit });
      return c.json({ events, seq: control.state().seq });
    })
    .get("/v1/sessions", (c) => c.json({ sessions: sessionViews(control.state(), control.now()) }))
    .get("/v1/sessions/:name/capture", checked("query", captureQuery), async (c) => {
      const name = knownSession(control, c.req.param("name"));
      const text = await control.capture(name, { historyLines: c.req.valid("query").lines });
      return c.json({ session: name, text });
    })
    .post("/v1/sessions/:name/start", (c) => {
      const session = knownSession(control, c.req.param("name"));
      return c.json(
        accept(control, { type: "session.start.requested", session, by: "person" }),
        202,
      );
    })
    .post("/v1/sessions/:name/stop", (c) => {
      const session = knownSession(control, c.req.param("name"));
      return c.json(
        accept(control, { type: "session.stop.requested", session, by: "person" }),
        202,
      );
    })
    .post("/v1/sessions/:name/restart", (c) => {
      const session = knownSession(control, c.req.param("name"));
      return c.json(
        accept(control, { type: "session.restart.requested", session, by: "person" }),
        202,
      );
    })
    .post("/v1/sessions/:name/hold", checked("json", reasonBody), (c) => {
      const session = knownSession(control, c.req.param("name"));
      const reason = c.req.valid("json").reason ?? "a person asked for it";
      const fact: Fact = { type: "session.hold.requested", session, by: "person", reason };
      return c.json(accept(control, fact), 202);
    })
    .post("/v1/sessions/:name/unhold", (c) => {
      const session = knownSession(control, c.req.param("name"));
      return c.json(
        accept(control, { type: "session.unhold.requested", session, by: "person" }),
        202,
      );
    })
    .route("/v1/sessions", sessionRoutes(control))
    .route("/v1", taskRoutes(control))
    .post("/v1/janitor/run", checked("json", tidyBody), async (c) => {
      const results = await control.tidy(c.req.valid("json"), c.req.raw.signal);
      return c.json({ results });
    })
    .post("/v1/reload", async (c) => {
      const reload = await control.reload();
      if (reload.is !== "rejected") return c.json(reload, 200);
      const status = reload.because === "fixed" ? 409 : 422;
      throw new Problem(status, "Config rejected", reload.lines.join("\n"));
    })
    .get("/v1/swaps/:id", (c) => {
      const state = control.state();
      return c.json(ofSwap(state, c.req.param("id"), (id) => swapView(state, id)));
    })
    .get("/v1/explain", checked("query", explainQuery), (c) => {
      const { swap } = c.req.valid("query");
      const [state, now] = [control.state(), control.now()];
      if (swap === undefined) return c.json(explainNow(state, now));
      return c.json(ofSwap(state, swap, (id) => explainSwap(state, id, now)));
    })
    .post("/v1/failover", checked("json", failoverBody), (c) => {
      const { from, to, dryRun } = c.req.valid("json");
      const plan = planOrRefuse(control, { from, to }, dryRun);
      const swap = control.newId();
      const fact = swapFact(swap, plan, control);
      if (dryRun) {
        const reason = judge(control.state(), fact);
        if (reason !== null) throw refused(reason);
        return c.json({ swap: null, seq: null, plan }, 200);
      }
      return c.json({ swap, ...accept(control, fact), plan }, 202);
    })
    .post("/v1/proposal/confirm", checked("json", confirmBody), (c) => {
      const { id, from, to } = waitingProposal(control, c.req.valid("json").proposal);
      const plan = planOrRefuse(control, { from, to }, false);
      const swap = control.newId();
      const fact: Fact = { ...swapFact(swap, plan, control), proposal: id };
      return c.json({ swap, ...accept(control, fact), plan }, 202);
    })
    .post("/v1/proposal/reject", checked("json", rejectBody), (c) => {
      const { proposal, reason = "a person does not want it" } = c.req.valid("json");
      const waiting = waitingProposal(control, proposal);
      const until = declinedUntil(control.state(), waiting, control.now());
      const of = { proposal: waiting.id, how: "rejected", by: "person", reason, until } as const;
      return c.json({ until, ...accept(control, { type: "proposal.closed", ...of }) }, 202);
    })
    .post("/v1/freeze", checked("json", reasonBody), (c) => {
      const reason = c.req.valid("json").reason ?? "a person asked for it";
      return c.json(accept(control, { type: "freeze.requested", by: "person", reason }), 202);
    })
    .post("/v1/thaw", (c) => c.json(accept(control, { type: "thaw.requested", by: "person" }), 202))
    .post("/v1/stop", checked("json", stopBody), (c) => {
      const endSessions = c.req.valid("json").sessions;
      const fact: Fact = { type: "daemon.stop.requested", by: "person", endSessions };
      return c.json(accept(control, fact), 202);
    });
}

/** A wish that cannot even become a request leaves its trace in the journal too, unless it was only a question. */
function planOrRefuse(
  control: Control,
  wish: { from: string | undefined; to: string | undefined },
  dryRun: boolean,
): FailoverPlan {
  const planned = planFailover(control.state(), wish, control.now());
  if ("plan" in planned) return planned.plan;
  if ("unknown" in planned) throw notFound(planned.unknown);
  const reason = planned.refused;
  if (!dryRun) control.record({ type: "request.refused", request: "swap.requested", reason });
  throw refused(reason);
}

/** The proposal that waits, which must be this one if an id is given. */
function waitingProposal(control: Control, id: string | undefined): Proposal {
  const { proposal } = control.state();
  if (proposal && (id === undefined || id === proposal.id)) return proposal;
  const reason = proposal
    ? `proposal ${id} does not wait any more; ${proposal.id} does`
    : "no proposal waits for an answer";
  control.record({ type: "request.refused", request: "proposal", reason });
  throw refused(reason);
}

function swapFact(swap: string, plan: FailoverPlan, control: Control) {
  const { from, to, reason, sessions } = plan;
  const grounds = groundsOf(control.state(), { from, by: "person", now: control.now() });
  const by = "person" as const;
  const type = "swap.requested" as const;
  return { type, swap, from, to, by, reason, sessions, grounds };
}

/** `last` is the running one, else the one that ended last. */
function ofSwap<T>(state: State, id: string, look: (id: string) => T | null): T {
  const wanted = id === "last" ? state.runningSwap ?? lastSwap(state) : id;
  const found = wanted === null ? null : look(wanted);
  if (found !== null) return found;
  throw notFound(id === "last" ? "there was no swap yet" : `no swap ${id}`);
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) {
    return new Problem(error.status as Problem["status"], "Bad request", error.message);
  }
  if (error instanceof TmuxError) return new Problem(502, "tmux failed", error.message);
  if (error instanceof JournalError) return new Problem(500, "The journal failed", error.message);
  return new Problem(500, "Internal error", error instanceof Error ? error.message : String(error));
}
