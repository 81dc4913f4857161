/**
 * Tells people and machines of what happened.
 *
 * One part reads the journal by a cursor and puts notices into the outbox, never waiting for anybody; beside it each
 * channel has a loop of its own that takes its messages where they belong. They meet in the outbox alone.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import type { ChannelSpec, NotifySpec } from "../model/notify_config.ts";
import type { State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import { wakeOrTimeout } from "../runtime/wake.ts";
import type { Life, Worker } from "../runtime/worker.ts";
import { coarse, type LocalTimeOf } from "../words/time.ts";
import type { Channel } from "./channel.ts";
import type { ChannelHealth, Said, SaidQuery } from "../model/said.ts";
import { channelHealth, saidBy } from "./desk.ts";
import { Fleet } from "./fleet.ts";
import { Outbox, type Row, type Stage } from "./outbox.ts";
import { escalate, isEscalated, keepSilent, Mail } from "./post.ts";
import { type JournalReader, type Made, Reader, restAfter } from "./reader.ts";
import { channelsFor, heldUntil, silenceOn } from "./route.ts";

export { channelProblems, openChannel } from "./channels/mod.ts";
export type { ChannelDeps } from "./channels/mod.ts";

export interface NotifierDeps {
  readonly clock: Clock;
  readonly journal: JournalReader;
  readonly localTime: LocalTimeOf;
  /** From 0 to 1. */
  random(): number;
  newId(): string;
  /** Where the outbox lies. */
  readonly path: string;
  open(spec: ChannelSpec): Channel;
  /** A line for the daemon's log. */
  report(text: string): void;
}

export interface Notifier {
  readonly worker: Worker<Event<Wakes>>;
  /** The first event that was not read yet, 0 while the worker has not come so far as to know; null: nobody reads. */
  unread(): number | null;
  /** How the channels of the config do, and what was said; empty while the worker does not live. */
  channels(names: readonly string[]): ChannelHealth[];
  history(query: SaidQuery): Said[];
  /** How each channel does, by what the outbox holds; none while the worker rests. */
  figures(): readonly ChannelFigures[];
}

export interface ChannelFigures {
  readonly channel: string;
  /** Since its last success. */
  readonly failures: number;
  /** How many messages are in each stage, of those that the outbox still has. */
  readonly messages: Readonly<Partial<Record<Stage, number>>>;
}

/** What may be told. Whatever else there is, is read along with them. */
const WAKES = [
  "daemon.started",
  "daemon.stop.requested",
  "config.applied",
  "config.rejected",
  "notice.test.requested",
  "notice.acked",
  "worker.failed",
  "tmux.server.seen",
  "host.checked",
  "janitor.tidied",
  "swap.proposed",
  "swap.finished",
  "swap.failed",
  "account.checked",
  "freeze.requested",
  "quota.wall",
  "turn.ended",
  "turn.failed",
  "run.status",
  "run.proven",
  "run.ended",
  "question.asked",
  "dialog.seen",
  "session.quarantined",
  "task.refused",
  "task.attention",
  "task.ended",
] as const;
type Wakes = (typeof WAKES)[number];

const LOOK_AGAIN_MS = 30_000;
/** Past an orderly stop, for what is due. */
const ENDING_MS = 3_000;
/** What is over is kept for `notify history`. */
const KEPT = 2_000;
/** The place is written at least so often, for the janitor may not pass it. */
const PLACE_EVERY = 500;
// A config of an earlier version says neither.
const GROUP_WITHIN_MS = 5 * 60_000;
const GIVE_UP_AFTER_MS = 3 * 24 * 3_600_000;

export function notifier(deps: NotifierDeps): Notifier {
  // Until it has looked, nothing was read: a notifier that cannot begin keeps what it has to tell.
  let unread: number | null = 0;
  let open: Outbox | null = null;
  return {
    unread: () => unread,
    figures: () => open ? figuresOf(open) : [],
    channels: (names) => open ? channelHealth(open, names) : [],
    history: (query) => open ? saidBy(open, query, deps.localTime) : [],
    worker: {
      name: "notifier",
      listens: WAKES,
      async run(life) {
        using outbox = new Outbox(deps.path);
        open = outbox;
        try {
          await keepTelling(life, outbox, deps, (seq) => unread = seq);
        } finally {
          open = null;
        }
      },
    },
  };
}

function figuresOf(outbox: Outbox): ChannelFigures[] {
  const counts = outbox.counts();
  return outbox.health().map(({ name: channel, failures }) => {
    const own = counts.filter((one) => one.channel === channel);
    const messages = Object.fromEntries(own.map(({ stage, count }) => [stage, count]));
    return { channel, failures, messages };
  });
}

async function keepTelling(
  life: Life<Event<Wakes>>,
  outbox: Outbox,
  deps: NotifierDeps,
  reached: (unread: number | null) => void,
): Promise<void> {
  const { clock, journal } = deps;
  const { signal } = life;
  await using fleet = new Fleet({
    ...deps,
    outbox,
    giveUpAfterMs: () => specOf(life.state())?.giveUpAfterMs ?? GIVE_UP_AFTER_MS,
    moot: (row) => acknowledged(row, life.state()),
  });
  let reader: Reader | null = null;
  while (true) {
    const channels = specOf(life.state())?.channels ?? [];
    fleet.follow(channels, journal.state.seq);
    fleet.mustLive();
    if (channels.length === 0) {
      // Whoever is put into the config later begins with what is to come.
      if (outbox.seq !== null) outbox.moveTo(null);
      reader = null;
      reached(null);
    } else {
      reader ??= await Reader.after(outbox.seq, { ...deps, rest: () => clock.sleep(0) });
      const begunMs = clock.monotonic();
      const more = readOn(reader, { life, fleet, outbox, deps });
      // By what is written: the next life begins there.
      reached((outbox.seq ?? reader.seq) + 1);
      if (more) {
        const tookMs = clock.monotonic() - begunMs;
        await clock.sleep(restAfter(tookMs, life.state())); // the others have their turn
        continue;
      }
    }
    if (signal.aborted) {
      if (reader) outbox.moveTo(reader.seq);
      break;
    }
    const either = AbortSignal.any([signal, fleet.failed]);
    await wakeOrTimeout(life.inbox, { clock, ms: LOOK_AGAIN_MS, signal: either }).catch((error) => {
      if (!either.aborted) throw error;
    });
  }
  await fleet.end(ENDING_MS);
}

function specOf({ config }: State): NotifySpec | undefined {
  return config?.notify;
}

interface Desk {
  readonly life: Life<Event<Wakes>>;
  readonly fleet: Fleet;
  readonly outbox: Outbox;
  readonly deps: NotifierDeps;
}

/** True when there is more to read. */
function readOn(reader: Reader, desk: Desk): boolean {
  const { fleet, outbox } = desk;
  const { notices, seq, more } = reader.read();
  const place = outbox.seq;
  if (notices.length > 0 || place === null || seq - place >= PLACE_EVERY) {
    outbox.together(() => {
      handAll(notices, desk);
      outbox.moveTo(seq);
      if (notices.length > 0) outbox.trim(KEPT);
    });
  }
  if (notices.length > 0) fleet.wake();
  return more;
}

function handAll(notices: readonly Made[], desk: Desk): void {
  const { life, outbox, deps: { clock, newId } } = desk;
  const spec = specOf(life.state());
  if (!spec) return;
  const mail = new Mail();
  for (const made of notices) hand(made, { ...desk, spec, mail });
  const windowMs = spec.groupWithinMs ?? GROUP_WITHIN_MS;
  mail.post(outbox, { now: clock.now(), newId, windowMs });
}

/** To whom it is for, by the config and the silences of now. */
function hand(
  { notice, event }: Made,
  { life, fleet, outbox, deps, spec, mail }: Desk & { spec: NotifySpec; mail: Mail },
): void {
  const { clock, newId, localTime } = deps;
  const now = clock.now();
  const boxes = fleet.boxes(notice);
  if (event?.type === "notice.test.requested") {
    // Whoever tries a channel wants to see that, whatever else holds.
    for (const box of boxes) {
      if (event.channel === null || box.channel === event.channel) mail.add(box, notice, null);
    }
    return;
  }
  const silence = silenceOn(notice, life.state().notices?.silences, now);
  if (silence) {
    keepSilent(outbox, notice, { why: `${silence.reason} (${silence.id})`, now, newId });
    return;
  }
  const to = channelsFor(notice, spec);
  for (const box of boxes.filter((b) => to.has(b.channel))) {
    mail.add(box, notice, heldUntil(notice, box.spec, { quiet: spec.quietHours, now, localTime }));
  }
  if (notice.severity !== "critical") return;
  const ackedSeq = life.state().notices?.ackedSeq ?? 0;
  for (const { afterMs, to } of spec.escalate ?? []) {
    const title = `Not acknowledged for ${coarse(afterMs)}: ${notice.title}`;
    for (const { channel } of boxes.filter((b) => to.includes(b.channel))) {
      escalate(outbox, { channel, afterMs, notice: { ...notice, title } }, {
        now,
        ackedSeq,
        newId,
      });
    }
  }
}

function acknowledged(row: Row, { notices }: State): string | null {
  const isSeen = (notices?.ackedSeq ?? 0) >= row.bundle.seqs.last;
  return isEscalated(row) && isSeen ? "it was acknowledged" : null;
}
