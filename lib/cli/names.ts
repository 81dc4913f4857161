/**
 * "Did you mean" for the names of sessions, accounts, projects and tasks.
 *
 * @module
 */
import { nearest } from "../config/nearest.ts";
import type { ControlClient } from "../http/client.ts";
import type { TaskView } from "../http/task_view.ts";
import type { CliContext } from "./context.ts";
import { untakenFiles } from "./task/untaken.ts";

const MOST_NAMES = 8;

/** The name that was meant, or those that there are; null when there is none. */
export function nameHint(typed: string, known: readonly string[]): string | null {
  const near = nearest(typed, known);
  // ccl-9 is no slip of the finger for ccl-0: whoever counts wants to see them.
  if (near !== null && !differsInNumber(typed, near)) return `did you mean ${near}?`;
  if (known.length === 0) return null;
  const more = known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : "";
  const verb = known.length === 1 ? "is" : "are";
  return `there ${verb} ${known.slice(0, MOST_NAMES).join(", ")}${more}`;
}

function differsInNumber(a: string, b: string): boolean {
  const digitless = (text: string) => text.replaceAll(/\d+/g, "#");
  return a !== b && digitless(a) === digitless(b);
}

/** What the daemon says of a name it does not know. */
const UNKNOWN = /^no (session|account|project|task) (\S+)/;

/** For what the daemon said: the hint, when it was about a name that it does not know; null otherwise. */
export async function unknownNameHint(
  detail: string,
  context: CliContext,
  client: Pick<ControlClient, "tasks">,
): Promise<string | null> {
  const [, kind, name] = UNKNOWN.exec(detail) ?? [];
  if (kind === undefined || name === undefined) return null;
  if (kind === "task") return await taskHint(name, await tasksOf(client), context);
  const known = await namesOf(kind, context);
  if (known.includes(name)) {
    return "the config has it; the daemon has not read that yet: `claude-failover reload`";
  }
  return nameHint(name, known) ?? `there is no ${kind} yet`;
}

/** For the word of a task that is not among those: it may be a file that waits in an inbox, which is no task yet. */
export async function taskHint(
  word: string,
  known: readonly Pick<TaskView, "id" | "project" | "file" | "place">[],
  context: CliContext,
): Promise<string> {
  const files = await untakenFiles(context, known, undefined);
  const lying = files.find(({ file }) => file === word || file === `${word}.md`);
  if (lying) return `${lying.file} is in the inbox of ${lying.project}, no daemon has taken it yet`;
  return nameHint(word, known.map(({ id }) => id)) ?? "there is no task yet";
}

async function tasksOf(client: Pick<ControlClient, "tasks">): Promise<readonly TaskView[]> {
  return await client.tasks({ all: true }).then(({ tasks }) => tasks, () => []);
}

async function namesOf(kind: string, context: CliContext): Promise<string[]> {
  const { config } = await context.loadConfig();
  if (kind === "session") return config.sessions.map(({ name }) => name);
  return (kind === "account" ? config.accounts : config.projects).map(({ id }) => id);
}
