/**
 * What status lines say of the cost, as facts: only where some account has a cap in money, and only when it has moved. Pure.
 *
 * @module
 */
import type { StatusLine } from "../claude/status_line.ts";
import type { Fact } from "../model/event.ts";
import type { Session, State } from "../model/state.ts";

const STEP_USD = 0.01;
/** Elsewhere the sum is only kept so that the account a session comes to is not charged with it. */
const STEP_ELSEWHERE_USD = 0.25;

export function costOf({ config }: State, session: Session, line: StatusLine): Fact[] {
  const { run, cost, name } = session;
  const accounts = config?.accounts ?? [];
  const isCapped = (id: string) => {
    const spec = accounts.find((a) => a.id === id);
    return spec?.usdPerDay !== undefined || spec?.overage !== undefined;
  };
  if (!run || line.costUsd === null || !accounts.some(({ id }) => isCapped(id))) return [];
  const { id, account } = run.plan;
  const step = isCapped(account) ? STEP_USD : STEP_ELSEWHERE_USD;
  const moved = Math.abs(line.costUsd - (cost?.totalUsd ?? 0));
  if (moved < step) return [];
  return [{ type: "cost.read", account, session: name, run: id, totalUsd: line.costUsd }];
}
