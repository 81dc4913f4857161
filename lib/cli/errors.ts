/**
 * How a command ends when it does not end well, and with which exit code.
 *
 * @module
 */

export const EXIT = { ok: 0, failed: 1, usage: 2, noDaemon: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** They are promised: scripts ask for them. */
export const EXIT_MEANS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: "done",
  [EXIT.failed]: "failed",
  [EXIT.usage]: "a mistake in the command or the config",
  [EXIT.noDaemon]: "no daemon is running",
};

/** An error that people read: one sentence "Cannot <do what>: <what is>", and what to do about it. */
export class CliError extends Error {
  override name = "CliError";
  readonly exit: ExitCode;
  /** The next thing to do, without a full stop; a command stands in backticks. */
  readonly hint: string | null;

  constructor(message: string, { exit = EXIT.failed, hint = null, cause }: {
    exit?: ExitCode;
    hint?: string | null;
    cause?: unknown;
  } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.exit = exit;
    this.hint = hint;
  }
}

/** Ends the program with this code; what there was to say has been said. */
export class Exit extends Error {
  override name = "Exit";
  constructor(readonly code: ExitCode) {
    super(`exit ${code}`);
  }
}

/** A mistake in what the user typed or wrote down. */
export function mistake(message: string, hint: string | null = null): CliError {
  return new CliError(message, { exit: EXIT.usage, hint });
}
