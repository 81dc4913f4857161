/**
 * What a source that was asked has said, as facts. Pure.
 *
 * @module
 */
import type { Answer, Figures } from "../claude/usage/answer.ts";
import type { Fact } from "../model/event.ts";
import type { AccountId } from "../model/ids.ts";
import { AT_ONCE_MS } from "../model/fold_account.ts";
import { WALL_WITHOUT_RESET_MS } from "../model/policy.ts";
import type { QuotaSource, WindowName, WindowReading } from "../model/quota.ts";
import {
  type Account,
  type AccountWindow,
  entry,
  NEW_ACCOUNT,
  type State,
} from "../model/state.ts";

/** Claude Code prints figures of so long ago when it gets no others (2.1.208 on; 2.1.330: not those of two hours ago). */
const OLDEST_MS = 60 * 60_000;
const SAME_RESET_MS = 60_000;

export interface Answered {
  readonly account: AccountId;
  readonly source: QuotaSource;
  readonly answer: Answer;
  /** Epoch milliseconds. */
  readonly askedAt: number;
  readonly now: number;
  /** Until when it is let be if it did not answer. */
  readonly until: number;
}

export function answerFacts(state: State, answered: Answered): Fact[] {
  const { account: id, source, answer, askedAt, now, until } = answered;
  const failed = (why: string): Fact => ({
    ...{ type: "quota.unanswered", account: id, source, why, until },
  });
  if (answer.is === "nothing") return [failed(answer.why)];
  const account = entry(state.accounts, id) ?? NEW_ACCOUNT;
  const madeAt = Math.min(answer.madeAt ?? now - OLDEST_MS, now);
  const ageUnknown = answer.madeAt === null;
  const windows = newer(account, answer, { madeAt, ageUnknown, now });
  const read: Fact[] = Object.keys(windows).length === 0 ? [] : [{
    ...{ type: "quota.read", account: id, source, windows, madeAt },
    ...(ageUnknown ? { ageUnknown } : {}),
  }];
  const isOld = !ageUnknown && madeAt < askedAt - AT_ONCE_MS;
  return [
    ...read,
    ...overageFacts(account, id, answer, madeAt),
    ...(isOld ? [failed(`only figures of ${Math.round((now - madeAt) / 60_000)} min ago`)] : []),
    ...(ageUnknown ? [failed("figures that do not say how old they are")] : []),
  ];
}

type Age = { readonly madeAt: number; readonly ageUnknown: boolean; readonly now: number };

/** The windows of which this is the newest that is known. One that is over says nothing. */
function newer({ windows }: Account, figures: Figures, age: Age): Record<string, WindowReading> {
  const told = Object.entries(figures.windows).filter(([name, reading]) =>
    (reading.resetsAt ?? Infinity) > age.now && isNewer(windows[name as WindowName], reading, age)
  );
  return Object.fromEntries(told);
}

function isNewer(before: AccountWindow | undefined, now: WindowReading, age: Age): boolean {
  if (!before) return true;
  if (!age.ageUnknown && age.madeAt !== before.readAt) return age.madeAt > before.readAt;
  // Within a window a figure only rises, and a later reset is of a later window.
  if (before.resetsAt === null || now.resetsAt === null) {
    return now.usedPct > before.usedPct || age.madeAt - before.readAt > WALL_WITHOUT_RESET_MS;
  }
  const shiftMs = now.resetsAt - before.resetsAt;
  return Math.abs(shiftMs) < SAME_RESET_MS ? now.usedPct > before.usedPct : shiftMs > 0;
}

/** Only what is new of paid use; a figure of it that rises is one that is being paid. */
export function overageFacts(
  { overage, windows }: Account,
  id: AccountId,
  { overage: told, windows: now }: Pick<Figures, "overage" | "windows">,
  madeAt: number,
): Fact[] {
  const [before, after] = [windows.credits, now.credits];
  const rises = before !== undefined && after !== undefined && madeAt > before.readAt &&
    after.usedPct > before.usedPct;
  const inUse = told?.inUse ?? (rises ? true : overage?.inUse ?? false);
  const enabled = told?.enabled ?? overage?.enabled ?? null;
  if (
    overage ? overage.inUse === inUse && overage.enabled === enabled : !inUse && enabled === null
  ) {
    return [];
  }
  if (overage && madeAt < overage.at) return [];
  return [{ type: "overage.seen", account: id, inUse, enabled, madeAt }];
}
