/**
 * The demo's course: a person types, the window fills, the daemon moves the sessions, the work goes on.
 *
 * @module
 */
import type { Event } from "../../model/event.ts";
import type { SessionName } from "../../model/ids.ts";
import type { Tmux } from "../../ports/tmux.ts";
import type { Store } from "../../runtime/store.ts";
import type { JournalWatch } from "./journal_watch.ts";
import { NOTES, type Scene, WRITER } from "./scene.ts";
import type { Stage } from "./stage.ts";
import { chaptersOf } from "./summary.ts";

export interface PlayOptions {
  readonly scene: Scene;
  readonly store: Store;
  readonly tmux: Tmux;
  readonly watch: JournalWatch;
  readonly stage: Stage;
}

const BOOT_MS = 20_000;
const TURN_MS = 40_000;
const SWAP_MS = 30_000;
/** Enter was lost in 1 of 24 sends right after a start under load (2.1.330); pressing it again is harmless. */
const ENTER_AGAIN_MS = 2_500;

/** Ends when the whole work is done. Says how many chapters there were when the limit was hit. */
export async function play(options: PlayOptions): Promise<number> {
  const { scene: { cast, places }, watch } = options;
  let before = 0;
  for (const session of [WRITER, NOTES]) {
    const ready = (event: Event) => event.type === "run.ready" && event.session === session;
    await watch.after(0, ready, { what: `the start of ${session}`, withinMs: BOOT_MS });
  }
  await ask(options, NOTES, cast.smallTalk);
  for (const [index, prompt] of cast.prompts.entries()) {
    await cast.beforePrompt(index);
    const { place, last } = await ask(options, WRITER, prompt);
    if (last.type !== "turn.failed") continue;
    before = (await chaptersOf(places)).length;
    await watch.after(place, (event) => event.type === "swap.finished", {
      what: "the end of the swap",
      withinMs: SWAP_MS,
    });
    await turn(options, WRITER, last.seq, ["turn.ended"]);
  }
  return before;
}

/** Types a prompt and waits for the end of its turn, good or bad. */
async function ask(options: PlayOptions, session: SessionName, prompt: string) {
  const { tmux, watch, stage } = options;
  const place = watch.now();
  stage.tell(session, `${stage.style.dim("typed:")} ${prompt}`);
  await tmux.type(session, prompt);
  await tmux.key(session, "Enter");
  const accepted = (event: Event) => event.type === "prompt.accepted" && event.session === session;
  const what = `${session} taking its prompt`;
  await watch.after(place, accepted, { what, withinMs: ENTER_AGAIN_MS }).catch(async () => {
    await tmux.key(session, "Enter");
    await watch.after(place, accepted, { what, withinMs: ENTER_AGAIN_MS });
  });
  return { place, last: await turn(options, session, place, ["turn.ended", "turn.failed"]) };
}

function turn(
  { watch }: PlayOptions,
  session: SessionName,
  place: number,
  types: readonly Event["type"][],
): Promise<Event> {
  const ended = (event: Event) =>
    types.includes(event.type) && "session" in event && event.session === session;
  return watch.after(place, ended, { what: `the end of ${session}'s turn`, withinMs: TURN_MS });
}
