/**
 * `swap`: the steps and times of one, and a person's word on one that is proposed.
 *
 * @module
 */
import { type SwapView, swapView } from "../http/swap_view.ts";
import { findSwap, noSwapWords } from "../http/view.ts";
import type { State } from "../model/state.ts";
import { Command, examples, printJson, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { showKnown } from "./last_known.ts";
import { confirmCommand, rejectCommand } from "./proposal.ts";
import { renderSwap } from "./render/swap.ts";
import { refusedWith } from "./with_daemon.ts";

export function swapCommand(context: CliContext): CommandUnknownOpts {
  const swap = new Command("swap").description("Look at swaps, and answer one that is proposed.");
  swap.command("show")
    .summary("the steps of a swap with their times")
    .description("Show each session's steps, when they began and how long they took.")
    .argument("[id]", "which swap; without it the running one, else the last one", "last")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover swap show", "the running or the last one"],
        ["claude-failover swap show 5b2e7a1c --json", "one by its id"],
      ),
    )
    .action(async (id, { json }) => {
      const what = "show the swap";
      await showKnown<SwapView>(context, {
        what,
        ask: (client) => client.swap(id),
        fromJournal: (state) => swapOr(what, state, id, (id) => swapView(state, id)),
        show(view) {
          if (json) printJson(context, view);
          else printLine(context, renderSwap(view, renderOptions(context)));
        },
      });
    });
  swap.addCommand(confirmCommand(context));
  swap.addCommand(rejectCommand(context));
  return swap;
}

/** Of a swap in the journal, by its id or `last`; fails in the words in which the daemon does. `what` stands after "Cannot". */
export function swapOr<V>(
  what: string,
  state: State,
  word: string,
  look: (id: string) => V | null,
): V {
  const id = findSwap(state, word);
  const view = id === null ? null : look(id);
  if (view === null) throw refusedWith(what, noSwapWords(word), 404);
  return view;
}
