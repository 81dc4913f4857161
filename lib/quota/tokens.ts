/**
 * Counts what our sessions use under each account, from their transcripts and those of their subagents: once a minute, and only when
 * there was use.
 *
 * A transcript does not say under which account it was written, and goes on under another one after a move: each answer is charged to
 * the account that its session ran under when it was made.
 *
 * @module
 */
import { UsageReader } from "../claude/usage/reader.ts";
import type { Event, Fact } from "../model/event.ts";
import type { AccountId, SessionName } from "../model/ids.ts";
import { NO_TOKENS, plusTokens, type Tokens } from "../model/quota.ts";
import { entry, isAlive, type Session, type State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { QuotaLife } from "./mod.ts";

const LOOK_MS = 1_000;
const EVERY_MS = 60_000;
/** More moves than one session makes within `EVERY_MS`. */
const SPANS_KEPT = 8;

/** From when on a session has been under an account. */
interface Span {
  readonly account: AccountId;
  /** Epoch milliseconds. */
  readonly since: number;
}

type Spans = Map<SessionName, readonly Span[]>;

export async function keepCounted(
  life: QuotaLife,
  { clock, files }: { readonly clock: Clock; readonly files: Files },
): Promise<void> {
  const reader = new UsageReader(files);
  const spans: Spans = new Map();
  // What was made before was counted by an earlier life.
  const counted = countedUntil(life.state());
  let last = -Infinity;
  while (true) {
    follow(life.state(), spans);
    if (clock.monotonic() - last >= EVERY_MS) {
      last = clock.monotonic();
      await count(life, { reader, files, clock, spans, counted });
    }
    await clock.sleep(LOOK_MS, life.signal);
  }
}

function countedUntil({ accounts }: State): ReadonlyMap<AccountId, number> {
  return new Map(Object.entries(accounts).map(([id, a]) => [id, a.countedUntil ?? 0]));
}

function follow({ sessions }: State, spans: Spans): void {
  for (const session of Object.values(sessions)) {
    const { name, run } = session;
    if (!run || !isAlive(session)) continue;
    const before = spans.get(name) ?? [];
    const { account } = run.plan;
    if (before.at(-1)?.account === account) continue;
    spans.set(name, [...before, { account, since: begunAt(session) }].slice(-SPANS_KEPT));
  }
  for (const name of spans.keys()) if (!Object.hasOwn(sessions, name)) spans.delete(name);
}

function begunAt({ history }: Session): number {
  return history.findLast((t) => t.to === "starting")?.at ?? 0;
}

interface Counting {
  readonly reader: UsageReader;
  readonly files: Files;
  readonly clock: Clock;
  readonly spans: Spans;
  readonly counted: ReadonlyMap<AccountId, number>;
}

type Use = { from: number; until: number; tokens: Tokens; messages: number };

async function count(
  life: QuotaLife,
  { reader, files, clock, spans, counted }: Counting,
): Promise<void> {
  const uses = new Map<AccountId, Use>();
  const seen = new Set<string>();
  for (const [name, own] of spans) {
    const transcript = entry(life.state().sessions, name)?.run?.transcript;
    for (const path of transcript ? await transcriptsOf(files, transcript) : []) {
      seen.add(path);
      for await (const { at, tokens, messages } of reader.read(path)) {
        const account = own.findLast(({ since }) => since <= at)?.account;
        if (account === undefined || at <= (counted.get(account) ?? 0)) continue;
        const use = uses.get(account) ?? { from: at, until: at, tokens: NO_TOKENS, messages: 0 };
        uses.set(account, {
          from: Math.min(use.from, at),
          until: Math.max(use.until, at),
          tokens: plusTokens(use.tokens, tokens),
          messages: use.messages + messages,
        });
      }
    }
  }
  if (life.signal.aborted) return;
  reader.keep(seen);
  life.record(...countedFacts(uses, clock.now()));
}

/** The conversation's own file, and those of its subagents beside it. */
async function transcriptsOf(files: Files, transcript: string): Promise<string[]> {
  const dir = `${transcript.replace(/\.jsonl$/, "")}/subagents`;
  const names = (await files.names(dir)).filter((name) => name.endsWith(".jsonl"));
  return [transcript, ...names.map((name) => `${dir}/${name}`)];
}

/** A line may be dated ahead of a clock that was set back. */
function countedFacts(uses: ReadonlyMap<AccountId, Use>, now: number): Fact[] {
  return [...uses].map(([account, use]): Omit<Event<"usage.counted">, "seq" | "at"> => ({
    ...{ type: "usage.counted", account, ...use },
    from: Math.min(use.from, now),
    until: Math.min(use.until, now),
  }));
}
