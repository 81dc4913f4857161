/**
 * The routes of tasks and of the dispatcher.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { assign, whyWaits } from "../model/assignment.ts";
import type { Fact } from "../model/event.ts";
import { taskOf } from "../model/fold_task.ts";
import { immovable } from "../model/judge_task.ts";
import { entry, type State } from "../model/state.ts";
import { isOver, type Task } from "../model/task.ts";
import { accept } from "./accept.ts";
import { reasonBody, taskAddBody, taskEndBody, taskMoveBody, tasksQuery } from "./body.ts";
import type { Control, TaskWish } from "./control.ts";
import { notFound, Problem, refused } from "./problem.ts";
import { acceptedSchema, body, json, needs, page, router, TAKEN } from "./route.ts";
import { nextCursor } from "./schema/common.ts";
import { pausedSchema, taskSchema } from "./schema/task.ts";
import { findTask, listedTasks, notOneTask, taskView } from "./task_view.ts";

const params = z.object({
  task: z.string().openapi({ description: "Its id, the beginning of it, its file or its `ref`" }),
});

const list = createRoute({
  method: "get",
  path: "/tasks",
  summary: "The tasks, what is worked on first",
  ...needs("read"),
  request: { query: tasksQuery },
  responses: {
    200: json(
      z.object({ tasks: z.array(taskSchema), next: nextCursor, paused: pausedSchema }),
      "The tasks",
    ),
  },
});

const add = createRoute({
  method: "post",
  path: "/tasks",
  summary: "Put one into the inbox of a project",
  ...needs("operate"),
  request: { body: body(taskAddBody) },
  responses: {
    202: json(
      acceptedSchema.extend({ project: z.string(), file: z.string() }),
      "It lies in the inbox",
    ),
  },
});

const preview = createRoute({
  method: "get",
  path: "/tasks/preview",
  summary: "Which task would go to which session now, and why",
  ...needs("read"),
  responses: {
    200: json(
      z.object({
        chosen: z.array(z.object({ task: taskSchema, session: z.string(), why: z.string() })),
        paused: pausedSchema,
      }),
      "What would be handed out",
    ),
  },
});

const show = createRoute({
  method: "get",
  path: "/tasks/{task}",
  summary: "One task, and what it waits for",
  ...needs("read"),
  request: { params },
  responses: { 200: json(z.object({ task: taskSchema, waits: z.array(z.string()) }), "The task") },
});

const end = createRoute({
  method: "post",
  path: "/tasks/{task}/end",
  summary: "Say that it is done, or that it failed",
  ...needs("operate"),
  request: { params, body: body(taskEndBody) },
  responses: TAKEN,
});

const move = createRoute({
  method: "post",
  path: "/tasks/{task}/move",
  summary: "Put it into the inbox of another project; only while it waits",
  ...needs("operate"),
  request: { params, body: body(taskMoveBody) },
  responses: TAKEN,
});

function action<const P extends string>(path: P, summary: string) {
  return createRoute({
    method: "post",
    path: `/tasks/{task}/${path}` as const,
    summary,
    ...needs("operate"),
    request: { params },
    responses: TAKEN,
  });
}
const cancel = action("cancel", "Give it up");
const retry = action("retry", "Try it again, with fresh attempts");

const pause = createRoute({
  method: "post",
  path: "/dispatch/pause",
  summary: "Hand out no task",
  ...needs("operate"),
  request: { body: body(reasonBody) },
  responses: TAKEN,
});

const resume = createRoute({
  method: "post",
  path: "/dispatch/resume",
  summary: "Hand out tasks again",
  ...needs("operate"),
  responses: TAKEN,
});

export function taskRoutes(control: Control) {
  return router()
    .openapi(list, (c) => {
      const { all, project, ...cursor } = c.req.valid("query");
      const fitting = listedTasks(control.state(), { all: all === "true", project });
      const { items: tasks, next } = page(fitting, ({ id }) => id, cursor);
      return c.json({ tasks, next, paused: control.state().dispatchPaused }, 200);
    })
    .openapi(add, async (c) => {
      const { session, ...wish } = c.req.valid("json");
      const { project } = wish;
      if (!control.state().config?.projects.some(({ id }) => id === project)) {
        throw notFound(`no project ${project} in the config`);
      }
      const maker = session === undefined ? null : makerOf(control.state(), session);
      const added = await control.addTask({ ...wish, maker });
      if ("refused" in added) throw new Problem("bad-request", added.refused);
      const { file, undo } = added;
      try {
        const fact: Fact = { type: "task.add.requested", project, file, by: "person" };
        return c.json({ project, file, ...accept(c, control, fact) }, 202);
      } catch (error) {
        await undo();
        throw error;
      }
    })
    .openapi(preview, (c) => {
      const state = control.state();
      const chosen = assign(state, control.now()).map(({ task, session, why }) => ({
        task: taskView(state, state.tasks[task]!),
        session,
        why,
      }));
      return c.json({ chosen, paused: state.dispatchPaused }, 200);
    })
    .openapi(show, (c) => {
      const state = control.state();
      const task = known(state, c.req.valid("param").task);
      const waits = task.place.at === "queued" ? whyWaits(state, task.id, control.now()) : [];
      return c.json({ task: taskView(state, task), waits: [...waits] }, 200);
    })
    .openapi(end, async (c) => {
      const { as, note, session } = c.req.valid("json");
      const word = c.req.valid("param").task;
      const task = session === undefined
        ? known(control.state(), word)
        : ofSession(control, word, session);
      if (isOver(task)) {
        throw refused(`task ${task.id} is ${taskView(control.state(), task).end} already`);
      }
      if (task.place.at === "elsewhere") {
        throw refused(`task ${task.id} is with another daemon: ${task.place.owner}`);
      }
      if (note !== undefined) await control.keepNote(task.id, note);
      const by = session === undefined ? "person" : "agent";
      const fact: Fact = { type: "task.ended", task: task.id, as, by, why: null };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(move, async (c) => {
      const { id: task, project: from, file: name } = known(
        control.state(),
        c.req.valid("param").task,
      );
      const { project } = c.req.valid("json");
      const why = immovable(control.state(), { task, project });
      if (why !== null) throw refused(why);
      const file = await control.moveTaskFile(name, from, project);
      if (file === null) throw refused(`the file of task ${task} is gone`);
      try {
        const fact: Fact = { type: "task.moved", task, project, file, by: "person" };
        return c.json(accept(c, control, fact), 202);
      } catch (error) {
        // Somebody was given it meanwhile, and is told to read it where it was.
        await control.moveTaskFile(file, project, from);
        throw error;
      }
    })
    .openapi(cancel, (c) => {
      const { id: task } = known(control.state(), c.req.valid("param").task);
      const fact: Fact = { type: "task.cancel.requested", task, by: "person" };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(retry, (c) => {
      const { id: task } = known(control.state(), c.req.valid("param").task);
      const fact: Fact = { type: "task.retry.requested", task, by: "person" };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(pause, (c) => {
      const { reason = "a person asked for it" } = c.req.valid("json");
      const fact: Fact = { type: "dispatch.pause.requested", by: "person", reason };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(resume, (c) => {
      return c.json(accept(c, control, { type: "dispatch.resume.requested", by: "person" }), 202);
    });
}

function known(state: State, word: string): Task {
  const found = findTask(state, word);
  if (!Array.isArray(found)) return found;
  const why = notOneTask(word, found);
  throw found.length === 0 ? notFound(why) : new Problem("bad-request", why);
}

/** The task that the session is at, so that chains of tasks have an end. */
function makerOf(state: State, session: string): TaskWish["maker"] {
  if (!entry(state.sessions, session)) throw notFound(`no session ${session}`);
  const own = taskOf(state, session);
  return own ? { task: own.id, hops: own.spec.hops } : { task: session, hops: 0 };
}

/** What an agent says is said of the task that its session has, whatever it calls it. */
function ofSession(control: Control, word: string, session: string): Task {
  const state = control.state();
  if (!entry(state.sessions, session)) throw notFound(`no session ${session}`);
  const own = taskOf(state, session);
  if (word === "current") {
    if (own) return own;
    throw refused(`${session} has no task`);
  }
  const task = known(state, word);
  if (task.id === own?.id) return task;
  throw refused(`${session} does not have task ${task.id}${own ? `, but ${own.id}` : ""}`);
}
