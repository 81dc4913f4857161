/**
 * Saves what a session needs to go on elsewhere: before a swap (the switcher asks), and at each end of a turn.
 *
 * A checkpoint is best effort by nature: what cannot be read is null in it, and it never holds up a move.
 *
 * @module
 */
import { type Checkpoint, checkpointPath, LATEST, MAX_DIRTY } from "./claude/checkpoint_file.ts";
import { lastToolPath } from "./claude/layout.ts";
import { readLastTool } from "./claude/spool.ts";
import type { Config } from "./model/config.ts";
import type { Event } from "./model/event.ts";
import type { SessionName } from "./model/ids.ts";
import { isAlive, type Session, type State } from "./model/state.ts";
import type { Clock } from "./ports/clock.ts";
import type { Files } from "./ports/files.ts";
import type { Processes } from "./ports/process.ts";
import type { Worker } from "./runtime/worker.ts";

export { checkpointPath, loadCheckpoint } from "./claude/checkpoint_file.ts";

const GIT_TIMEOUT_MS = 2_000;
/** So old a look may be. */
const SHARED_MS = 250;

export interface CheckpointDeps {
  readonly clock: Clock;
  readonly files: Files;
  readonly git: GitLook;
}

/** What git says of the repository around that folder: head, branch and dirty paths; null when it cannot say. */
export type GitLook = (cwd: string) => Promise<Checkpoint["git"]>;

/** Sessions of one folder are saved at the same moment, and one look does for all of them. */
export function sharedGit({ clock, processes }: { clock: Clock; processes: Processes }): GitLook {
  const looks = new Map<string, { readonly at: number; readonly git: ReturnType<GitLook> }>();
  return (cwd) => {
    const now = clock.monotonic();
    for (const [of, { at }] of looks) if (now - at >= SHARED_MS) looks.delete(of);
    const look = looks.get(cwd) ?? { at: now, git: readGit(processes, cwd) };
    looks.set(cwd, look);
    return look.git;
  };
}

/** Takes a checkpoint of the session as it is and writes it down. */
export async function saveCheckpoint(
  deps: CheckpointDeps,
  { config, session, id }: { config: Config; session: Session; id: string },
): Promise<Checkpoint> {
  const checkpoint = await take(deps, { config, session, id });
  const text = JSON.stringify(checkpoint, null, 1);
  await deps.files.writeAtomic(checkpointPath(config, session.name, id), text, 0o600);
  return checkpoint;
}

/** The worker: one checkpoint per ended turn. */
export function checkpoint(deps: CheckpointDeps): Worker<Event<"turn.ended">> {
  const saved = new Map<SessionName, number>();
  return {
    name: "checkpoint",
    listens: ["turn.ended"],
    async run(life) {
      while (!life.signal.aborted) {
        for (const [session, config] of turnsToSave(life.state(), saved)) {
          await saveCheckpoint(deps, { config, session, id: LATEST });
        }
        await life.inbox.receive({ signal: life.signal });
      }
    },
  };
}

/** Sessions whose last transition is newer than what was saved of them; marks them as saved. */
function turnsToSave(state: State, saved: Map<SessionName, number>): [Session, Config][] {
  const { config } = state;
  if (!config) return [];
  return Object.values(state.sessions).filter((session) => {
    const last = session.history.at(-1)?.at ?? 0;
    if (!isAlive(session) || !session.run?.proven || saved.get(session.name) === last) return false;
    saved.set(session.name, last);
    return true;
  }).map((session) => [session, config]);
}

async function take(
  deps: CheckpointDeps,
  { config, session, id }: { config: Config; session: Session; id: string },
): Promise<Checkpoint> {
  const cwd = config.sessions.find((s) => s.name === session.name)?.cwd ?? "/";
  const run = session.run;
  const [git, lastTool, transcript] = await Promise.all([
    deps.git(cwd),
    run ? readLastTool(deps.files, lastToolPath(config, run.plan.id)) : null,
    run?.transcript ? deps.files.stat(run.transcript) : null,
  ]);
  return {
    version: 1,
    id,
    takenAt: deps.clock.now(),
    session: session.name,
    account: session.account,
    conversation: session.conversation,
    run: run?.plan.id ?? null,
    cwd,
    phase: session.phase.name,
    lastTool,
    git,
    transcript: transcript && run?.transcript
      ? { path: run.transcript, sizeBytes: transcript.size }
      : null,
  };
}

async function readGit(processes: Processes, cwd: string): Promise<Checkpoint["git"]> {
  // Only looks: no lock is taken in the person's repository and no program of its config is started.
  const quiet = ["--no-optional-locks", "-c", "core.fsmonitor=false"];
  const status = ["status", "--porcelain=v2", "--branch", "-z"];
  const out = await processes
    .run(["git", ...quiet, "-C", cwd, ...status], { timeoutMs: GIT_TIMEOUT_MS })
    .catch(() => null);
  if (!out || out.code !== 0) return null;
  return parseGitStatus(out.stdout);
}

/** Reads `git status --porcelain=v2 --branch -z`. */
export function parseGitStatus(text: string): NonNullable<Checkpoint["git"]> {
  let head: string | null = null;
  let branch: string | null = null;
  const dirty: string[] = [];
  const records = text.split("\0");
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    const kind = record[0];
    if (record.startsWith("# branch.oid ")) head = known(record.slice(13), "(initial)");
    else if (record.startsWith("# branch.head ")) branch = known(record.slice(14), "(detached)");
    else if (kind === "1") dirty.push(fieldsAfter(record, 8));
    else if (kind === "u") dirty.push(fieldsAfter(record, 10));
    else if (kind === "?") dirty.push(record.slice(2));
    else if (kind === "2") {
      dirty.push(fieldsAfter(record, 9));
      i++; // a rename has the old path as a record of its own
    }
  }
  return { head, branch, dirty: dirty.slice(0, MAX_DIRTY), dirtyCount: dirty.length };
}

function known(value: string, placeholder: string): string | null {
  return value === placeholder ? null : value;
}

/** What follows the first `count` space-separated fields: the path, which may hold spaces. */
function fieldsAfter(record: string, count: number): string {
  let at = 0;
  for (let i = 0; i < count; i++) at = record.indexOf(" ", at) + 1;
  return record.slice(at);
}
