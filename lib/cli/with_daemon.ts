/**
 * Asking the daemon something, with errors for people.
 *
 * @module
 */
import { type ControlClient, ControlError } from "../http/client.ts";
import { NotListeningError } from "../ports/net.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT, mistake } from "./errors.ts";
import { unknownNameHint } from "./names.ts";

/** `what` is what the command is about to do, as it stands after "Cannot": "show the status". */
export async function withDaemon<T>(
  context: CliContext,
  what: string,
  use: (client: ControlClient) => Promise<T>,
): Promise<T> {
  using client = await context.client();
  try {
    return await use(client);
  } catch (error) {
    if (error instanceof ControlError) {
      const hint = await unknownNameHint(error.detail, context, client);
      if (hint !== null) throw mistake(`Cannot ${what}: ${error.detail}`, hint);
    }
    throw inWords(error, what, client.socketPath);
  }
}

function inWords(error: unknown, what: string, socketPath: string): unknown {
  if (error instanceof NotListeningError) {
    return new CliError(`Cannot ${what}: no daemon is running (socket ${socketPath})`, {
      exit: EXIT.noDaemon,
      hint: "start it with `claude-failover run`",
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
  const message = `Cannot ${what}: ${error.detail}`;
  // What it does not know was misspelt; what the state does not allow may be allowed later.
  return error.status === 404 || error.status === 400
    ? mistake(message, "`claude-failover status` shows the names there are")
    : new CliError(message, { cause: error });
}

/** Its socket is still there, but it takes no requests any more (503 from the port). */
export function isStopping(error: unknown): boolean {
  return error instanceof ControlError && error.status === 503;
}
