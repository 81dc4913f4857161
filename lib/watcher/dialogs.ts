/**
 * Looks at the screen of a run that stands still where it should not, tells which dialog of Claude Code is on it, and answers
 * those few that have a safe answer.
 *
 * Each look does one thing at most: nothing is pressed unless two looks in a row have seen the very same dialog, and Enter
 * only when they saw the wanted option selected. What was pressed is looked at again before the next key. So a
 * daemon that dies in between leaves nothing half done. While somebody is attached, nothing is pressed.
 *
 * @module
 */
import { type Answer, answerTo, keyTo } from "../claude/dialog_answer.ts";
import { type Dialog, dialogOn } from "../claude/dialogs.ts";
import { paneOfRun } from "../claude/runs.ts";
import type { DialogKind } from "../model/dialog.ts";
import type { RunId } from "../model/ids.ts";
import { isAlive, moveOf, type Run, type Session, type State } from "../model/state.ts";
import { type Pane, TmuxError } from "../ports/tmux.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";

/** Claude Code reports itself 0.3 to 0.7 s after its launch (2.1.330); a busy machine takes longer. */
const SLOW_START_MS = 3_000;
/** A stop takes 0.03 to 1.2 s. */
const SLOW_STOP_MS = 3_000;
/** A menu is drawn about 0.5 s after what it asks about. */
const DRAWN_MS = 1_000;
/** Between two looks, so that the screen has changed when it is going to. */
const LOOK_EVERY_MS = 900;
/** What waits for a person, or has shown no dialog so often, is looked at less often; one may still follow. */
const LOOK_LATER_MS = 10_000;
const BLANK_LOOKS = 5;
const MAX_KEYS = 8;

/** What the last looks at a run have seen and done. */
export interface Sight {
  readonly lookedAt: number;
  readonly seen: Dialog | null;
  /** Looks in a row that saw no dialog. */
  readonly blanks: number;
  /** Keys that were pressed in the dialog that stands. */
  readonly keys: number;
  /** What was told of it. */
  readonly told: { readonly kind: DialogKind; readonly person: string | null } | null;
  /** Enter was pressed on its option, and it has not been looked at since. */
  readonly chosen: { readonly kind: DialogKind; readonly option: string } | null;
}

export type DialogDeps = Pick<WatcherDeps, "clock" | "tmux">;

export type Sights = Map<RunId, Sight>;

/** One look at each run that has a reason for it. `waiting` holds the runs whose registry entry says so. */
export async function watchDialogs(
  life: Pick<WatcherLife, "state" | "record">,
  deps: DialogDeps,
  { sights, waiting }: { sights: Sights; waiting: ReadonlySet<RunId> },
): Promise<void> {
  const runs = new Set<RunId>();
  for (const name of Object.keys(life.state().sessions)) {
    const session = life.state().sessions[name];
    if (!session?.run?.process || !isAlive(session) || moveOf(life.state(), name)) continue;
    const { id } = session.run.plan;
    runs.add(id);
    const sight = sights.get(id) ?? null;
    if (!hasReason(session, session.run, sight, waiting.has(id), deps.clock.now())) {
      sights.delete(id);
      continue;
    }
    if (sight && deps.clock.monotonic() - sight.lookedAt < pauseAfter(sight)) continue;
    await look(session, session.run, life, deps, sights);
  }
  for (const run of sights.keys()) if (!runs.has(run)) sights.delete(run);
}

/** Why its screen is worth a look. A run that works or rests in peace is not looked at. */
function hasReason(
  { phase, history }: Session,
  run: Run,
  sight: Sight | null,
  waits: boolean,
  now: number,
): boolean {
  if (sight?.chosen) return true;
  const forMs = now - (history.at(-1)?.at ?? now);
  switch (phase.name) {
    case "starting":
      return now - (run.launchedAt ?? now) >= SLOW_START_MS;
    case "stopping":
      return forMs >= SLOW_STOP_MS;
    case "waiting":
      return forMs >= DRAWN_MS;
    default:
      return waits && forMs >= DRAWN_MS;
  }
}

function pauseAfter({ told, blanks }: Sight): number {
  return told?.person || blanks >= BLANK_LOOKS ? LOOK_LATER_MS : LOOK_EVERY_MS;
}

async function look(
  session: Session,
  run: Run,
  life: Pick<WatcherLife, "state" | "record">,
  deps: DialogDeps,
  sights: Sights,
): Promise<void> {
  const { id } = run.plan;
  const lookedAt = deps.clock.monotonic();
  let pane: Pane | null;
  let dialog: Dialog | null;
  try {
    pane = paneOfRun(await deps.tmux.panes(), id);
    if (!pane || pane.dead || pane.session !== session.name) return;
    dialog = dialogOn(await deps.tmux.capture(session.name));
  } catch (error) {
    if (error instanceof TmuxError) return; // not to be seen now
    throw error;
  }
  if (!isSame(life.state(), session, id)) return;
  const before = sights.get(id) ?? NOTHING;
  const of = { session: session.name, run: id };
  if (before.chosen && dialog?.kind !== before.chosen.kind) {
    life.record({ type: "dialog.answered", ...of, ...before.chosen });
  }
  const same = dialog !== null && dialog.kind === before.seen?.kind;
  const keys = same ? before.keys : 0;
  const sight: Sight = {
    lookedAt,
    seen: dialog,
    blanks: dialog ? 0 : before.blanks + 1,
    keys,
    told: same ? before.told : null,
    chosen: null,
  };
  sights.set(id, sight);
  if (!dialog || !isTwice(dialog, before.seen)) return;

  const answer = answerNow(dialog, { session, pane, state: life.state(), keys });
  const person = answer.do === "hand over" ? answer.why : null;
  const told = { kind: dialog.kind, person };
  if (sight.told?.kind !== told.kind || sight.told.person !== told.person) {
    if (isNews(session, told)) life.record({ type: "dialog.seen", ...of, ...told });
  }
  sights.set(id, { ...sight, told });
  if (answer.do === "hand over") return;
  const key = keyTo(dialog, answer.option);
  if (key === null) return;
  const chosen = key === "Enter" ? { kind: dialog.kind, option: answer.option } : null;
  // Before the key: whatever tmux then says of it, it may have arrived.
  sights.set(id, { ...sight, told, keys: keys + 1, chosen });
  try {
    await deps.tmux.key(session.name, key);
  } catch (error) {
    if (!(error instanceof TmuxError)) throw error;
  }
}

const NOTHING: Omit<Sight, "lookedAt"> = {
  seen: null,
  blanks: 0,
  keys: 0,
  told: null,
  chosen: null,
};

/** While the screen was being read, the session may have gone on. */
function isSame(state: State, { name, phase }: Session, run: RunId): boolean {
  const now = state.sessions[name];
  return now?.run?.plan.id === run && isAlive(now) && now.phase.name === phase.name &&
    !moveOf(state, name);
}

function isTwice(dialog: Dialog, before: Dialog | null): boolean {
  return JSON.stringify(dialog) === JSON.stringify(before);
}

function answerNow(
  dialog: Dialog,
  { session, pane, state, keys }: { session: Session; pane: Pane; state: State; keys: number },
): Answer {
  const answer = answerTo(dialog, {
    allowed: state.config?.claude.answerDialogs ?? true,
    stopping: session.phase.name === "stopping",
  });
  if (answer.do === "hand over") return answer;
  if (pane.attached > 0) return { do: "hand over", why: "somebody looks at it" };
  if (keys >= MAX_KEYS) return { do: "hand over", why: "it does not do what it is told" };
  return answer;
}

/** What the phase says already is not told again, be it by a hook or by an earlier daemon. */
function isNews({ phase }: Session, { kind, person }: NonNullable<Sight["told"]>): boolean {
  if (person === null || phase.name !== "waiting") return true;
  if (kind === "permission" && phase.for === "permission") return false;
  if (kind === "login" && phase.for === "human") return false;
  return phase.dialog !== kind;
}
