/**
 * `quota`: how much of each window is used, when it resets or is full, and how far each figure can be relied on.
 *
 * @module
 */
import { type QuotaView, quotaView } from "../http/quota_view.ts";
import { Command, examples, printJson, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { mistake } from "./errors.ts";
import { showKnown } from "./last_known.ts";
import { nameHint } from "./names.ts";
import { renderQuota } from "./render/quota.ts";
import { watchView } from "./watch.ts";

export function quotaCommand(context: CliContext): CommandUnknownOpts {
  return new Command("quota")
    .description(
      "Show how much of each account's windows is used, when they reset, when they would be full at this pace, " +
        "and where each figure comes from.",
    )
    .argument("[account]", "only this one")
    .option("-w, --watch", "show it again whenever something changes, until Ctrl-C")
    .option("--json", "one JSON object a line, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover quota", "all accounts"],
        ["claude-failover quota work --watch", "keep looking at one"],
        ["claude-failover quota --json | jq '.accounts[].windows'", "for scripts"],
      ),
    )
    .action(async (account, { watch, json = false }) => {
      const only = (view: QuotaView) => account === undefined ? view : ofOne(view, account);
      const render = (view: QuotaView) => renderQuota(view, renderOptions(context));
      if (watch) {
        const look = { ask: async (c: Client) => only(await c.quota()), render };
        return await watchView(context, { json, what: "show the quota", ...look });
      }
      const show = (view: QuotaView) => {
        if (json) printJson(context, view);
        else context.stdout.write(render(view));
      };
      await showKnown(context, {
        what: "show the quota",
        ask: (client) => client.quota(),
        fromJournal: quotaView,
        show: (view) => show(only(view)),
      });
    });
}

type Client = Awaited<ReturnType<CliContext["client"]>>;

function ofOne(view: QuotaView, id: string): QuotaView {
  const accounts = view.accounts.filter((account) => account.id === id);
  if (accounts.length > 0) return { ...view, accounts };
  const hint = nameHint(id, view.accounts.map((account) => account.id));
  throw mistake(`Cannot show the quota: no account ${id} in the config`, hint);
}
