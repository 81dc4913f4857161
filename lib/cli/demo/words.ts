/**
 * What the demo says at its beginning and at its end.
 *
 * @module
 */
import { duration } from "../../words/time.ts";
import type { Style } from "../style.ts";
import { ACCOUNTS, NOTES, type Places, WRITER } from "./scene.ts";
import type { Summary } from "./summary.ts";

/** Who plays, and where. */
export function openingWords({ root }: Places, agent: string, style: Style): string[] {
  return [
    style.bold("claude-failover demo"),
    `Two sessions, ${WRITER} and ${NOTES}, under the account ${style.bold(ACCOUNTS[0])}; ${
      style.bold(ACCOUNTS[1])
    } stands by.`,
    `The agent: ${agent}.`,
    style.dim(`Everything is in ${root}.`),
    "",
  ];
}

/** Measured on 2.1.330; the scripted agent is quicker. */
const REAL_TIMES =
  "  Claude Code itself takes about 0.1 s to stop and 0.5 s to start (`demo --real` shows it).";

/** The last screen of text: what was seen, and the times. */
export function closingWords(
  summary: Summary,
  { style, isReal, columns }: { style: Style; isReal: boolean; columns: number },
): string[] {
  const { from, to, chapters, messages, conversation, parts, limitToPromptMs } = summary;
  const written = chapters.after === 1 ? "the last one" : `the other ${chapters.after}`;
  return [
    style.bold(`The screen of ${WRITER} now`),
    ...summary.screen.map((line) => `  ${style.dim("│")} ${line.slice(0, columns - 4)}`),
    "",
    style.bold("What you just saw"),
    `  ${WRITER} ran into the limit of ${from} with ${chapters.before} chapters written. Nobody touched it: the daemon`,
    `  ended its process and resumed the same conversation (${
      conversation.slice(0, 8)
    }) under ${to}, with one prompt to go on.`,
    `  Under ${to} it wrote ${written}: each chapter stands in the book once. ${NOTES} was idle and moved along.`,
    `  One transcript holds it all: ${messages.user} messages to the agent, ${messages.assistant} from it.`,
    "",
    style.bold("Limit → prompt accepted under the other account"),
    `  ${style.good(duration(limitToPromptMs))} in all:`,
    ...timeRows([
      [parts.oursMs, "claude-failover: see the limit, decide, save, link, launch"],
      [parts.agentStopMs, "the agent, until its process was gone"],
      [parts.agentBootMs, "the agent, from its start until it took the prompt"],
    ], style),
    ...(isReal ? [] : [REAL_TIMES]),
  ];
}

function timeRows(rows: readonly (readonly [number, string])[], style: Style): string[] {
  return rows.map(([ms, what]) => `  ${duration(ms).padStart(8)}  ${style.dim(what)}`);
}

/** What is left when it was asked to keep everything. */
export function keptWords({ root, configPath, tmuxSocket }: Places): string[] {
  return [
    `Kept in ${root}; both sessions are still there:`,
    `  tmux -S ${tmuxSocket} attach -t ${WRITER}`,
    `  claude-failover --config ${configPath} run        # the daemon takes them over again`,
    `To remove it all:`,
    `  tmux -S ${tmuxSocket} kill-server; rm -r ${root}`,
  ];
}
