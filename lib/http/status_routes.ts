/**
 * The routes that say how things are: the status, accounts, projects, the config, the daemon.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { entry } from "../model/state.ts";
import { configSchema, configView } from "./config_view.ts";
import type { Control } from "./control.ts";
import { notFound } from "./problem.ts";
import { quotaView } from "./quota_view.ts";
import { json, needs, router } from "./route.ts";
import { quotaSchema } from "./schema/quota.ts";
import { accountSchema, daemonState, statusSchema } from "./schema/status.ts";
import { taskCountsSchema } from "./schema/task.ts";
import { taskCounts } from "./task_view.ts";
import { accountViews, statusView } from "./view.ts";

const MINUTE_MS = 60_000;

const getStatus = createRoute({
  method: "get",
  path: "/status",
  summary: "Everything at a glance",
  ...needs("read"),
  request: { headers: z.object({ "if-none-match": z.string().optional() }) },
  responses: {
    200: json(statusSchema, "How things are"),
    304: { description: "Nothing has happened since the answer with this ETag" },
  },
});

const getAccounts = createRoute({
  method: "get",
  path: "/accounts",
  summary: "The accounts, the preferred one first",
  ...needs("read"),
  responses: { 200: json(z.object({ accounts: z.array(accountSchema) }), "The accounts") },
});

const getAccount = createRoute({
  method: "get",
  path: "/accounts/{id}",
  summary: "One account",
  ...needs("read"),
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(accountSchema, "The account") },
});

const getQuota = createRoute({
  method: "get",
  path: "/quota",
  summary: "The accounts' windows with forecasts, money, and what was asked and used",
  ...needs("read"),
  responses: { 200: json(quotaSchema, "The quota of each account") },
});

const project = z.object({
  id: z.string(),
  path: z.string(),
  accounts: z.array(z.string()),
  sessions: z.array(z.string()),
  tasks: taskCountsSchema.nullable(),
});

const getProjects = createRoute({
  method: "get",
  path: "/projects",
  summary: "The projects, with how many tasks are where",
  ...needs("read"),
  responses: { 200: json(z.object({ projects: z.array(project) }), "The projects") },
});

const getConfig = createRoute({
  method: "get",
  path: "/config",
  summary: "The config in force, without values of `env` and arguments",
  ...needs("read"),
  responses: { 200: json(configSchema, "The config in force") },
});

const daemonSchema = z.object({ daemon: daemonState, seq: z.int(), now: z.number() });

const getDaemon = createRoute({
  method: "get",
  path: "/daemon",
  summary: "The daemon itself",
  ...needs("read"),
  responses: { 200: json(daemonSchema, "Its phase, version and pid") },
});

export function statusRoutes(control: Control) {
  return router()
    .openapi(getStatus, (c) => {
      const [state, now, journalProblem] = [
        control.state(),
        control.now(),
        control.journalProblem(),
      ];
      // Some of it changes by time alone (a reset passes), so it is looked at anew at least each minute.
      const version = `${state.seq}.${Math.floor(now / MINUTE_MS)}${journalProblem ? "!" : ""}`;
      const etag = `W/"${version}"`;
      c.header("etag", etag);
      if (names(c.req.valid("header")["if-none-match"], etag)) return c.body(null, 304);
      return c.json(statusView(state, now, { journalProblem }), 200);
    })
    .openapi(
      getAccounts,
      (c) => c.json({ accounts: accountViews(control.state(), control.now()) }, 200),
    )
    .openapi(getAccount, (c) => {
      const { id } = c.req.valid("param");
      const account = accountViews(control.state(), control.now()).find((a) => a.id === id);
      if (!account) throw notFound(`no account ${id} in the config`);
      return c.json(account, 200);
    })
    .openapi(getQuota, (c) => c.json(quotaView(control.state(), control.now()), 200))
    .openapi(getProjects, (c) => {
      const state = control.state();
      const projects = (state.config?.projects ?? []).map(({ id, path, accounts }) => ({
        id,
        path,
        accounts: [...accounts],
        sessions: state.config!.sessions.filter((s) => s.project === id).map((s) => s.name),
        tasks: taskCounts({ ...state, tasks: tasksOf(state.tasks, id) }),
      }));
      return c.json({ projects }, 200);
    })
    .openapi(getConfig, (c) => {
      const { config } = control.state();
      if (!config) throw notFound("no config is in force");
      return c.json(configView(config), 200);
    })
    .openapi(getDaemon, (c) => {
      const { daemon, seq } = control.state();
      return c.json({ daemon, seq, now: control.now() }, 200);
    });
}

type Tasks = ReturnType<Control["state"]>["tasks"];

function tasksOf(tasks: Tasks, project: string): Tasks {
  const own = Object.keys(tasks).filter((id) => entry(tasks, id)?.project === project);
  return Object.fromEntries(own.map((id) => [id, tasks[id]!]));
}

/** Weak comparison (RFC 9110, 13.1.2). */
function names(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const bare = (tag: string) => tag.trim().replace(/^W\//, "");
  return header.trim() === "*" || header.split(",").some((tag) => bare(tag) === bare(etag));
}
