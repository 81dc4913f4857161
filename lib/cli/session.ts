/**
 * `session`: list, show, start, stop, hold, attach to and capture sessions. Attaching and capturing need no daemon.
 *
 * @module
 */

import { ANCHOR, type Tmux, TmuxError } from "../ports/tmux.ts";
import { attachArgs } from "./attach.ts";
import { Command, examples, printJson, printLine, renderOptions, wholeNumber } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, EXIT, Exit, mistake } from "./errors.ts";
import { nameHint } from "./names.ts";
import { renderSessions } from "./render/status.ts";
import { pinCommands } from "./session_pin.ts";
import { sessionRequests } from "./session_requests.ts";
import { sendCommand } from "./session_send.ts";
import { showCommand } from "./session_show.ts";
import { withDaemon } from "./with_daemon.ts";

export function sessionCommand(context: CliContext): CommandUnknownOpts {
  const session = new Command("session").description("Look at the sessions, and get to them.");
  session.command("list")
    .summary("every session with its state")
    .description("List the sessions with account, project, state and conversation.")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover session list", "who does what"]))
    .action(({ json }) => list(context, json ?? false));
  session.addCommand(showCommand(context));
  session.command("start")
    .summary("start one that has ended")
    .description(
      "Start a session that a person has ended, that died, or that is quarantined; it goes on with its " +
        "conversation, and what it died of before counts no more.",
    )
    .argument("<name>", "the session, e.g. ccl-0")
    .addHelpText("after", examples(["claude-failover session start ccl-0", "after an /exit"]))
    .action(async (name) => {
      await withDaemon(context, `start ${name}`, (client) => client.start(name));
      printLine(
        context,
        `${name} is being started; \`claude-failover session list\` shows how it goes.`,
      );
    });
  for (const command of sessionRequests(context)) session.addCommand(command);
  for (const command of pinCommands(context)) session.addCommand(command);
  session.addCommand(sendCommand(context));
  session.command("attach")
    .summary("look at one in this terminal and type into it")
    .description("Attach this terminal to a session. Ctrl-b d leaves it again, and it goes on.")
    .argument("<name>", "the session, e.g. ccl-0")
    .addHelpText("after", examples(["claude-failover session attach ccl-0", "Ctrl-b d to leave"]))
    .action((name) => attach(context, name));
  session.command("capture")
    .summary("print what one shows")
    .description("Print what a session shows now.")
    .argument("<name>", "the session, e.g. ccl-0")
    .option("-n, --lines <n>", "that many lines of the scrollback too", wholeNumber, 0)
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover session capture ccl-0", "the screen"],
        ["claude-failover session capture ccl-0 --lines 500 | less", "with what scrolled away"],
      ),
    )
    .action((name, { lines, json }) => capture(context, name, { lines, json: json ?? false }));
  return session;
}

async function list(context: CliContext, json: boolean): Promise<void> {
  const sessions = await withDaemon(context, "list the sessions", (client) => client.sessions());
  if (json) return printJson(context, sessions);
  const { clock } = context;
  printLine(context, renderSessions(sessions, clock.now(), renderOptions(context)));
}

async function attach(context: CliContext, name: string): Promise<void> {
  const { config } = await context.loadConfig();
  const { tmux } = await context.ports();
  await mustExist(tmux(config.tmux.socket), name, `attach to ${name}`);
  await startIfResting(context, name);
  // tmux refuses to run inside another tmux while this is set; ours is a server of its own.
  const env = Object.fromEntries(Object.entries(context.env).filter(([key]) => key !== "TMUX"));
  const code = await context.onTerminal(attachArgs(config.tmux.socket, name), { env });
  if (code !== 0) throw new Exit(EXIT.failed);
}

/** One that was ended until it is needed (`failover.idle: on_demand`) comes up in the very pane that is looked at. */
async function startIfResting(context: CliContext, name: string): Promise<void> {
  try {
    await withDaemon(context, `start ${name}`, async (client) => {
      const found = (await client.sessions()).find((session) => session.name === name);
      if (found?.phase === "parked" && found.onDemand) await client.start(name);
    });
  } catch (error) {
    if (!(error instanceof CliError)) throw error; // without a daemon there is still something to look at
  }
}

async function capture(
  context: CliContext,
  name: string,
  { lines, json }: { readonly lines: number; readonly json: boolean },
): Promise<void> {
  const { config } = await context.loadConfig();
  const tmux = (await context.ports()).tmux(config.tmux.socket);
  await mustExist(tmux, name, `capture ${name}`);
  const screen = await tmux.capture(name, { historyLines: lines });
  if (json) printJson(context, { session: name, screen });
  else context.stdout.write(screen);
}

/** `what` stands after "Cannot". */
async function mustExist(tmux: Tmux, name: string, what: string): Promise<void> {
  const names = await tmux.panes().then(
    (panes) => [...new Set(panes.map((pane) => pane.session))],
    (error) => {
      if (!(error instanceof TmuxError)) throw error;
      throw new CliError(`Cannot ${what}: ${error.message}`, { cause: error });
    },
  );
  if (names.includes(name)) return;
  const there = names.filter((other) => other !== ANCHOR).sort();
  throw mistake(
    `Cannot ${what}: no session of that name runs on the tmux socket of the config`,
    nameHint(name, there) ?? "none runs; `claude-failover run` starts them",
  );
}
