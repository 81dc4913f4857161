/**
 * `account`: list, check and add accounts. None of it needs the daemon, and none of it reads a credential.
 *
 * @module
 */
import type { AccountKind } from "../model/config.ts";
import { Command, examples, Option } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";

const KINDS: readonly AccountKind[] = [
  "subscription",
  "api-key",
  "bedrock",
  "vertex",
  "foundry",
  "custom",
];

export function accountCommand(context: CliContext): CommandUnknownOpts {
  const account = new Command("account").description("Add, sign in and check accounts.");
  account.command("list")
    .summary("every account, with who is signed in")
    .description("List the accounts of the config and who is signed in under each.")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover account list", "who is who"]))
    .action(async ({ json }) => {
      const { listAccounts } = await import("./account/list.ts");
      await listAccounts(context, json ?? false);
    });
  account.command("check")
    .summary("what stands in the way of work under one, or under all")
    .description(
      "Check an account, or all: config dir, links, sign-in, first-run questions, trust in the folders of " +
        "its sessions, version, and what is different from the preferred account. Changes nothing. Exit " +
        "code 1 when there is an error.",
    )
    .argument("[id]", "the account; all of them when left out")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover account check", "before the first run"],
        ["claude-failover account check spare --json", "for a script"],
      ),
    )
    .action(async (id, { json }) => {
      const { checkAccounts } = await import("./account/check.ts");
      await checkAccounts(context, id, json ?? false);
    });
  account.command("add")
    .summary("make its config dir and sign it in")
    .description(
      "Make an account's config dir (0700) with its links, say what to add to the config, and open Claude " +
        "Code's own sign-in in tmux, for you to complete. Use only accounts that are yours. For an account " +
        "that the config has already, it does what is left: signs it in again, or opens a folder to trust.",
    )
    .argument("<id>", "its name, e.g. spare")
    .option("--config-dir <dir>", "its folder (default: ~/.claude-ID)")
    .addOption(
      new Option("--kind <kind>", "how it is paid for (default: subscription)").choices(KINDS),
    )
    .option("--in <dir>", "open Claude Code in this folder, to answer for its trust")
    .option("--write", "write it into the config file, which keeps its comments")
    .option("--no-sign-in", "only make the folder")
    .addHelpText(
      "after",
      examples(
        ["claude-failover account add spare --write", "make it, sign it in"],
        ["claude-failover account add work --in ~/src/shop", "answer the trust question there"],
        ["claude-failover account add cloud --kind bedrock --no-sign-in", "only its folder"],
      ),
    )
    .action(async (id, options) => {
      const { addAccount } = await import("./account/add.ts");
      await addAccount(context, id, options);
    });
  return account;
}
