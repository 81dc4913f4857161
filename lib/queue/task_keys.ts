/**
 * What each key of a task's front matter may be, and what it means.
 *
 * @module
 */
import { parseDuration } from "../model/duration.ts";
import { TASK_KEYS, type TaskKey, type TaskSpec } from "../model/task.ts";
import { cleanText, hasUnseen } from "./words.ts";

type Value = string | readonly string[];

/** A value that cannot be: the message says what it must be. */
class KeyFault extends Error {}

export const MAX_TITLE = 120;
/** As long as the name of a file can be. */
const MAX_NAME = 250;
const MAX_LIST = 50;
/** As in the config. */
const TIMEOUT = { min: 60_000, max: 168 * 3_600_000, words: "from 1m to 168h" };
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?: ?(Z|[+-]\d\d:\d\d))?)?$/;

const READERS: Readonly<Record<TaskKey, (value: Value) => Partial<TaskSpec>>> = {
  title: (value) => ({ title: cleanText(textOf(value), MAX_TITLE) }),
  priority: (value) => ({ priority: wholeOf(value, 0, 100) }),
  session: (value) => ({ session: nameOf(value) }),
  model: (value) => ({ model: nameOf(value) }),
  account: (value) => ({ account: nameOf(value) }),
  after: (value) => ({ after: namesOf(value) }),
  not_before: (value) => ({ notBefore: timeOf(value) }),
  timeout: (value) => ({ timeoutMs: durationOf(value) }),
  max_attempts: (value) => ({ maxAttempts: wholeOf(value, 1, 100) }),
  labels: (value) => ({ labels: namesOf(value) }),
};

export interface Keys {
  readonly spec: Partial<TaskSpec>;
  readonly id: string | null;
  /** The task whose agent made this one, and how long that chain is said to be. */
  readonly madeBy: string | null;
  readonly hops: number;
  readonly ignored: readonly TaskKey[];
  readonly unknown: readonly string[];
}

/** What the keys say, or the reason why they cannot be. A key that may not be set is not even looked at. */
export function readKeys(
  values: ReadonlyMap<string, Value>,
  maySet: readonly TaskKey[],
): Keys | string {
  let spec: Partial<TaskSpec> = {};
  let id: string | null = null;
  let madeBy: string | null = null;
  let hops = 0;
  const ignored: TaskKey[] = [];
  const unknown: string[] = [];
  for (const [key, value] of values) {
    if (value === "") continue; // `title:` says nothing
    try {
      if (key === "id") id = nameOf(value);
      else if (key === "made_by") madeBy = nameOf(value);
      else if (key === "hops") hops = wholeOf(value, 0, 1_000_000);
      else if (!isTaskKey(key)) unknown.push(cleanText(key, 40));
      else if (!maySet.includes(key)) ignored.push(key);
      else spec = { ...spec, ...READERS[key](value) };
    } catch (error) {
      if (!(error instanceof KeyFault)) throw error;
      return `its ${key} ${error.message}`;
    }
  }
  return { spec, id, madeBy, hops: madeBy === null ? hops : Math.max(hops, 1), ignored, unknown };
}

function isTaskKey(key: string): key is TaskKey {
  return (TASK_KEYS as readonly string[]).includes(key);
}

function textOf(value: Value): string {
  if (typeof value === "string") return value;
  throw new KeyFault("must be one text, not a list");
}

function nameOf(value: Value): string {
  const text = textOf(value).trim();
  if (text === "" || text.length > MAX_NAME || hasUnseen(text)) {
    throw new KeyFault(`must be one line of at most ${MAX_NAME} characters`);
  }
  return text;
}

function namesOf(value: Value): string[] {
  const names = (typeof value === "string" ? [value] : value).map(nameOf);
  if (names.length > MAX_LIST) throw new KeyFault(`must name at most ${MAX_LIST}`);
  return [...new Set(names)];
}

function wholeOf(value: Value, min: number, max: number): number {
  const text = textOf(value).trim();
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  throw new KeyFault(`must be a whole number from ${min} to ${max}`);
}

function durationOf(value: Value): number {
  const ms = parseDuration(textOf(value).trim());
  if (ms !== null && ms >= TIMEOUT.min && ms <= TIMEOUT.max) return ms;
  throw new KeyFault(`must be a length of time ${TIMEOUT.words}, like 30m`);
}

/** A day alone begins at midnight UTC; a time without a zone is this machine's. */
function timeOf(value: Value): number {
  const found = TIME.exec(textOf(value).trim());
  const [day, time, zone] = found?.slice(1) ?? [];
  const at = Date.parse(time === undefined ? day ?? "" : `${day}T${time}${zone ?? ""}`);
  if (!Number.isNaN(at)) return at;
  throw new KeyFault("must be a time like 2026-11-23T06:00:00+01:00");
}
