/**
 * The state as HTML, for the dashboard. Whatever comes from a file, a task or a session is escaped by `html`.
 *
 * What needs a person comes first. Times are absolute here; the page's script makes them relative.
 *
 * @module
 */
import { html } from "hono/html";
import type { Event } from "../../model/event.ts";
import type { WallAt } from "../../model/forecast.ts";
import { forecast } from "../../model/forecast.ts";
import { entry, type State } from "../../model/state.ts";
import { type SwapView, swapViews } from "../swap_view.ts";
import { type TaskView, taskViews } from "../task_view.ts";
import { type AccountView, type SessionView, statusView, type WindowView } from "../view.ts";
import { pct, pressureWords, windowWords } from "../../words/reasons.ts";

type Html = ReturnType<typeof html>;

const SWAPS_SHOWN = 5;
const ENDED_SHOWN = 8;

export interface Seen {
  readonly state: State;
  readonly now: number;
  readonly journalProblem: string | null;
  /** The last ones, oldest first. */
  readonly events: readonly Event[];
}

export async function renderDashboard(seen: Seen): Promise<string> {
  const { state, now, journalProblem, events } = seen;
  const view = statusView(state, now, { journalProblem });
  const tasks = taskViews(state);
  const parts = [
    html`<p id="now" data-now="${now}" class="soft">Mode ${
      view.mode ?? "unknown"
    }. ${view.decision.text}</p>`,
    section("Needs a person", alarms(seen, view.sessions, tasks), "Nothing does."),
    section(
      "Accounts",
      view.accounts.map((account) => accountCard(account, state, now)),
      "No account is in the config: claude-failover account add makes one.",
    ),
    section(
      "Sessions",
      view.sessions.map((session) => sessionCard(session, tasks)),
      "No session is in the config.",
    ),
    board("Tasks waiting", tasks, ["queued", "returning"], "Drop a file into a project's inbox."),
    board("Tasks at work", tasks, ["assigned", "running"], "No session works on one."),
    board("Tasks that ended lately", tasks, ["closing", "closed"], "None did."),
    section(
      "Swaps",
      swapViews(state).slice(0, SWAPS_SHOWN).map(swapCard),
      "No workload was moved yet.",
    ),
    html`
      <section aria-labelledby="h-events">
        <h2 id="h-events">Events</h2>
        <ol class="feed">${events.toReversed().map((event) =>
          html`<li>${time(event.at)} ${event.type}</li>`
        )}</ol>
      </section>
    `,
  ];
  return String(await html`${parts}`);
}

function section(title: string, cards: readonly Html[], empty: string): Html {
  const id = `h-${title.toLowerCase().replaceAll(" ", "-")}`;
  const body = cards.length > 0
    ? html`<ul class="grid">${[...cards]}</ul>`
    : html`<p class="soft">${empty}</p>`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`;
}

function time(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso}</time>`;
}

function alarm(title: string, text: string | Html): Html {
  return html`
    <li class="card alarm">
      <h3>${title}</h3>
      <p>${text}</p>
    </li>
  `;
}

function alarms(
  { state: { frozen, dispatchPaused, proposal }, journalProblem }: Seen,
  sessions: readonly SessionView[],
  tasks: readonly TaskView[],
): Html[] {
  return [
    ...(journalProblem === null ? [] : [alarm("The journal", journalProblem)]),
    ...(proposal === null ? [] : [
      alarm(
        `Move ${proposal.from} to ${proposal.to}?`,
        "claude-failover confirm, or claude-failover reject",
      ),
    ]),
    ...(frozen === null ? [] : [alarm("Frozen", frozen.reason)]),
    ...(dispatchPaused === null ? [] : [alarm("Dispatch is paused", "Tasks wait.")]),
    ...sessions
      .filter(({ phase }) => phase === "quarantined" || phase === "waiting")
      .map(({ name, phase, detail }) => alarm(`Session ${name}`, `${phase}: ${detail ?? ""}`)),
    ...tasks
      .filter(({ place }) => place === "attention")
      .map(({ title, detail }) => alarm(`Task ${title}`, detail ?? "")),
  ];
}

function accountCard(account: AccountView, state: State, now: number): Html {
  const { id, pressure, windows, liveSessions } = account;
  return html`<li class="card"><h3>${id}</h3><p class="soft">${pressureWords(pressure)};
    live sessions: ${liveSessions}</p>${windows.map((w) => windowBar(id, w, state, now))}${
    windows.length === 0 ? html`<p class="soft">No figure was read yet.</p>` : ""
  }</li>`;
}

function windowBar(account: string, window: WindowView, state: State, now: number): Html {
  const { usedPct, linePct, resetsAt, expired, source, readAt, ageUnknown } = window;
  const name = windowWords(window.window);
  if (expired) return html`<p>${name}: has reset, and no figure since</p>`;
  return html`
    <p>${name}: ${pct(usedPct)}</p>
    <meter min="0" max="100" high="${linePct ?? 90}" optimum="0" value="${Math.min(100, usedPct)}"
      aria-label="${name} of ${account}">${pct(usedPct)}</meter>
    <p class="soft">${source}, ${ageUnknown ? "at the earliest " : ""}${time(
      readAt,
    )}${resetsAt === null ? "" : html`; resets ${time(resetsAt)}`}${full(
      account,
      window,
      state,
      now,
    )}</p>
  `;
}

function full(account: string, { window }: WindowView, state: State, now: number): Html | "" {
  const samples = entry(state.accounts, account)?.samples?.[window] ?? [];
  const guess = forecast(samples, now);
  if (guess.is === "unknown") return "";
  const end = (at: WallAt) => at === null ? "never before the reset" : time(at);
  return html`; full ${end(guess.p50)} (80 %: ${end(guess.p10)} to ${end(guess.p90)})`;
}

function sessionCard(session: SessionView, tasks: readonly TaskView[]): Html {
  const { name, account, phase, detail, since, held, unproven } = session;
  const task = tasks.find((one) => one.session === name);
  return html`<li class="card${phase === "quarantined" ? " alarm" : ""}"><h3>${name}</h3>
    <p>${phase}${detail === null ? "" : `: ${detail}`}${held ? ", held" : ""}${
    unproven ? ", no answer seen yet" : ""
  }</p><p class="soft">under ${account}${since === null ? "" : html`, ${time(since)}`}</p>${
    task ? html`<p>${task.title}</p>` : ""
  }<p><code>claude-failover session attach ${name}</code></p></li>`;
}

function board(
  title: string,
  tasks: readonly TaskView[],
  places: readonly TaskView["place"][],
  empty: string,
): Html {
  const here = tasks.filter(({ place }) => places.includes(place)).slice(0, ENDED_SHOWN);
  const cards = here.map(({ title, project, session, end, since }) =>
    html`
      <li class="card">
        <h3>${title}</h3>
        <p class="soft">${project}${session === null ? "" : `, ${session}`}${end === null
          ? ""
          : `, ${end}`}, ${time(since)}</p>
      </li>
    `
  );
  return section(title, cards, empty);
}

function swapCard({ from, to, why, requestedAt, outcome, moves }: SwapView): Html {
  return html`<li class="card"><h3>${from} to ${to}: ${outcome.is}</h3>
    <p>${why}, ${time(requestedAt)}</p>${
    moves.map(({ session, outcome, steps }) =>
      html`
        <p>${session}: ${outcome.is}</p>
        <ol class="steps">${steps.map(({ step, is, tookMs }) =>
          html`<li>${step} ${is}${tookMs === null ? "" : `, ${(tookMs / 1_000).toFixed(1)} s`}</li>`
        )}</ol>
      `
    )
  }</li>`;
}
