/**
 * The tools that look.
 *
 * @module
 */
import { z } from "zod";
import { nextCursor } from "../http/schema/common.ts";
import { saidSchema } from "../http/schema/notice.ts";
import { quotaSchema } from "../http/schema/quota.ts";
import { sessionSchema } from "../http/schema/status.ts";
import { decisionSchema } from "../http/schema/swap.ts";
import { pausedSchema, taskSchema } from "../http/schema/task.ts";
import { eventBrief, eventBriefSchema, statusBrief, statusBriefSchema } from "./brief.ts";
import { looking, type Tool } from "./tool.ts";

const MAX_ITEMS = 100;
const limit = z.int().min(1).max(MAX_ITEMS).default(30);
const MAX_WAIT_MS = 20_000;

const status = looking({
  name: "status",
  title: "How the pool is",
  description:
    "Everything at a glance: the accounts with their usage windows, forecasts and what speaks against them, how many sessions are " +
    "in which state, tasks, the swap under way, whether automatic moves are paused, and what the policy wants now. " +
    "Times are epoch milliseconds; `now` is when it was made.",
  input: z.strictObject({}),
  output: statusBriefSchema,
  run: async (calls) => statusBrief(await calls.status()),
});

const quota = looking({
  name: "quota",
  title: "Usage windows of each account",
  description:
    "For each account: how much of its 5-hour and weekly windows is used, when they are reset, when they will be full at the pace " +
    "of late, where each figure came from and how old it is; also money and tokens.",
  input: z.strictObject({}),
  output: quotaSchema,
  run: (calls) => calls.quota(),
});

const explain = looking({
  name: "explain",
  title: "Why it went so",
  description:
    "Why a swap went as it did (`swap`: its id, or `last`), or what the policy decides now and why, or what it decided at a moment " +
    "of the past (`at`, epoch milliseconds). Give one of the two or none.",
  input: z.strictObject({
    swap: z.string().min(1).optional().describe("The id of a swap, or `last`"),
    at: z.int().min(0).optional().describe("Epoch milliseconds"),
  }),
  output: decisionSchema,
  run: (calls, { swap, at }) => at === undefined ? calls.explain(swap) : calls.explainAt(at),
});

const sessions = looking({
  name: "sessions",
  title: "The sessions",
  description:
    "The Claude Code sessions of the pool: account, project, state (idle, working, waiting, limited, parked, dead, ...), since when " +
    "and why. Filter by `account`, `state` or `name`; `total` says how many fit.",
  input: z.strictObject({
    account: z.string().min(1).optional(),
    state: z.string().min(1).optional(),
    name: z.string().min(1).optional(),
    limit,
  }),
  output: z.object({ sessions: z.array(sessionSchema), total: z.int() }),
  async run(calls, { account, state, name, limit }) {
    const fitting = (await calls.sessions()).filter((session) =>
      (account ?? session.account) === session.account &&
      (state ?? session.phase) === session.phase && (name ?? session.name) === session.name
    );
    return { sessions: fitting.slice(0, limit), total: fitting.length };
  },
});

const tasks = looking({
  name: "tasks",
  title: "The tasks",
  description:
    "The tasks in the projects' inboxes, what is worked on first. `all`: also those that ended. Goes on with `after`, the `next` of " +
    "the page before.",
  input: z.strictObject({
    all: z.boolean().default(false),
    project: z.string().min(1).optional(),
    after: z.string().min(1).optional(),
    limit,
  }),
  output: z.object({ tasks: z.array(taskSchema), next: nextCursor, paused: pausedSchema }),
  run: (calls, wish) => calls.tasks(wish),
});

const task = looking({
  name: "task",
  title: "One task",
  description: "One task by its id (or the beginning of it, or its file), and what it waits for.",
  input: z.strictObject({ task: z.string().min(1) }),
  output: z.object({ task: taskSchema, waits: z.array(z.string()) }),
  run: (calls, { task }) => calls.task(task),
});

const events = looking({
  name: "events",
  title: "What happened",
  description:
    "The journal: the events after `since` (a sequence number), oldest first; without it the latest ones. Go on with `next` as " +
    "`since`. `first` is the oldest event that is kept: if `since` is before it, some are gone.",
  input: z.strictObject({ since: z.int().min(0).optional(), limit }),
  output: z.object({
    events: z.array(eventBriefSchema),
    seq: z.int().describe("Of the last event there is"),
    first: z.int(),
    next: z.int().nullable().describe("Null: that was the end"),
  }),
  async run(calls, { since, limit }) {
    const after = since ?? Math.max(0, (await calls.status()).seq - limit);
    const { events, ...rest } = await calls.events(after, limit);
    return { ...rest, events: events.map(eventBrief) };
  },
});

const notices = looking({
  name: "notices",
  title: "What people were told",
  description:
    "The notices that went, or are to go, to the people of this pool (Telegram, webhooks, ...), newest first: what happened, what was " +
    "done, what a person is asked to do (`todo`), and whether it has arrived (`stage`). Empty when the config names no channel.",
  input: z.strictObject({ limit }),
  output: z.object({ messages: z.array(saidSchema) }),
  run: (calls, { limit }) => calls.said({ limit }),
});

const request = looking({
  name: "request",
  title: "What became of a request",
  description:
    "Whether a change that was asked for is pending, done, refused or failed, and why: by the `seq` that the tool answered with. " +
    "Waits up to `waitMs` until that is settled.",
  input: z.strictObject({
    seq: z.int().min(1),
    waitMs: z.int().min(0).max(MAX_WAIT_MS).default(0),
  }),
  output: z.object({
    seq: z.int(),
    request: z.string(),
    via: z.string().nullable(),
    outcome: z.looseObject({ is: z.string() }),
  }),
  run: (calls, { seq, waitMs }) => calls.request(seq, waitMs),
});

export const LOOKING: readonly Tool[] = [
  status,
  quota,
  explain,
  sessions,
  tasks,
  task,
  events,
  notices,
  request,
];
