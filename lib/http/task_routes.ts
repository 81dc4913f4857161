/**
 * The routes of tasks and of the dispatcher.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { assign, whyWaits } from "../model/assignment.ts";
import type { Fact } from "../model/event.ts";
import { taskOf } from "../model/fold_task.ts";
import { entry, type State } from "../model/state.ts";
import { isOver, type Task } from "../model/task.ts";
import { accept, type Accepted } from "./accept.ts";
import type { Control } from "./app.ts";
import { checked, reasonBody, taskEndBody, tasksQuery } from "./body.ts";
import { notFound, Problem, refused } from "./problem.ts";
import { findTask, taskView, taskViews } from "./task_view.ts";

/** To be mounted below `/v1`. */
export function taskRoutes(control: Control) {
  return new Hono()
    .get("/tasks", checked("query", tasksQuery), (c) => {
      const { all, project } = c.req.valid("query");
      const tasks = taskViews(control.state())
        .filter((task) =>
          (all || task.place !== "closed") && (project ?? task.project) === task.project
        );
      return c.json({ tasks, paused: control.state().dispatchPaused });
    })
    .get("/tasks/preview", (c) => {
      const state = control.state();
      const chosen = assign(state, control.now()).map(({ task, session, why }) => ({
        task: taskView(state, state.tasks[task]!),
        session,
        why,
      }));
      return c.json({ chosen, paused: state.dispatchPaused });
    })
    .get("/tasks/:task", (c) => {
      const state = control.state();
      const task = known(state, c);
      const waits = task.place.at === "queued" ? whyWaits(state, task.id, control.now()) : [];
      return c.json({ task: taskView(state, task), waits });
    })
    .post("/tasks/:task/end", checked("json", taskEndBody), async (c) => {
      const { as, note, session } = c.req.valid("json");
      const task = session === undefined
        ? known(control.state(), c)
        : ofSession(control, c, session);
      if (isOver(task)) {
        throw refused(`task ${task.id} is ${taskView(control.state(), task).end} already`);
      }
      if (task.place.at === "elsewhere") {
        throw refused(`task ${task.id} is with another daemon: ${task.place.owner}`);
      }
      if (note !== undefined) await control.keepNote(task.id, note);
      const by = session === undefined ? "person" : "agent";
      return c.json(accept(control, { type: "task.ended", task: task.id, as, by, why: null }), 202);
    })
    .post("/tasks/:task/cancel", (c) => c.json(ask(control, c, "task.cancel.requested"), 202))
    .post("/tasks/:task/retry", (c) => c.json(ask(control, c, "task.retry.requested"), 202))
    .post("/dispatch/pause", checked("json", reasonBody), (c) => {
      const reason = c.req.valid("json").reason ?? "a person asked for it";
      const fact: Fact = { type: "dispatch.pause.requested", by: "person", reason };
      return c.json(accept(control, fact), 202);
    })
    .post("/dispatch/resume", (c) => {
      return c.json(accept(control, { type: "dispatch.resume.requested", by: "person" }), 202);
    });
}

function ask(
  control: Control,
  c: Context<object, "/tasks/:task">,
  type: "task.cancel.requested" | "task.retry.requested",
): Accepted {
  const { id } = known(control.state(), c);
  return accept(control, { type, task: id, by: "person" });
}

function known(state: State, c: Context<object, "/tasks/:task">): Task {
  const word = c.req.param("task");
  const found = findTask(state, word);
  if (!Array.isArray(found)) return found;
  if (found.length === 0) throw notFound(`no task ${word}`);
  const ids = found.map(({ id, project }) => `${id} (${project})`).join(", ");
  throw new Problem(400, "Bad request", `${word} may be each of ${ids}`);
}

/** What an agent says is said of the task that its session has, whatever it calls it. */
function ofSession(
  control: Control,
  c: Context<object, "/tasks/:task">,
  session: string,
): Task {
  const state = control.state();
  if (!entry(state.sessions, session)) throw notFound(`no session ${session}`);
  const own = taskOf(state, session);
  const word = c.req.param("task");
  if (word === "current") {
    if (own) return own;
    throw refused(`${session} has no task`);
  }
  const task = known(state, c);
  if (task.id === own?.id) return task;
  throw refused(`${session} does not have task ${task.id}${own ? `, but ${own.id}` : ""}`);
}
