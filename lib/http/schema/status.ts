/**
 * The schema of the status, and of its parts.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { type Of, openUnion } from "../route.ts";
import type { AccountView, ProposalView, SessionView, StatusView } from "../view.ts";
import type { Forecast } from "../../model/forecast.ts";
import type { DaemonState, Wall } from "../../model/state.ts";
import { check, pressure, requester, source, time, windowName } from "./common.ts";
import { swapSchema } from "./swap.ts";
import { taskCountsSchema } from "./task.ts";

const wall: Of<Wall> = z.object({
  session: z.string(),
  transcript: z.string().nullable(),
  window: windowName.nullable(),
  resetsAt: time.nullable(),
  since: time,
  hitAt: time,
  evidence: z.array(z.string()),
});

export const accountFields = {
  id: z.string(),
  kind: z.enum(["subscription", "api-key", "bedrock", "vertex", "foundry", "custom"]),
  priority: z.number(),
  auto: z.boolean(),
  pressure,
  windows: z.array(z.object({
    window: windowName,
    usedPct: z.number(),
    linePct: z.number().nullable(),
    resetsAt: time.nullable(),
    expired: z.boolean(),
    source,
    readAt: time,
    ageUnknown: z.boolean().openapi({
      description: "`readAt` is the earliest that the figure can have been made",
    }),
    confidence: z.enum(["high", "medium", "low", "none"]),
    forecast: openUnion<Forecast>("is", "known, with when it is full, or unknown, and why"),
  })),
  wall: wall.nullable(),
  check: check.nullable(),
  liveSessions: z.int(),
};
export const accountSchema: Of<AccountView> = z.object(accountFields).openapi("Account");

export const sessionFields = {
  name: z.string(),
  account: z.string(),
  project: z.string().nullable(),
  cwd: z.string().nullable(),
  phase: z.enum([
    "absent",
    "starting",
    "idle",
    "working",
    "waiting",
    "limited",
    "stopping",
    "stopped",
    "parked",
    "ended",
    "dead",
    "quarantined",
  ]),
  detail: z.string().nullable(),
  wakesAt: time.nullable(),
  onDemand: z.boolean(),
  since: time.nullable(),
  why: z.string().nullable(),
  conversation: z.string().nullable(),
  run: z.string().nullable(),
  pid: z.int().nullable(),
  unproven: z.boolean(),
  held: z.boolean(),
  restart: z.object({ at: time, nth: z.int() }).nullable(),
  hold: z.object({ since: time, by: requester, reason: z.string() }).nullable(),
  pin: z.object({ account: z.string(), since: time, by: requester }).nullable(),
  inConfig: z.boolean(),
};
export const sessionSchema: Of<SessionView> = z.object(sessionFields).openapi("Session");

export const proposalSchema: Of<ProposalView> = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  why: z.string(),
  since: time,
  deadline: time.nullable(),
  then: z.enum(["stay", "move", "park"]),
}).openapi("Proposal");

export const daemonState = openUnion<DaemonState>("phase", "down, up or stopping");

export const statusFields = {
  v: z.literal(1),
  now: time,
  asOf: time,
  seq: z.int(),
  journalProblem: z.string().nullable(),
  daemon: daemonState,
  mode: z.enum(["auto", "confirm", "off"]).nullable(),
  frozen: z.object({ since: time, by: requester, reason: z.string() }).nullable(),
  accounts: z.array(accountSchema),
  sessions: z.array(sessionSchema),
  tasks: taskCountsSchema.nullable(),
  swap: swapSchema.nullable(),
  proposal: proposalSchema.nullable(),
  decision: z.object({ do: z.enum(["nothing", "swap", "propose", "park"]), text: z.string() }),
  removedAccounts: z.array(z.object({ account: z.string(), sessions: z.array(z.string()) })),
  unexpected: z.int(),
};
export const statusSchema: Of<StatusView> = z.object(statusFields).openapi("Status");
