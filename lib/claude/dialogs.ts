/**
 * Which dialog of Claude Code stands on a screen. Pure: it is given what a pane shows.
 *
 * Only what is live counts, never what a conversation quotes: a dialog stands at the very bottom, below a frame line from
 * the left edge on, its hint is the last line, and exactly one of its options is selected. Whatever of that is missing (it
 * is half drawn, cut off by a small window, or the prompt stands below it), there is no dialog.
 *
 * @module
 */
import type { DialogKind } from "../model/dialog.ts";
import {
  ANY_HINT,
  CONFIRM_HINT,
  DIALOGS,
  type DialogWording,
  LOGIN_ANSWER,
  LOGIN_PROMPT,
  ONBOARDING,
  SIGNED_OUT_NOTICE,
} from "./dialog_wording.ts";

export interface Dialog {
  readonly kind: DialogKind;
  /** From the top down; none for a mere notice. */
  readonly options: readonly DialogOption[];
  /** Index of the one that Enter would choose; null: none can be. */
  readonly selected: number | null;
}

export interface DialogOption {
  /** What `DIALOGS` calls it; null: it is none that anybody here may want. */
  readonly name: string | null;
  /** As it stands on the screen: not for the journal. */
  readonly label: string;
}

/** Null: none, or none that is wholly there. */
export function dialogOn(screen: string): Dialog | null {
  const lines = trimmed(screen);
  for (const wording of DIALOGS) {
    const dialog = read(lines, wording);
    if (dialog) return dialog;
  }
  return onboarding(lines) ?? loginNotice(lines) ?? unknownDialog(lines);
}

function trimmed(screen: string): string[] {
  const lines = screen.split("\n").map((line) => line.trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

function read(lines: readonly string[], wording: DialogWording): Dialog | null {
  const { kind, begins, hint = CONFIRM_HINT, options: names = {}, ruled = false } = wording;
  if (hint && !hint.test(lines.at(-1)?.trim() ?? "")) return null;
  const body = (hint ? lines.slice(0, -1) : lines).slice();
  const region = liveRegion(body, begins, ruled);
  const menu = region && menuOf(region);
  if (!menu) return null;
  const named = menu.labels.map((label) => {
    const name = Object.keys(names).find((name) => names[name]!.test(label)) ?? null;
    return { name, label };
  });
  return { kind, options: named, selected: menu.selected };
}

/** What stands below the last frame line, if it begins so. */
function liveRegion(lines: readonly string[], begins: RegExp, ruled: boolean): string[] | null {
  const frames = lines.flatMap((line, index) => isFrame(line) ? [index] : []);
  const candidates = frames.slice(ruled ? -2 : -1);
  for (const frame of candidates) {
    const region = lines.slice(frame + 1).filter((line) => !isFrame(line));
    const first = region.findIndex((line) => !isBlank(line) && !isFrame(line.trim()));
    if (first >= 0 && begins.test(region[first]!.trim())) return region.slice(first + 1);
  }
  return null;
}

/** From the left edge to the right one; a conversation is indented. */
function isFrame(line: string): boolean {
  return /^(?:─{20,}|▔{20,})$/.test(line);
}

function isBlank(line: string): boolean {
  return line.trim() === "";
}

/**
 * The options: the last lines that begin in the column of the selected one. What is indented further goes on with the
 * line above. Null unless exactly one is selected and there is a choice.
 */
function menuOf(region: readonly string[]): { labels: string[]; selected: number } | null {
  const marked = region.filter((line) => /^ *❯ \S/.test(line));
  if (marked.length !== 1) return null;
  const column = marked[0]!.indexOf("❯") + 2;
  const end = region.findLastIndex((line) => !isBlank(line)) + 1;
  const start = region.findLastIndex((line, index) => index < end && isBlank(line)) + 1;
  const labels: string[] = [];
  let selected: number | null = null;
  for (const line of region.slice(start, end)) {
    const isMarked = line === marked[0];
    const indent = isMarked ? column : line.search(/\S/);
    if (isMarked) selected = labels.length;
    if (indent === column) labels.push(line.slice(column).replace(/^\d+\. /, ""));
    else if (indent > column && labels.length > 0) labels.push(`${labels.pop()} ${line.trim()}`);
  }
  return selected === null || labels.length < 2 ? null : { labels, selected };
}

/** Which questions come, and in which order, is a person's to see. */
function onboarding(lines: readonly string[]): Dialog | null {
  const begins = lines.find((line) => !isBlank(line)) ?? "";
  if (!ONBOARDING.begins.test(begins) || lines.some(isFrame)) return null;
  const asks = lines.some((line) => ONBOARDING.asks.test(line.trim()));
  return asks ? { kind: "onboarding", options: [], selected: null } : null;
}

/** The prompt is there, but nobody is signed in: it is no menu, and nothing can be chosen. */
function loginNotice(lines: readonly string[]): Dialog | null {
  const [top, bottom] = lines.flatMap((line, index) => isFrame(line) ? [index] : []).slice(-2);
  if (top === undefined || bottom === undefined) return null;
  const above = lines.slice(0, top).findLast((line) => !isBlank(line)) ?? "";
  const prompt = lines.slice(top + 1, bottom);
  if (!prompt[0]?.startsWith("❯")) return null;
  const refused = prompt.length === 1 && LOGIN_PROMPT.test(prompt[0]) &&
    lines.slice(0, top).some((line) => LOGIN_ANSWER.test(line));
  return refused || SIGNED_OUT_NOTICE.test(above)
    ? { kind: "login", options: [], selected: null }
    : null;
}

function unknownDialog(lines: readonly string[]): Dialog | null {
  return read(lines, { kind: "unknown", begins: /./, hint: ANY_HINT });
}
