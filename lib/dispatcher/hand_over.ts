/**
 * Gives a session the prompt of its task, or a reminder, and finds out what became of one that nobody acknowledged.
 *
 * @module
 */
import { promptsDir } from "../claude/layout.ts";
import { findTranscript, readTail } from "../claude/transcript.ts";
import { finishTyping, typePrompt, type Typing } from "../claude/type_prompt.ts";
import { seePerson } from "../claude/person.ts";
import { squeezed, typedPrompt } from "../claude/sent_prompt.ts";
import { findMark, markOf } from "../claude/spool.ts";
import type { ProjectSpec } from "../model/config.ts";
import type { TaskId } from "../model/ids.ts";
import { entry, type Session } from "../model/state.ts";
import type { Assigned, Running, Task } from "../model/task.ts";
import { afterAttempt, whyBusy } from "../model/task_next.ts";
import { inboxDir } from "../queue/layout.ts";
import { nudgePrompt, taskAgainPrompt, taskPrompt } from "../queue/prompt.ts";
import type { DispatcherDeps, DispatcherLife, Memory } from "./mod.ts";

interface Hand {
  readonly life: DispatcherLife;
  readonly deps: DispatcherDeps;
  readonly memory: Memory;
  readonly project: ProjectSpec;
}

/** Types the prompt of a task that is assigned and claimed. */
export async function handOver(id: TaskId, hand: Hand): Promise<void> {
  const { life, deps } = hand;
  const at = assignedNow(id, hand);
  if (!at) return;
  const typed = await typePrompt(
    await typingOf(at, promptOf(at, hand), hand, {
      isTaken: () => entry(life.state().tasks, id)?.place.at === "running",
      begin: () => {
        const now = assignedNow(id, hand);
        if (!now || whyBusy(life.state(), now.session) !== null) return false;
        life.record({ type: "task.sent", task: id });
        return true;
      },
    }),
    { clock: deps.clock, tmux: deps.tmux, signal: life.signal },
  );
  if (typed.is === "unsure") await settle(id, hand);
}

/** A prompt that was sent by an earlier life, or that nobody has acknowledged. */
export async function lookForPrompt(id: TaskId, hand: Hand): Promise<void> {
  const { life, deps } = hand;
  const at = assignedNow(id, hand);
  if (!at) return;
  if (at.session.phase.name === "idle") {
    await finishTyping(
      await typingOf(at, promptOf(at, hand), hand, {
        isTaken: () => entry(life.state().tasks, id)?.place.at === "running",
        begin: () => false,
      }),
      { clock: deps.clock, tmux: deps.tmux, signal: life.signal },
    );
  }
  await settle(id, hand);
}

/** Asks the transcript whether the prompt came; only what is certain to be missing is sent again. */
async function settle(id: TaskId, hand: Hand): Promise<void> {
  const { life, deps } = hand;
  const at = assignedNow(id, hand);
  const { config } = life.state();
  if (!at || !config) return;
  const { place, session } = at;
  const conversation = session.conversation;
  const { box } = await seePerson(deps, session.name, session.run?.pane ?? null);
  const isLeft = box !== null && squeezed(box.draft).includes(squeezed(place.mark));
  const text = conversation === null
    ? null
    : await transcriptOf(conversation, config.share.projectsDir, deps).catch(() => null);
  const still = assignedNow(id, hand);
  if (!still) return;
  if (text !== null && conversation !== null && text.includes(place.mark)) {
    life.record({ type: "task.accepted", task: id, conversation });
  } else if (isLeft) {
    // Whoever presses Enter there begins the task: nobody else may have it meanwhile.
    const why = `its prompt stands unsent in the input box of ${session.name}`;
    life.record({ type: "task.attention", task: id, why });
  } else if (text === null) {
    const why =
      `nobody can tell whether ${session.name} got its prompt: its transcript cannot be read`;
    life.record({ type: "task.attention", task: id, why });
  } else {
    const why = `its prompt did not reach ${session.name}`;
    life.record(afterAttempt(life.state(), still.task, why, deps.clock.now()));
  }
}

async function transcriptOf(
  conversation: string,
  projectsDir: string,
  { files }: DispatcherDeps,
): Promise<string | null> {
  const path = await findTranscript(files, projectsDir, conversation);
  // A conversation without a word in it has no file yet.
  return path === null ? "" : await readTail(files, path);
}

/** The one reminder to a session whose turn ended without a word on its task. */
export async function remind(id: TaskId, hand: Hand): Promise<void> {
  const { life, deps, project } = hand;
  const at = runningNow(id, hand);
  if (!at) return;
  const mark = markOf(deps.newId());
  const path = `${inboxDir(project)}/${at.task.file}`;
  await typePrompt(
    await typingOf(at, nudgePrompt({ path, task: id, mark }), hand, {
      isTaken: () => runningNow(id, hand)?.place.silentSince === null,
      begin: () => {
        const now = runningNow(id, hand);
        if (!now || whyBusy(life.state(), now.session) !== null) return false;
        life.record({ type: "task.nudged", task: id, mark });
        return true;
      },
    }),
    { clock: deps.clock, tmux: deps.tmux, signal: life.signal },
  );
}

interface At<P> {
  readonly task: Task;
  readonly place: P;
  readonly session: Session;
}

function assignedNow(id: TaskId, { life }: Hand): At<Assigned> | null {
  const task = entry(life.state().tasks, id);
  if (task?.place.at !== "assigned") return null;
  const session = entry(life.state().sessions, task.place.session);
  return session ? { task, place: task.place, session } : null;
}

function runningNow(id: TaskId, { life }: Hand): At<Running> | null {
  const task = entry(life.state().tasks, id);
  if (task?.place.at !== "running") return null;
  const session = entry(life.state().sessions, task.place.session);
  return session ? { task, place: task.place, session } : null;
}

function promptOf({ task, place }: At<Assigned>, { project }: Hand): string {
  const about = { path: `${inboxDir(project)}/${task.file}`, task: task.id, mark: place.mark };
  const attempt = task.attempts.at(-1)?.nth ?? 1;
  return attempt > 1 ? taskAgainPrompt({ ...about, attempt }) : taskPrompt(about);
}

/** What the input box would not take as it is (a path with an `@`, or a very long one) is left in a file to be read. */
async function typingOf(
  { task, session }: At<Assigned | Running>,
  prompt: string,
  { life, deps }: Hand,
  how: Pick<Typing, "isTaken" | "begin">,
): Promise<Typing> {
  const path = `${promptsDir(life.state().config!)}/${task.id}.txt`;
  const pane = session.run?.pane ?? null;
  if (typedPrompt(prompt, path) === prompt) {
    return { session: session.name, pane, text: prompt, ...how };
  }
  await deps.files.writeAtomic(path, `${prompt}\n`, 0o600);
  const text = `Task ${findMark(prompt)}: read the file ${path} now and do what it says.`;
  return { session: session.name, pane, text, ...how };
}
