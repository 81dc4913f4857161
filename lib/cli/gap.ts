/**
 * What is said when events that somebody follows are no longer there.
 *
 * @module
 */
import type { Gap } from "../http/client.ts";
import type { CliContext } from "./context.ts";
import { CliError } from "./errors.ts";

export function gapWords({ is, first }: Gap): string {
  return is === "trimmed"
    ? `Some events are gone: the journal begins with event ${first} by now (janitor.keep_events).`
    : `This is another journal than before: it begins anew with event ${first}.`;
}

/** For who goes on all the same. It goes to standard error, so that programs get events only. */
export function tellGap({ stderr }: Pick<CliContext, "stderr">): (gap: Gap) => void {
  return (gap) => stderr.write(`${gapWords(gap)}\n`);
}

/** For who waits for one event, which may have been among them. `what` stands after "Cannot". */
export function giveUpAtGap(what: string, hint: string): (gap: Gap) => never {
  return (gap) => {
    throw new CliError(`Cannot ${what}: ${gapWords(gap)}`, { hint });
  };
}
