/**
 * Keeps every account's readings fresh and says when a wall was hit.
 *
 * The status line of each live run tells at every response, the limit error and its line in the transcript at a wall; accounts that
 * no session tells of are asked for (`ask.ts`). A figure carries its source and age; an unreadable one changes nothing.
 *
 * @module
 */
import { statusLinePath } from "../claude/layout.ts";
import { parseStatusLine } from "../claude/status_line.ts";
import {
  lastQuotaError,
  type QuotaError,
  quotaErrorSince,
  readTail,
} from "../claude/transcript.ts";
import type { AccountSpec, Config } from "../model/config.ts";
import type { Event, RunPlan } from "../model/event.ts";
import type { AccountId, RunId } from "../model/ids.ts";
import type { Preflight } from "../model/preflight.ts";
import { isAlive } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import { sideBySide } from "../runtime/side_by_side.ts";
import type { Life, Worker } from "../runtime/worker.ts";
import { wakeOrTimeout } from "../runtime/wake.ts";
import { type AskDeps, keepAsking } from "./ask.ts";
import { checkAccounts } from "./checks.ts";
import { costOf } from "./costs.ts";
import { readingOf, turnOf } from "./readings.ts";
import { keepCounted } from "./tokens.ts";
import { isDue, refined, wallOf, wallsToRefine, wallsToTell, type YoungWall } from "./walls.ts";

export interface QuotaDeps extends AskDeps {
  readonly clock: Clock;
  readonly files: Files;
  preflight(
    config: Config,
    account: AccountSpec,
    cwds: readonly string[],
  ): Promise<Preflight>;
}

type Wakes = "turn.ended" | "turn.failed" | "run.ready" | "config.applied";
export type QuotaLife = Life<Event<Wakes>>;

const SWEEP_MS = 1_000;
/** The transcript's limit line lags the hook by up to half a second (measured, 2.1.330). */
const RETRY_MS = 100;

export function quota(deps: QuotaDeps): Worker<Event<Wakes>> {
  return {
    name: "quota",
    listens: ["turn.ended", "turn.failed", "run.ready", "config.applied"],
    async run(life) {
      // A preflight takes its time; a wall waits for none.
      await sideBySide(life.signal, [
        (signal) => keepRead({ ...life, signal }, deps),
        (signal) => keepChecked({ ...life, signal }, deps),
        (signal) => keepAsking({ ...life, signal }, deps),
        (signal) => keepCounted({ ...life, signal }, deps),
      ]);
    },
  };
}

async function keepRead(life: QuotaLife, deps: QuotaDeps): Promise<void> {
  const seen: Seen = new Map();
  const read: Read = new Map();
  while (true) {
    await readStatusLines(life, deps, seen);
    const open = await tellWalls(life, deps, read);
    const ms = open ? RETRY_MS : SWEEP_MS;
    await wakeOrTimeout(life.inbox, { clock: deps.clock, ms, signal: life.signal });
  }
}

async function keepChecked(life: QuotaLife, deps: QuotaDeps): Promise<void> {
  while (true) {
    await checkAccounts(life, deps);
    await deps.clock.sleep(SWEEP_MS, life.signal);
  }
}

/** Which version of its status line file was read last, for each run. */
type Seen = Map<RunId, string>;

async function readStatusLines(
  life: QuotaLife,
  { files }: QuotaDeps,
  seen: Seen,
): Promise<void> {
  const { config, sessions } = life.state();
  if (!config) return;
  const runs = Object.values(sessions).filter(isAlive).flatMap((s) => s.run ? [s.run.plan] : []);
  const sessionOf = ({ id }: RunPlan) =>
    Object.values(life.state().sessions).find((s) => s.run?.plan.id === id);
  for (const plan of runs) {
    const path = statusLinePath(config, plan.id);
    const info = await files.stat(path);
    const before = sessionOf(plan);
    if (!info || !before) continue;
    const madeAt = Number(info.mtimeNs / 1_000_000n);
    // The end of its turn makes it say more.
    const version = `${info.inode}/${info.size}/${info.mtimeNs}/${turnOf(before, madeAt)}`;
    if (seen.get(plan.id) === version) continue;
    const line = parseStatusLine(await files.read(path) ?? "");
    seen.set(plan.id, version);
    const session = sessionOf(plan);
    if (!line || !session) continue;
    life.record(
      ...readingOf(life.state(), session, line, madeAt),
      ...costOf(life.state(), session, line),
    );
  }
  for (const id of seen.keys()) if (!runs.some((plan) => plan.id === id)) seen.delete(id);
}

/** Which version of a transcript was read last for the wall of each account. */
type Read = Map<AccountId, string>;

/** The line without a time is the wall's if it is the last word of the conversation. */
function limitLineOf({ linesFrom, linesUntil }: YoungWall, tail: string | null): QuotaError | null {
  if (tail === null) return null;
  const last = lastQuotaError(tail);
  return last?.at === null ? last : quotaErrorSince(tail, linesFrom, linesUntil);
}

/** Says each new wall, then what the transcript knows of it; true while that is to be seen at any moment. */
async function tellWalls(
  life: QuotaLife,
  { files, clock }: QuotaDeps,
  read: Read,
): Promise<boolean> {
  for (const session of wallsToTell(life.state(), clock.now())) {
    life.record(...wallOf(life.state(), session, clock.now()));
  }
  for (const wall of wallsToRefine(life.state(), clock.now())) {
    const info = await files.stat(wall.transcript);
    if (!info) continue;
    const version = `${wall.since}/${wall.transcript}/${info.inode}/${info.size}/${info.mtimeNs}`;
    if (read.get(wall.account) === version) continue;
    const line = limitLineOf(wall, await readTail(files, wall.transcript));
    read.set(wall.account, version);
    const still = wallsToRefine(life.state(), clock.now()).some((w) =>
      w.account === wall.account && w.since === wall.since
    );
    if (still) life.record(...refined(life.state(), wall, line));
  }
  return isDue(wallsToRefine(life.state(), clock.now()), clock.now());
}
