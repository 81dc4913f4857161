/**
 * The state as HTML, for the dashboard. What needs a person comes first.
 *
 * Times are absolute here; the page's script makes them relative. Only who may act gets the buttons that act; the routes
 * check the scope all the same.
 *
 * @module
 */
import { html } from "hono/html";
import type { Event } from "../../model/event.ts";
import type { State } from "../../model/state.ts";
import { explainNow, explainSwap } from "../explain_view.ts";
import { quotaView } from "../quota_view.ts";
import { swapViews } from "../swap_view.ts";
import { taskViews } from "../task_view.ts";
import { statusView } from "../view.ts";
import { accountCards } from "./accounts.ts";
import { alarms, alarmSection } from "./alarms.ts";
import { askButton, freezeAsk } from "./ask.ts";
import { decisionCards } from "./decisions.ts";
import { feedLines } from "./feed.ts";
import { section } from "./parts.ts";
import { phaseCounts, sessionTiles } from "./sessions.ts";
import { swapCards, SWAPS_SHOWN } from "./swaps.ts";
import { taskBoard } from "./tasks.ts";

export interface Seen {
  readonly state: State;
  readonly now: number;
  readonly journalProblem: string | null;
  /** The last ones, oldest first. */
  readonly events: readonly Event[];
  /** Whoever looks may ask for things too. */
  readonly mayAct: boolean;
}

export async function renderDashboard(seen: Seen): Promise<string> {
  const { state, now, journalProblem, events, mayAct } = seen;
  const view = statusView(state, now, { journalProblem });
  const tasks = taskViews(state);
  const swaps = swapViews(state);
  const needs = alarms(view, tasks, mayAct);
  const decisions = [
    explainNow(state, now),
    ...swaps.slice(0, SWAPS_SHOWN).flatMap(({ id }) => explainSwap(state, id, now) ?? []),
  ];
  const page = html`
    <div id="now" data-now="${now}" data-needs="${needs.length}"
      data-may="${mayAct ? "act" : "look"}"><p>Mode <strong>${view.mode ??
        "unknown"}</strong>. ${view.decision.text}.</p>${view.frozen === null
        ? askButton(mayAct, freezeAsk(false))
        : ""}</div>
    <div id="main-column" data-keyed="">${alarmSection(needs)}${section(
      "Accounts",
      accountCards(quotaView(state, now), mayAct),
      {
        empty: "No account is in the config: claude-failover account add makes one.",
      },
    )}${section("Sessions", sessionTiles(view.sessions, tasks, mayAct), {
      empty: "No session is in the config.",
      as: "grid tiles",
      first: phaseCounts(view.sessions),
    })}${taskBoard(view, tasks, mayAct)}${section("Decisions", decisionCards(decisions), {
      empty: "",
      as: "grid decisions",
    })}</div>
    <div id="side-column" data-keyed="">${section("Swaps", swapCards(swaps, now), {
      empty: "No workload was moved yet.",
      as: "stack",
    })}${section(
      "Events",
      feedLines(events),
      { empty: "Nothing has happened yet.", as: "feed" },
    )}</div>
  `;
  // As the formatter breaks the templates is nobody's business; no text here needs its line breaks.
  return String(await page).replaceAll(/\s*\n\s*/g, "\n");
}
