/**
 * Asking the daemon something, with errors for people.
 *
 * @module
 */
import { type ControlClient, ControlError } from "../http/client.ts";
import { NO_SWAP_YET } from "../http/swap_view.ts";
import { NotListeningError } from "../ports/net.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT, mistake } from "./errors.ts";
import { unknownNameHint } from "./names.ts";

const START_IT = "start it with `claude-failover run`";

/**
 * `what` is what the command is about to do, as it stands after "Cannot": "show the status". `downHint` is what to do when
 * no daemon runs.
 */
export async function withDaemon<T>(
  context: CliContext,
  what: string,
  use: (client: ControlClient) => Promise<T>,
  { downHint = START_IT }: { readonly downHint?: string } = {},
): Promise<T> {
  using client = await context.client();
  try {
    return await use(client);
  } catch (error) {
    if (error instanceof ControlError) {
      const hint = await unknownNameHint(error.detail, context, client);
      if (hint !== null) throw mistake(`Cannot ${what}: ${error.detail}`, hint);
    }
    throw inWords(error, { what, downHint, socketPath: client.socketPath });
  }
}

function inWords(
  error: unknown,
  { what, downHint, socketPath }: { what: string; downHint: string; socketPath: string },
): unknown {
  if (error instanceof NotListeningError) {
    return new CliError(`Cannot ${what}: no daemon is running (socket ${socketPath})`, {
      exit: EXIT.noDaemon,
      hint: downHint,
      cause: error,
    });
  }
  if (!(error instanceof ControlError)) return error;
  if (isStopping(error)) {
    return new CliError(`Cannot ${what}: the daemon is stopping`, {
      exit: EXIT.noDaemon,
      cause: error,
    });
  }
  return refusedWith(what, error.detail, error.status, error);
}

/** In the words for what the daemon says with that status; also for what the journal says in its stead. */
export function refusedWith(
  what: string,
  detail: string,
  status: number,
  cause?: unknown,
): CliError {
  const message = `Cannot ${what}: ${detail}`;
  // Nobody has typed anything wrong: it is only too early.
  if (detail === NO_SWAP_YET) {
    return new CliError(message, {
      hint: "`claude-failover explain` says why nothing moves; `failover --dry-run` tries one out",
      cause,
    });
  }
  // What it does not know was misspelt; what the state does not allow may be allowed later.
  return status === 404 || status === 400
    ? mistake(message, "`claude-failover status` shows the names there are")
    : new CliError(message, { cause });
}

/** Its socket is still there, but it takes no requests any more (503 from the port). */
export function isStopping(error: unknown): boolean {
  return error instanceof ControlError && error.status === 503;
}
