/**
 * Types prompts into sessions for whoever asked for it: each when its session is idle and nobody is at its keyboard. A session
 * whose request the server has not answered is asked by us to go on.
 *
 * What may have been typed is never typed again: that is written down before the first key, and the next life of the
 * daemon only looks what has become of it. A prompt counts as taken when Claude Code's own hook tells of just this text.
 *
 * @module
 */
import { retryPrompt } from "./claude/continuation.ts";
import { promptDigest, sendPath, sendsDir, sentPrompt, typedPrompt } from "./claude/sent_prompt.ts";
import { finishTyping, type Typed, typePrompt, type Typing } from "./claude/type_prompt.ts";
import type { Event } from "./model/event.ts";
import type { SessionName } from "./model/ids.ts";
import { moveOf, pendingSend, type Send, type Session, type State } from "./model/state.ts";
import { isOnDemand } from "./model/park.ts";
import { retryAt } from "./model/retry.ts";
import type { Clock } from "./ports/clock.ts";
import type { Files } from "./ports/files.ts";
import type { Tmux } from "./ports/tmux.ts";
import { taskReminder } from "./queue/prompt.ts";
import { wakeOrTimeout } from "./runtime/wake.ts";
import type { Life, Worker } from "./runtime/worker.ts";

export interface SenderDeps {
  newId(): string;
  readonly clock: Clock;
  readonly files: Files;
  readonly tmux: Tmux;
}

type Wakes = "send.requested" | "turn.failed";
type SenderLife = Life<Event<Wakes>>;

const POLL_MS = 250;
const LOOK_AGAIN_MS = 30_000;
/** Past it the session is asked anew. */
const RETRY_FOR_MS = 10 * 60_000;
/** A text that was read from its file may be read again for so long. */
const KEPT_MS = 24 * 3_600_000;

export function sender(deps: SenderDeps): Worker<Event<Wakes>> {
  return {
    name: "sender",
    listens: ["send.requested", "turn.failed"],
    async run(life) {
      await removeOldTexts(life.state(), deps);
      while (!life.signal.aborted) {
        await askToGoOn(life, deps);
        const names = pendingNames(life.state());
        await Promise.all(names.map((name) => lookAfter(name, life, deps)));
        const ms = pendingNames(life.state()).length > 0 ? POLL_MS : restMs(life.state(), deps);
        await wakeOrTimeout(life.inbox, { clock: deps.clock, ms, signal: life.signal });
      }
    },
  };
}

/** Until the next session is to be asked to go on, at most. */
function restMs(state: State, { clock }: SenderDeps): number {
  const dues = Object.values(state.sessions).flatMap((s) => retryAt(state, s, clock.now()) ?? []);
  return Math.max(POLL_MS, Math.min(LOOK_AGAIN_MS, ...dues.map((at) => at - clock.now())));
}

/** Requests a prompt for each session that is to go on by now. */
async function askToGoOn(life: SenderLife, { files, clock, newId }: SenderDeps): Promise<void> {
  const isDue = (session: Session | undefined) => {
    const at = session ? retryAt(life.state(), session, clock.now()) : null;
    return at !== null && at <= clock.now();
  };
  for (const { name } of Object.values(life.state().sessions).filter(isDue)) {
    const { config } = life.state();
    if (!config) return;
    const id = newId();
    const text = retryPrompt(taskReminder(life.state(), name));
    const { digest, keep } = sentPrompt(files, config, { id, text });
    await keep();
    if (!isDue(life.state().sessions[name])) continue;
    life.record({
      type: "send.requested",
      session: name,
      send: id,
      by: "policy",
      chars: text.length,
      digest,
      until: clock.now() + RETRY_FOR_MS,
    });
  }
}

function pendingNames({ sessions }: State): SessionName[] {
  return Object.values(sessions).filter(pendingSend).map(({ name }) => name);
}

/** Types the session's prompt if it is time for it. */
async function lookAfter(name: SessionName, life: SenderLife, deps: SenderDeps): Promise<void> {
  const session = life.state().sessions[name];
  const send = session && pendingSend(session);
  const { config } = life.state();
  if (!session || !send || !config) return;
  const fail = (reason: string) =>
    life.record({ type: "send.failed", session: name, send: send.id, reason });
  const file = await deps.files.read(sendPath(config, send.id));
  const text = file === null ? null : typedPrompt(file, sendPath(config, send.id));
  if (text === null || promptDigest(text) !== send.digest) {
    fail("its text is gone");
    return;
  }
  const typing = { session: name, pane: session.run?.pane ?? null, text };
  if (isOnDemand(session) && send.stage.is === "waiting") startIt(session, life);
  let why = notFree(life.state(), session);
  if (send.stage.is === "typing") {
    if (session.run?.plan.id !== send.stage.run) fail("its run ended while it was being typed");
    else conclude(await finishTyping({ ...typing, ...watch(life, name, send) }, signalled()));
  } else if (why === null) {
    const typed = await typePrompt({ ...typing, ...watch(life, name, send) }, signalled());
    if (typed.is === "not typed") why = typed.why;
    else conclude(typed);
  }
  if (why !== null && stageOf(life.state(), name, send) === "waiting") {
    if (deps.clock.now() >= send.until) fail(`it was not free in time: ${why}`);
  } else if (text === file?.trim() && stageOf(life.state(), name, send) !== "typing") {
    await deps.files.remove(sendPath(config, send.id)); // whoever is to read it in the file keeps it
  }

  function signalled() {
    return { ...deps, signal: life.signal };
  }
  function conclude(typed: Typed) {
    // Taken: the watcher has recorded that together with the hook's message.
    if (typed.is !== "taken" && stageOf(life.state(), name, send!) === "typing") fail(typed.why);
  }
}

/** Once: from then on it is on its way. */
function startIt({ name, phase }: Session, life: SenderLife): void {
  if (phase.name !== "parked" || phase.asked) return;
  life.record({ type: "session.start.requested", session: name, by: "policy" });
}

function stageOf(state: State, name: SessionName, { id }: Send): Send["stage"]["is"] | null {
  const send = state.sessions[name]?.send;
  return send?.id === id ? send.stage.is : null;
}

function watch(
  life: SenderLife,
  name: SessionName,
  send: Send,
): Pick<Typing, "isTaken" | "begin"> {
  return {
    isTaken: () => stageOf(life.state(), name, send) === "accepted",
    begin: () => {
      const session = life.state().sessions[name];
      const run = session?.run?.plan.id;
      if (!session || !run || notFree(life.state(), session) !== null) return false;
      life.record({ type: "send.typing", session: name, send: send.id, run });
      return stageOf(life.state(), name, send) === "typing";
    },
  };
}

/** Why the session does not take a prompt now, as far as the state tells; null: it does. */
function notFree(state: State, session: Session): string | null {
  if (moveOf(state, session.name)) return "it is being moved";
  if (session.asked) return `its ${session.asked.to} was asked for`;
  if (session.phase.name !== "idle") return `it is ${session.phase.name}`;
  const { run } = session;
  if (!run?.process || run.readyAt === null) return "it is starting";
  const awaits = run.plan.mark !== null && run.markAcceptedAt === null;
  return awaits ? "it is about to go on with what was cut" : null;
}

async function removeOldTexts(state: State, { files, clock }: SenderDeps): Promise<void> {
  if (!state.config) return;
  const dir = sendsDir(state.config);
  const wanted = Object.values(state.sessions).flatMap((s) => pendingSend(s)?.id ?? []);
  const oldest = BigInt(clock.now() - KEPT_MS) * 1_000_000n;
  for (const { name, mtimeNs } of await files.list(dir)) {
    if (mtimeNs > oldest || wanted.includes(name.replace(/\.txt$/, ""))) continue;
    await files.remove(`${dir}/${name}`);
  }
}
