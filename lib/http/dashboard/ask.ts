/**
 * What the page's buttons ask of the daemon: a request each, with the words in which a person is asked to confirm it.
 *
 * The page's script knows no request of its own; it shows these words and sends this request, under an idempotency key.
 *
 * @module
 */
import { html } from "hono/html";
import type { ProposalView, SessionView } from "../view.ts";
import type { Html, Part } from "./parts.ts";

export interface Ask {
  /** Of the button, in the page. */
  readonly id: string;
  /** On the button. */
  readonly label: string;
  /** What it is about, for whoever does not see where the button stands. */
  readonly about?: string;
  readonly title: string;
  /** What comes of it. */
  readonly text: string;
  /** On the button that does it. */
  readonly yes: string;
  /** Where it is posted to, and with what. */
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
  /** A reason may be given. */
  readonly reason?: true;
  /** The plan is shown before: what a failover would do. */
  readonly plan?: {
    readonly from: string;
    /** Null: the best one, unless the person chooses among `targets`. */
    readonly to: string | null;
    readonly targets: readonly string[];
  };
}

/** Nothing for whoever may only look. */
export function askButton(mayAct: boolean, ask: Ask): Part {
  if (!mayAct) return "";
  const about = ask.about === undefined ? "" : html`<span class="unseen"> (${ask.about})</span>`;
  return html`
    <button type="button" id="${ask.id}" aria-haspopup="dialog"
      data-ask="${JSON.stringify(ask)}">${ask.label}${about}</button>
  `;
}

/** Of whoever looks, too. `where` in the page it stands. */
export function attachButton(session: string, where: "tile" | "alarm"): Html {
  const command = `claude-failover session attach ${session}`;
  return html`
    <button type="button" id="copy-${where}-${session}" title="${command}"
      data-copy="${command}">Copy attach<span class="unseen"> command of ${session}</span></button>
  `;
}

export function failoverAsk(from: string, targets: readonly string[]): Ask {
  return {
    id: `ask-failover-${from}`,
    label: "Fail over …",
    about: from,
    title: `Move the sessions of ${from}`,
    text: "Each is saved, ended and resumed under the other account, with the same conversation.",
    yes: "Move them",
    path: "/v1/swaps",
    body: { from },
    plan: { from, to: null, targets },
  };
}

export function proposalAsks({ id, from, to, why }: ProposalView): readonly Ask[] {
  return [
    {
      id: "ask-confirm",
      label: "Move them …",
      title: `Move ${from} to ${to}`,
      text: `Proposed because ${why}.`,
      yes: "Move them",
      path: "/v1/proposal/confirm",
      body: { proposal: id },
      plan: { from, to, targets: [] },
    },
    {
      id: "ask-reject",
      label: "Do not …",
      title: `Do not move ${from} to ${to}`,
      text: "The sessions stay. It is not proposed again for a while.",
      yes: "Leave them",
      path: "/v1/proposal/reject",
      body: { proposal: id },
      reason: true,
    },
  ];
}

export function sessionAsks(session: SessionView): readonly Ask[] {
  const { name, phase, hold, held, inConfig } = session;
  const path = (action: string) => `/v1/sessions/${encodeURIComponent(name)}/${action}`;
  const keep: Ask = hold === null
    ? {
      id: `ask-hold-${name}`,
      label: "Hold …",
      about: name,
      title: `Hold ${name}`,
      text: "No move takes it along, whatever happens to its account.",
      yes: "Hold it",
      path: path("hold"),
      body: {},
      reason: true,
    }
    : {
      id: `ask-hold-${name}`,
      label: "End hold …",
      about: name,
      title: `End the hold of ${name}`,
      text: "Moves take it along again.",
      yes: "End the hold",
      path: path("unhold"),
      body: {},
    };
  const asleep = phase === "parked";
  const life: Ask = isUp(phase)
    ? {
      id: `ask-life-${name}`,
      label: "Stop …",
      about: name,
      title: `Stop ${name}`,
      text:
        "Its process is ended in good order. The conversation is kept, and goes on when it is started again.",
      yes: "Stop it",
      path: path("stop"),
      body: {},
    }
    : {
      id: `ask-life-${name}`,
      label: asleep ? "Wake …" : "Start …",
      about: name,
      title: `${asleep ? "Wake" : "Start"} ${name}`,
      text: "It comes up with its conversation, under the account that it may use.",
      yes: asleep ? "Wake it" : "Start it",
      path: path("start"),
      body: {},
    };
  const rest: Ask = {
    id: `ask-park-${name}`,
    label: "Park …",
    about: name,
    title: `Park ${name}`,
    text:
      "Its turn is waited for, then it is ended until it is needed: for its start, a prompt or a task.",
    yes: "Park it",
    path: path("park"),
    body: {},
  };
  if (isUp(phase)) return [life, ...inConfig && !held ? [rest] : [], keep];
  return inConfig ? [life, keep] : [keep];
}

export function isUp(phase: SessionView["phase"]): boolean {
  return ["starting", "idle", "working", "waiting", "limited"].includes(phase);
}

export function freezeAsk(isFrozen: boolean): Ask {
  const id = "ask-freeze";
  return isFrozen
    ? {
      id,
      label: "Allow moves …",
      title: "Allow automatic moves again",
      text: "The policy moves sessions again when an account is full.",
      yes: "Allow them",
      path: "/v1/thaw",
      body: {},
    }
    : {
      id,
      label: "Freeze moves …",
      title: "Freeze automatic moves",
      text:
        "The policy moves nothing until somebody allows it again. What you ask for is done all the same.",
      yes: "Freeze them",
      path: "/v1/freeze",
      body: {},
      reason: true,
    };
}

export function dispatchAsk(isPaused: boolean): Ask {
  const id = "ask-dispatch";
  return isPaused
    ? {
      id,
      label: "Resume dispatch …",
      title: "Hand out tasks again",
      text: "Tasks that wait go to sessions that are free.",
      yes: "Resume",
      path: "/v1/dispatch/resume",
      body: {},
    }
    : {
      id,
      label: "Pause dispatch …",
      title: "Hand out no task",
      text: "Tasks wait in their inboxes. What is worked on goes on.",
      yes: "Pause",
      path: "/v1/dispatch/pause",
      body: {},
      reason: true,
    };
}

export function retryAsk(task: string, title: string): Ask {
  return {
    id: `ask-retry-${task}`,
    label: "Try again …",
    about: title,
    title: `Try "${title}" again`,
    text: "It goes back to the inbox, with fresh attempts.",
    yes: "Try again",
    path: `/v1/tasks/${encodeURIComponent(task)}/retry`,
    body: {},
  };
}
