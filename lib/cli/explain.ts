/**
 * `explain`: why a swap went as it did, or what the policy decides now, or decided at some moment, and why. What was at a
 * moment is in the journal, so it needs no daemon.
 *
 * @module
 */
import {
  BEFORE_JOURNAL,
  explainLeft,
  explainNow,
  explainSwap,
  type ExplainView,
} from "../http/explain_view.ts";
import { Command, examples, printJson, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { mistake } from "./errors.ts";
import { orLastKnown, showKnown } from "./last_known.ts";
import { renderExplanation } from "./render/explain.ts";
import { swapOr } from "./swap.ts";
import { parseWhen } from "./when.ts";
import { waiting } from "./waiting.ts";
import { withDaemon } from "./with_daemon.ts";

export function explainCommand(context: CliContext): CommandUnknownOpts {
  return new Command("explain")
    .description(
      "Say what was decided and why: what was known of each account and how old that was, and why each other " +
        "account was not taken. Without a swap: what the policy decides now.",
    )
    .argument("[swap]", "`last`, or the id of a swap")
    .option("--at <time>", "as of then: 14:02, 2026-11-28T14:02, or '10m ago'")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover explain", "why it moves nothing, or what it is about to do"],
        ["claude-failover explain last", "the running or the last swap"],
        ["claude-failover explain --at 14:02", "why it did, or did not, move anything then"],
      ),
    )
    .action(async (swap, { at, json }) => {
      const show = (view: ExplainView) => {
        if (json) printJson(context, view);
        else printLine(context, renderExplanation(view, renderOptions(context)));
      };
      if (at !== undefined) return show(await explainAt(context, swap, at));
      await showKnown(context, {
        what: "explain",
        ask: (client) => client.explain(swap),
        fromJournal: (state, now) =>
          swap === undefined
            ? explainLeft(state, now)
            : swapOr("explain", state, swap, (id) => explainSwap(state, id, now)),
        show,
      });
    });
}

async function explainAt(
  context: CliContext,
  swap: string | undefined,
  text: string,
): Promise<ExplainView> {
  if (swap !== undefined) {
    throw mistake("Cannot explain: a swap has its own time", "leave out the swap or --at");
  }
  const now = context.clock.now();
  const at = parseWhen(text, now, context.localTime);
  if (at === null) {
    const hint = "write it like 14:02, 2026-11-28T14:02 or '10m ago'";
    throw mistake(`Cannot explain: "${text}" is no time`, hint);
  }
  if (at > now) throw mistake("Cannot explain: that time is still to come");
  const ask = () =>
    withDaemon(
      context,
      "explain",
      (client) => waiting(context, "the daemon reads its journal", client.explainAt(at)),
    );
  return await orLastKnown(context, ask, async ({ stateAt }) => {
    const then = await waiting(context, "reading the journal", stateAt(at));
    if (!then) throw mistake(`Cannot explain: ${BEFORE_JOURNAL}`);
    return explainNow(then, now, at);
  });
}
