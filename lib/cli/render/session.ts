/**
 * One session as a page of text.
 *
 * @module
 */
import type { SessionDetail } from "../../http/session_view.ts";
import type { Requester } from "../../model/event.ts";
import { exitWords } from "../../model/exits.ts";
import { unreachable } from "../../model/ids.ts";
import { phaseWords, type RenderOptions, restartWords } from "./status.ts";
import { clockTime, coarse, duration, wallTime } from "../../words/time.ts";
import { wrap } from "./wrap.ts";

const LABEL = 14;

/** `now`: when the view was made. No newline at its end. */
export function renderSession(view: SessionDetail, options: RenderOptions): string {
  const { style, columns } = options;
  const rows = rowsOf(view, options).flatMap(([label, text]) =>
    hanging(`  ${label.padEnd(LABEL)}`, text, columns)
  );
  const state = phaseWords(view, view.now, options);
  const since = view.since === null ? "" : ` for ${coarse(view.now - view.since)}`;
  return [
    `${style.bold(view.name)}: ${state}${since}`,
    ...rows,
    ...section("What happened, and why", history(view, options), options),
    ...section("Deaths in a row", deaths(view, options), options),
  ].join("\n");
}

function section(title: string, lines: string[], { style }: RenderOptions): string[] {
  return lines.length === 0 ? [] : ["", style.bold(title), ...lines];
}

function rowsOf(view: SessionDetail, options: RenderOptions): [string, string][] {
  const { project, cwd, conversation, run, pid, pane, launchedAt, transcript, now } = view;
  const ago = (at: number) => `${coarse(now - at)} ago`;
  const rows: [string, string | null][] = [
    ["account", accountWords(view, options)],
    ["project", [project, cwd].filter((part) => part !== null).join(", ") || null],
    ["conversation", conversation],
    ["transcript", transcript],
    ["run", run],
    [
      "process",
      pid === null
        ? null
        : `pid ${pid}, pane ${pane}${launchedAt === null ? "" : `, started ${ago(launchedAt)}`}`,
    ],
    ["held", view.hold && `${who(view.hold.by)}, ${ago(view.hold.since)}: ${view.hold.reason}`],
    [
      "asked for",
      view.asked && `its ${view.asked.to}, by ${who(view.asked.by)}, ${ago(view.asked.at)}`,
    ],
    ["next", view.restart && restartWords(view.restart, now)],
    ["keyboard", keyboardWords(view)],
    ["prompt", sendWords(view)],
    [
      "kept draft",
      view.keptDraft &&
      `${view.keptDraft.chars} characters, ${ago(view.keptDraft.at)}, in ${view.keptDraft.path}`,
    ],
    ["get there", pid === null ? null : `claude-failover session attach ${view.name}`],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null && row[1] !== "");
}

function accountWords(
  { account, pin, now }: SessionDetail,
  { localTime, style }: RenderOptions,
): string {
  const name = style.name(account);
  if (!pin) return name;
  const elsewhere = pin.account === account ? "" : ` to ${pin.account}`;
  return `${name}, pinned${elsewhere} by ${who(pin.by)} since ${
    clockTime(pin.since, now, localTime)
  }`;
}

function keyboardWords({ keyboard }: SessionDetail): string | null {
  if (!keyboard) return null;
  const { isTyping, draftChars } = keyboard;
  const draft = draftChars ? `an unsent draft of ${draftChars} characters` : null;
  const parts = [isTyping ? "a person is at it" : null, draft].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(", ");
}

function sendWords({ send, now }: SessionDetail): string | null {
  if (!send) return null;
  const sent = `${send.chars} characters, sent ${coarse(now - send.requestedAt)} ago`;
  const { stage } = send;
  switch (stage.is) {
    case "waiting":
      return `${sent}; waits until the session is free for it`;
    case "typing":
      return `${sent}; is being typed`;
    case "accepted":
      return `${sent}; was taken`;
    case "failed":
      return `${sent}; was not taken: ${stage.reason}`;
    default:
      return unreachable(stage);
  }
}

/** Newest first. */
function history({ history, now }: SessionDetail, options: RenderOptions): string[] {
  const { localTime, columns } = options;
  return history.toReversed().flatMap(({ at, to, why }) => {
    const ago = `${coarse(now - at)} ago`;
    const head = `  ${wallTime(at, localTime)}  ${ago.padEnd(16)}${to.padEnd(12)}`;
    return hanging(head, why, columns);
  });
}

function deaths({ deaths, now }: SessionDetail, { localTime }: RenderOptions): string[] {
  return deaths.toReversed().map(({ at, exit, livedMs, nth }) => {
    const ago = `${coarse(now - at)} ago`;
    const how = `number ${nth}: ${exitWords(exit)}, after ${duration(livedMs)}`;
    return `  ${wallTime(at, localTime)}  ${ago.padEnd(16)}${how}`;
  });
}

/** The text behind its head, its further lines below its beginning. */
function hanging(head: string, text: string, columns: number): string[] {
  const [first = "", ...rest] = wrap(text, columns - head.length);
  return [head + first, ...rest.map((line) => " ".repeat(head.length) + line)];
}

function who(by: Requester): string {
  return by === "person" ? "a person" : "the policy";
}
