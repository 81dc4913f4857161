/**
 * The pane in which a person signs an account in and answers Claude Code's first questions.
 *
 * @module
 */
import { type AccountReport, isEnding } from "../../claude/accounts.ts";
import { signInCommand, signInSession } from "../../claude/sign_in.ts";
import type { AccountSpec, Config } from "../../model/config.ts";
import { TmuxError } from "../../ports/tmux.ts";
import { attachArgs } from "../attach.ts";
import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";

/**
 * Opens the pane, or finds the one that is open, and attaches this terminal until the person is done.
 */
export async function signIn(
  context: CliContext,
  config: Config,
  { account, login, cwd }: {
    readonly account: AccountSpec;
    readonly login: AccountReport["login"];
    readonly cwd: string;
  },
): Promise<void> {
  const session = signInSession(account);
  await openPane(context, config, {
    account,
    session,
    cwd,
    needsLogin: needsLogin(account, login, context.clock.now()),
  });
  const attach = attachArgs(config.tmux.socket, session);
  // tmux refuses to run inside another tmux while this is set; ours is a server of its own.
  const env = Object.fromEntries(Object.entries(context.env).filter(([name]) => name !== "TMUX"));
  await context.onTerminal(attach, { env });
}

async function openPane(
  context: CliContext,
  config: Config,
  { cwd, ...signIn }: Parameters<typeof signInCommand>[1] & { readonly cwd: string },
): Promise<void> {
  const { session, account } = signIn;
  const tmux = (await context.ports()).tmux(config.tmux.socket);
  try {
    const panes = await tmux.panes();
    if (panes.some((pane) => pane.session === session && !pane.dead)) return;
    await tmux.launch(session, { cwd, argv: signInCommand(config, signIn) });
  } catch (cause) {
    if (!(cause instanceof TmuxError)) throw cause;
    throw new CliError(`Cannot open a pane to sign in ${account.id}: ${cause.message}`, { cause });
  }
}

/** The other kinds are signed in by their environment or settings, or by /login in Claude Code itself. */
function needsLogin(
  { kind }: AccountSpec,
  login: AccountReport["login"],
  now: number,
): boolean {
  return kind === "subscription" && !("unknown" in login) &&
    (!login.signedIn || isEnding(login, now));
}
