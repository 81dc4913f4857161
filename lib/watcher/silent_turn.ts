/**
 * What a turn came to of which no hook has told (`disableAllHooks`, say): the transcript says it.
 *
 * @module
 */
import {
  answeredSince,
  findTranscript,
  quotaErrorSince,
  readTail,
  wasAsked,
} from "../claude/transcript.ts";
import type { Fact } from "../model/event.ts";
import type { Run, Session, State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";

/** The clock of the hooks' messages and that of the transcript's lines are read at different moments. */
const SLACK_MS = 2_000;

/**
 * What the registry has told, with what the transcript adds when that is the end of a turn. Hooks tell of it before the
 * registry does, so then there are none; an interrupted turn leaves no answer behind, so it adds nothing.
 */
export async function withSilentTurn(
  told: readonly Fact[],
  { config }: State,
  { session, run }: { session: Session; run: Run },
  { files, clock }: { files: Files; clock: Pick<Clock, "now"> },
): Promise<readonly Fact[]> {
  const { conversation, phase } = session;
  const busy = told.some((fact) => fact.type === "run.status" && fact.status === "busy");
  const wasAtIt = phase.name === "working" || phase.name === "starting";
  if (!config || conversation === null || busy || !wasAtIt) return told;
  try {
    const path = await findTranscript(files, config.share.projectsDir, conversation);
    const tail = path === null ? null : await readTail(files, path);
    if (tail === null) return told;
    const facts = factsOfTail(session, run, tail, clock.now());
    // A prompt comes before the rest of its turn, and how that ended after it.
    const prompt = facts.filter(({ type }) => type === "prompt.accepted");
    return [...prompt, ...told, ...facts.filter((fact) => !prompt.includes(fact))];
  } catch {
    return told; // it only adds
  }
}

/** What the transcript's last lines say of the turn that began last. */
export function factsOfTail(session: Session, run: Run, tail: string, now: number): Fact[] {
  const of = { session: session.name, run: run.plan.id };
  const { mark } = run.plan;
  const facts: Fact[] = [];
  if (mark !== null && run.markAcceptedAt === null && wasAsked(tail, mark)) {
    facts.push({ type: "prompt.accepted", ...of, mark, seenAt: now });
  }
  const began = session.history.findLast((t) => t.to === "working" || t.to === "starting")?.at;
  const since = (began ?? now) - SLACK_MS;
  const limit = quotaErrorSince(tail, since);
  if (limit) {
    const refusal = {
      kind: "quota" as const,
      window: limit.window,
      text: "a limit, by its transcript",
    };
    facts.push({ type: "turn.failed", ...of, refusal, seenAt: limit.at ?? now });
  } else if (!run.proven && answeredSince(tail, since)) facts.push({ type: "run.proven", ...of });
  return facts;
}
