/**
 * `failover`: a person moves the sessions of an account, and watches it happen.
 *
 * @module
 */
import type { ControlClient } from "../http/client.ts";
import type { FailoverPlan } from "../http/failover_plan.ts";
import type { SwapView } from "../http/swap_view.ts";
import type { Event } from "../model/event.ts";
import { Command, countOf, examples, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, EXIT, Exit } from "./errors.ts";
import { giveUpAtGap } from "./gap.ts";
import { swapProgress } from "./render/progress.ts";
import { duration } from "../words/time.ts";
import { withDaemon } from "./with_daemon.ts";

export function failoverCommand(context: CliContext): CommandUnknownOpts {
  return new Command("failover")
    .description(
      "Move the sessions of an account to another one, now. Without --from the account with the most live " +
        "sessions is left, without --to the best other one is taken; a waiting proposal is carried out.",
    )
    .option("--to <account>", "where to go")
    .option("--from <account>", "which account to leave")
    .option("--dry-run", "say what would happen, and do nothing")
    .option("--no-wait", "do not wait for the end")
    .addHelpText(
      "after",
      examples(
        ["claude-failover failover --dry-run", "what would go where, and what stays"],
        ["claude-failover failover --to spare", "do it, and watch the steps"],
      ),
    )
    .action(async ({ to, from, dryRun, wait }) => {
      await withDaemon(context, "fail over", async (client) => {
        const { swap, seq, plan } = await client.failover({ from, to, dryRun: dryRun ?? false });
        if (swap === null) return printPlan(context, plan, true);
        await followSwap(context, client, { swap, seq, plan, wait });
      });
    });
}

interface BegunSwap {
  readonly swap: string;
  readonly seq: number;
  readonly plan: FailoverPlan;
  readonly wait: boolean;
}

/** Prints what has begun and, unless nobody wants to wait, each step of it to the end. */
export async function followSwap(
  context: CliContext,
  client: ControlClient,
  { plan, wait, ...begun }: BegunSwap,
): Promise<void> {
  printPlan(context, plan, false);
  if (wait) return await watchSwap(context, client, begun);
  printLine(context, `Under way: \`claude-failover swap show ${begun.swap}\``);
}

function printPlan(context: CliContext, plan: FailoverPlan, isDry: boolean): void {
  const { style } = renderOptions(context);
  const { from, to, sessions, left, candidates, warning } = plan;
  const verb = isDry ? "Would move" : "Moving";
  printLine(context, `${verb} ${countOf(sessions.length, "session")}: ${from} → ${to}`);
  if (isDry) { for (const session of sessions) printLine(context, `  ${style.name(session)}`); }
  for (const { session, why } of left) {
    printLine(context, style.dim(`  ${session} stays: ${why}`));
  }
  if (warning !== null) printLine(context, style.warn(`  Note: ${to}: ${warning}`));
  if (!isDry) return;
  for (const { account, rejected } of candidates) {
    if (account === to) continue;
    const why = rejected ?? "could take the work too";
    printLine(context, style.dim(`  not ${account}: ${why}`));
  }
}

async function watchSwap(
  context: CliContext,
  client: ControlClient,
  { swap, seq }: { swap: string; seq: number },
): Promise<void> {
  const signal = context.interrupted();
  const progress = swapProgress(swap, renderOptions(context));
  const show = `\`claude-failover swap show ${swap}\``;
  const onGap = giveUpAtGap("watch the swap to its end", `look at it with ${show}`);
  for await (const event of client.follow(seq - 1, { signal, onGap })) {
    for (const line of progress(event)) printLine(context, line);
    if (endsSwap(event, swap)) return conclude(context, await client.swap(swap));
  }
  if (signal.aborted) return printLine(context, `No longer watching; the swap goes on: ${show}`);
  throw new CliError("Cannot watch the swap to its end: the daemon has stopped", {
    hint: `the next daemon goes on with it: \`claude-failover run\`, then ${show}`,
  });
}

function endsSwap(event: Event, swap: string): boolean {
  return (event.type === "swap.finished" || event.type === "swap.failed") && event.swap === swap;
}

function conclude(context: CliContext, swap: SwapView): void {
  const { style } = renderOptions(context);
  const moved = swap.moves.filter((move) => move.outcome.is === "moved").length;
  const missed = swap.moves.length - moved;
  const took = duration(swap.tookMs ?? 0);
  const text = `Moved ${moved} of ${countOf(swap.moves.length, "session")} in ${took}.`;
  printLine(
    context,
    missed === 0 && swap.outcome.is === "finished" ? style.good(text) : style.bad(text),
  );
  printLine(context, style.dim("Times of each step: `claude-failover swap show`"));
  if (missed > 0 || swap.outcome.is === "failed") throw new Exit(EXIT.failed);
}
