/**
 * Accounts that cannot take work: their sign-in is gone or soon will be, a preflight finds something, or they are full and
 * nothing moves.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import type { Notice } from "../model/notice.ts";
import { isGraver, signInStage } from "../model/sign_in.ts";
import { entry } from "../model/state.ts";
import { windowWords } from "../words/reasons.ts";
import { signInWith, signInWords } from "../words/sign_in.ts";
import { clockTime } from "../words/time.ts";
import { bounded, type Happening, make } from "./make.ts";

export function accountNotices(happening: Happening): Notice[] {
  const { event, before, after, localTime } = happening;
  switch (event.type) {
    case "account.checked":
      return [...unfit(happening, event), ...expiring(happening, event)];
    case "turn.failed": {
      const { refusal, session } = event;
      if (refusal.kind !== "login" && refusal.kind !== "billing") return [];
      const account = entry(after.sessions, session)?.account;
      if (account === undefined) return [];
      const what = refusal.kind === "login"
        ? `The sign-in of ${account} is gone`
        : `${account} is refused for its billing`;
      return [make(happening, {
        id: `${account}:${refusal.kind}`,
        kind: "account.unfit",
        severity: "critical",
        title: what,
        lines: [`${session} waits, as will the others under it: ${bounded(refusal.text)}`],
        todo: refusal.kind === "login"
          ? signInWith(account)
          : "look at the account at its provider",
        subject: { account },
      })];
    }
    case "freeze.requested":
      if (event.by !== "policy" || before.frozen?.by === "policy") return [];
      return [make(happening, {
        kind: "account.unfit",
        severity: "critical",
        title: "Automatic moves are frozen",
        lines: [`${bounded(event.reason)}.`, "No session moves by itself until you say so."],
        todo: "claude-failover thaw, when the cause is known",
      })];
    case "quota.wall": {
      // Else it is told by what the policy does about it.
      if (after.config?.failover.mode !== "off" || entry(before.accounts, event.account)?.wall) {
        return [];
      }
      const { account, window, resetsAt, at } = event;
      const until = resetsAt === null ? "" : ` until ${clockTime(resetsAt, at, localTime)}`;
      return [make(happening, {
        kind: "accounts.full",
        severity: "warning",
        title: `${account} is full${until}`,
        lines: [`Its ${windowWords(window)} is used up, and failover.mode is off: nothing moves.`],
        todo: `claude-failover failover --from ${account}`,
        subject: { account },
      })];
    }
    default:
      return [];
  }
}

function unfit(happening: Happening, { account, problems }: Event<"account.checked">): Notice[] {
  const had = entry(happening.before.accounts, account)?.check?.problems ?? [];
  if (problems.length === 0 || problems.every((problem) => had.includes(problem))) return [];
  return [make(happening, {
    kind: "account.unfit",
    severity: "warning",
    title: `${account} cannot take work`,
    lines: problems.slice(0, 5).map((problem) => `${bounded(problem)}.`),
    todo: `claude-failover account check ${account}`,
    subject: { account },
  })];
}

/** Once when the end of the sign-in is near, and once more each time it gets graver. */
function expiring(happening: Happening, event: Event<"account.checked">): Notice[] {
  const { account, at, signInEndsAt } = event;
  const stage = signInStage(signInEndsAt, at);
  const last = entry(happening.before.accounts, account)?.check;
  if (!isGraver(stage, last ? signInStage(last.signInEndsAt, last.at) : "far")) return [];
  return [make(happening, {
    kind: "login.expiring",
    severity: stage === "past" ? "critical" : "warning",
    title: `The sign-in of ${account} ${signInWords(signInEndsAt, at, happening.localTime)}`,
    lines: ["Then no session can work under it until you sign in again."],
    todo: signInWith(account),
    subject: { account },
  })];
}
