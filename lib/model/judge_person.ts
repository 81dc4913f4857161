/**
 * Why the state does not allow what a person wants of one session: to pin it, or to send it a prompt. Part of `judge`.
 *
 * @module
 */
import type { Fact } from "./event.ts";
import { unreachable } from "./ids.ts";
import { takesPrompts } from "./park.ts";
import { entry, pendingSend, type State } from "./state.ts";

type Wish = Extract<
  Fact,
  { type: "session.pin.requested" | "session.unpin.requested" | "send.requested" }
>;

/** A reason for people, or null. */
export function judgePerson(state: State, fact: Wish): string | null {
  const { session: name } = fact;
  const session = entry(state.sessions, name);
  const spec = state.config?.sessions.find((s) => s.name === name);
  if (!session) return `no session ${name} in the config`;
  const { phase, asked, pin } = session;
  switch (fact.type) {
    case "session.pin.requested":
      if (!state.config?.accounts.some((a) => a.id === fact.account)) {
        return `no account ${fact.account} in the config`;
      }
      if (!spec) return `${name} is no longer in the config`;
      if (!spec.allowedAccounts.includes(fact.account)) {
        return `the project of ${name} does not allow ${fact.account}`;
      }
      return pin?.account === fact.account ? `${name} is pinned to ${fact.account} already` : null;
    case "session.unpin.requested":
      return pin ? null : `${name} is not pinned`;
    case "send.requested": {
      if (state.daemon.phase === "stopping") return "the daemon is stopping";
      if (!takesPrompts(session)) {
        return `${name} is ${phase.name}; only a running session takes prompts`;
      }
      if (asked) return `a ${asked.to} of ${name} was asked for`;
      const before = pendingSend(session);
      return before ? `another prompt is on its way to ${name} (${before.id})` : null;
    }
    default:
      return unreachable(fact);
  }
}
