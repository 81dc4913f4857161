/**
 * The pool: one tile a session, with what it does, under which account, and since when.
 *
 * @module
 */
import { html } from "hono/html";
import type { TaskView } from "../task_view.ts";
import type { SessionView } from "../view.ts";
import { askButton, attachButton, isUp, sessionAsks } from "./ask.ts";
import { type Html, type Part, row, time } from "./parts.ts";

export function sessionTiles(
  sessions: readonly SessionView[],
  tasks: readonly TaskView[],
  mayAct: boolean,
): Html[] {
  const taskOf = new Map(
    tasks.filter(({ place }) => place === "running" || place === "assigned")
      .map((task) => [task.session, task]),
  );
  return sessions.map((session) => {
    const { name, account, project, phase, since } = session;
    const task = taskOf.get(name);
    return html`
      <li id="session-${name}"
        class="card tile ph-${phase}"><h3><span class="dot"></span>${name}</h3>
      <p><strong>${phase}</strong>${about(session)}</p>
      <p class="soft">under ${account}${project === null ? "" : `, ${project}`}${since === null
        ? ""
        : html`, ${time(since)}`}</p>${task ? html`<p class="task">${task.title}</p>` : ""}${row([
          isUp(phase) ? attachButton(name, "tile") : "",
          ...sessionAsks(session).map((ask) => askButton(mayAct, ask)),
        ])}</li>
    `;
  });
}

function about(session: SessionView): Part {
  const { detail, hold, held, pin, unproven, wakesAt, restart } = session;
  const said = [
    ...(detail === null ? [] : [detail]),
    ...(hold !== null ? [`held: ${hold.reason}`] : held ? ["held"] : []),
    ...(pin === null ? [] : [`pinned to ${pin.account}`]),
    ...(unproven ? ["no answer seen yet"] : []),
  ];
  return html`${said.length > 0 ? `: ${said.join(", ")}` : ""}${
    wakesAt === null ? "" : html`; wakes ${time(wakesAt)}`
  }${restart === null ? "" : html`; starts again ${time(restart.at)}`}`;
}

/** `6 sessions: 4 working, 2 idle`, as chips. */
export function phaseCounts(sessions: readonly SessionView[]): Part {
  const counts = new Map<string, number>();
  for (const { phase } of sessions) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  if (counts.size === 0) return "";
  return html`<p id="phases" class="row soft">${
    [...counts].map(([phase, count]) =>
      html`<span class="chip ph-${phase}"><span class="dot"></span>${count} ${phase}</span>`
    )
  }</p>`;
}
