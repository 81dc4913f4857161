/**
 * `claude-failover demo`: the main job, played with made-up accounts in a home of its own.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import type { CliContext } from "../context.ts";
import { CliError, EXIT, Exit } from "../errors.ts";
import { styleFor } from "../style.ts";
import { closingWords, keptWords } from "./words.ts";
import { DemoFailed } from "./journal_watch.ts";
import { missingProgram } from "./needs.ts";
import { perform, type Performance } from "./perform.ts";
import { realCast } from "./real.ts";
import type { Places } from "./scene.ts";
import { scriptedCast } from "./scripted.ts";
import { silentStage, Stage } from "./stage.ts";

const AFTER = `
A daemon of its own runs two sessions in a tmux server of its own, under two
made-up accounts, until the first account hits its 5-hour limit. Nothing of
yours is read or changed, and nothing is left behind.

Examples:
  $ claude-failover demo
  $ claude-failover demo --speed 3     # the agent works three times as fast
  $ claude-failover demo --keep        # look at the sessions, the config and the journal afterwards
  $ claude-failover demo --real        # the unmodified Claude Code against a local API (from a source tree)`;

/** At speed 1. */
const CHAPTER_MS = 1_400;

export interface DemoOptions {
  readonly keep: boolean;
  readonly speed: number;
  readonly json: boolean;
  readonly real: boolean;
}

export function demoCommand(context: CliContext) {
  return new Command("demo")
    .description("Watch a limit hit one account, and the session go on under another one.")
    .option("--keep", "leave the home, the sessions and the tmux server of the demo", false)
    .option("--speed <factor>", "how fast the agent works, 0.2 to 10", parseSpeed, 1)
    .option("--json", "say nothing but the summary, as JSON", false)
    .option("--real", "play it with the installed Claude Code, against a local API", false)
    .addHelpText("after", AFTER)
    .action((options) => demo(context, options));
}

async function demo(context: CliContext, options: DemoOptions): Promise<void> {
  // Before anything is made that would have to be removed.
  const signal = AbortSignal.any([context.interrupted(), hungUp()]);
  const { clock, stdout } = context;
  const style = styleFor(context);
  const ports = await context.ports();
  const missing = await missingProgram(ports.processes);
  if (missing) throw missing;
  const startedMs = clock.monotonic();
  const elapsedMs = () => clock.monotonic() - startedMs;
  const stage = options.json
    ? silentStage(style)
    : new Stage({ out: stdout, style, isTty: context.isTty, elapsedMs });
  // Said at once, so that nobody presses twice: the second signal is obeyed without cleaning up.
  signal.addEventListener("abort", () => stage.say("Stopping ..."), { once: true });
  const cast = options.real
    ? (places: Places) => realCast(places, { ...ports, context })
    : (places: Places) => scriptedCast(places, ports);
  const chapterMs = CHAPTER_MS / options.speed;
  const performance = await perform(
    { context, ports, stage, chapterMs, keep: options.keep, cast },
    signal,
  ).catch((error) => {
    if (signal.aborted) return null;
    if (error instanceof DemoFailed) throw new CliError(error.message, { cause: error });
    throw error;
  });
  if (!performance) {
    stage.say("Stopped; nothing is left behind.");
    throw new Exit(EXIT.failed);
  }
  if (options.json) stdout.write(`${JSON.stringify(performance.summary, null, 2)}\n`);
  else for (const line of endWords(performance, options, context)) stage.say(line);
}

function endWords(
  { summary, places }: Performance,
  { keep, real }: DemoOptions,
  context: CliContext,
) {
  const style = styleFor(context);
  const words = ["", ...closingWords(summary, { style, isReal: real, columns: context.columns })];
  return [...words, "", ...(keep ? keptWords(places) : ["Nothing of it is left behind."])];
}

/** Aborted when the terminal goes away. */
function hungUp(): AbortSignal {
  const gone = new AbortController();
  Deno.addSignalListener("SIGHUP", () => gone.abort());
  return gone.signal;
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (speed >= 0.2 && speed <= 10) return speed;
  throw new InvalidArgumentError("It must be a number from 0.2 to 10.");
}
