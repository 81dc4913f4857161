/**
 * The tasks as a board: what waits, what is worked on, what ended lately.
 *
 * @module
 */
import { html } from "hono/html";
import type { TaskView } from "../task_view.ts";
import type { StatusView } from "../view.ts";
import { askButton, dispatchAsk } from "./ask.ts";
import { type Html, row, slug, time } from "./parts.ts";

const SHOWN = 8;

interface Column {
  readonly title: string;
  readonly places: readonly TaskView["place"][];
  readonly empty: string;
}

const COLUMNS: readonly Column[] = [
  { title: "Waiting", places: ["queued", "returning", "attention"], empty: "None waits." },
  {
    title: "At work",
    places: ["assigned", "running", "elsewhere"],
    empty: "No session works on one.",
  },
  { title: "Ended lately", places: ["closing", "closed"], empty: "None did." },
];

export function taskBoard(
  { tasks: counts }: Pick<StatusView, "tasks">,
  tasks: readonly TaskView[],
  mayAct: boolean,
): Html {
  const head = html`<h2 id="h-tasks">Tasks</h2>`;
  const body = counts === null
    ? html`
      <p id="e-tasks"
        class="soft">No project is in the config: claude-failover projects add makes an inbox.</p>
    `
    : html`
      <div id="board" class="board" data-keyed="">${COLUMNS.map((one) => column(one, tasks))}</div>
      <div id="b-tasks">${counts.paused === null
        ? row([askButton(mayAct, dispatchAsk(false))])
        : ""}</div>
    `;
  return html`<section id="s-tasks" aria-labelledby="h-tasks" data-keyed="">${head}${body}</section>`;
}

function column({ title, places, empty }: Column, tasks: readonly TaskView[]): Html {
  const id = slug(title);
  const here = tasks.filter(({ place }) => places.includes(place));
  const cards = here.slice(0, SHOWN).map((task) => card(task));
  const more = here.length - cards.length;
  return html`
    <div id="c-${id}" class="column"
      data-keyed=""><h3 id="h-${id}">${title} <span class="count">${here
        .length}</span></h3>${cards.length > 0
        ? html`<ul id="l-${id}" aria-labelledby="h-${id}" data-keyed="">${cards}</ul>`
        : html`<p id="e-${id}" class="soft">${empty}</p>`}${more > 0
        ? html`<p id="m-${id}" class="soft">and ${more} more</p>`
        : ""}</div>
  `;
}

function card(
  { id, title, project, session, account, end, place, since, attempts }: TaskView,
): Html {
  const about = [
    project,
    ...(session === null ? [] : [session]),
    ...(account === null ? [] : [account]),
    ...(attempts.length > 1 ? [`attempt ${attempts.length}`] : []),
    ...(end === null ? place === "attention" ? ["needs a person"] : [] : [end]),
  ];
  return html`
    <li id="task-${id}" class="card${end === null ? "" : ` end-${end}`}">
      <p>${title}</p>
      <p class="soft">${about.join(", ")}, ${time(since)}</p>
    </li>
  `;
}
