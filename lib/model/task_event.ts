/**
 * What can happen to tasks: a part of the one union of `event.ts`.
 *
 * @module
 */
import type { Requester } from "./event.ts";
import type { ConversationId, SessionName, TaskId } from "./ids.ts";
import type { TaskEnd, TaskKey, TaskSpec } from "./task.ts";

export type TaskFact =
  /** A stable file in an inbox that is not known yet. */
  | {
    type: "task.found";
    task: TaskId;
    project: string;
    file: string;
    ref: string;
    digest: string;
    spec: TaskSpec;
    ignored: readonly TaskKey[];
  }
  /** It was edited while it waited. */
  | {
    type: "task.changed";
    task: TaskId;
    ref: string;
    digest: string;
    spec: TaskSpec;
    ignored: readonly TaskKey[];
  }
  /** A file that cannot be a task; it is put away with the reason. */
  | { type: "task.refused"; task: TaskId; project: string; file: string; why: string }
  /** A session was chosen. What follows is asked of the world before it is done again. */
  | { type: "task.assigned"; task: TaskId; session: SessionName; mark: string; why: string }
  /** Our marker stands beside the file. */
  | { type: "task.claimed"; task: TaskId }
  /** Somebody else's marker does. */
  | { type: "task.taken"; task: TaskId; owner: string }
  /** That marker is gone and the file is still there. */
  | { type: "task.released"; task: TaskId }
  /** Typing of its prompt begins. */
  | { type: "task.sent"; task: TaskId }
  /** Claude Code took the prompt with its mark, in this conversation. */
  | { type: "task.accepted"; task: TaskId; conversation: ConversationId }
  | { type: "task.nudged"; task: TaskId; mark: string }
  | { type: "task.attention"; task: TaskId; why: string }
  /** Back to the inbox, since the attempt came to nothing. */
  | { type: "task.requeued"; task: TaskId; why: string; notBefore: number | null }
  /** The word that it is over: the file is in `done/`, a command said so, or its attempts are used up. */
  | { type: "task.ended"; task: TaskId; as: TaskEnd; by: "agent" | Requester; why: string | null }
  /** Its file is put away, with its result beside it; `file` is null when there was none any more. */
  | { type: "task.closed"; task: TaskId; file: string | null }
  | { type: "task.cancel.requested"; task: TaskId; by: Requester }
  /** A task that failed, was cancelled or needs attention goes back to its inbox with fresh attempts. */
  | { type: "task.retry.requested"; task: TaskId; by: Requester }
  /** Its file lies in the inbox of another project, under this name. */
  | { type: "task.moved"; task: TaskId; project: string; file: string; by: Requester }
  /** Its file is back in the inbox, under this name. */
  | { type: "task.returned"; task: TaskId; file: string }
  /** Its file was put into the inbox of the project for whoever asked; the dispatcher finds it there. */
  | { type: "task.add.requested"; project: string; file: string; by: Requester }
  /** Somebody else has written into the project's `status.json`: a reason to look, and no more. */
  | { type: "project.status.said"; project: string; state: "idle" | "working"; by: string }
  /** No task is handed out. */
  | { type: "dispatch.pause.requested"; by: Requester; reason: string }
  | { type: "dispatch.resume.requested"; by: Requester };
