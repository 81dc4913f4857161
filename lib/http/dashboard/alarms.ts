/**
 * What needs a person, each with what can be done about it.
 *
 * @module
 */
import { html } from "hono/html";
import { signInStage } from "../../model/sign_in.ts";
import { signInHint } from "../../words/sign_in.ts";
import type { TaskView } from "../task_view.ts";
import type { StatusView } from "../view.ts";
import { askButton, attachButton, dispatchAsk, freezeAsk, proposalAsks, retryAsk } from "./ask.ts";
import { type Html, type Part, row, section, time } from "./parts.ts";

export function alarms(view: StatusView, tasks: readonly TaskView[], mayAct: boolean): Html[] {
  const { journalProblem, proposal, frozen, sessions } = view;
  const paused = view.tasks?.paused ?? null;
  return [
    ...(journalProblem === null ? [] : [alarm("journal", "The journal", journalProblem)]),
    ...(proposal === null ? [] : [
      alarm(
        "proposal",
        `Move ${proposal.from} to ${proposal.to}?`,
        html`Because ${proposal.why}. ${
          proposal.deadline === null
            ? "It waits for your word"
            : html`Without an answer (${THEN[proposal.then]}) ${time(proposal.deadline)}`
        }${mayAct ? "." : ": claude-failover swap confirm, or claude-failover swap reject."}`,
        proposalAsks(proposal).map((ask) => askButton(mayAct, ask)),
      ),
    ]),
    ...(frozen === null ? [] : [
      alarm(
        "frozen",
        "Automatic moves are frozen",
        html`${frozen.reason}, ${time(frozen.since)}`,
        [askButton(mayAct, { ...freezeAsk(true), id: "ask-thaw" })],
      ),
    ]),
    ...(paused === null ? [] : [
      alarm(
        "paused",
        "Dispatch is paused",
        html`${paused.reason}, ${time(paused.since)}; tasks wait`,
        [askButton(mayAct, { ...dispatchAsk(true), id: "ask-resume" })],
      ),
    ]),
    ...sessions
      .filter(({ phase }) => phase === "quarantined" || phase === "waiting")
      .map(({ name, phase, detail, since }) =>
        alarm(
          `session-${name}`,
          `Session ${name}`,
          html`${WORDS[phase] ?? phase}${detail === null ? "" : ` ${detail}`}${
            since === null ? "" : html`, ${time(since)}`
          }`,
          phase === "waiting" ? [attachButton(name, "alarm")] : [],
        )
      ),
    ...view.accounts
      .filter(({ check }) => (check?.problems.length ?? 0) > 0)
      .map(({ id, check }) =>
        alarm(`account-${id}`, `Account ${id} is not ready`, check!.problems.join("; "))
      ),
    ...view.accounts
      .filter(({ check }) => signInStage(check?.signInEndsAt, view.now) !== "far")
      .map(({ id, check }) =>
        alarm(
          `sign-in-${id}`,
          `The sign-in of ${id} ends`,
          html`${time(check!.signInEndsAt!)} at the latest; ${signInHint(id)}`,
        )
      ),
    ...tasks
      .filter(({ place }) => place === "attention")
      .map(({ id, title, detail, since }) =>
        alarm(`task-${id}`, `Task ${title}`, html`${detail ?? ""}, ${time(since)}`, [
          askButton(mayAct, retryAsk(id, title)),
        ])
      ),
  ];
}

const THEN: Readonly<Record<NonNullable<StatusView["proposal"]>["then"], string>> = {
  stay: "they stay",
  move: "they are moved",
  park: "they are parked",
};

const WORDS: Readonly<Record<string, string>> = {
  waiting: "waits for",
  quarantined: "is given up:",
};

export function alarmSection(all: readonly Html[]): Html {
  return section("Needs a person", all, { empty: "Nothing does.", as: "grid alarms" });
}

function alarm(
  id: string,
  title: string,
  text: string | Html,
  buttons: readonly Part[] = [],
): Html {
  return html`<li id="alarm-${id}" class="card alarm"><h3>${title}</h3><p>${text}</p>${
    row(buttons)
  }</li>`;
}
