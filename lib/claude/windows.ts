/**
 * What Claude Code and its provider call the windows, in keys and in words.
 *
 * @module
 */
import type { WindowName } from "../model/quota.ts";

const LONGEST_NAME = 40;

/** Of a key as it stands in status lines, limit errors and cached figures: `five_hour`, `seven_day_opus`, `overage`. */
export function windowOfKey(key: string): WindowName {
  if (key === "five_hour" || key === "seven_day") return key;
  if (/^seven_day_[a-z0-9_]{1,30}$/.test(key)) return key as WindowName;
  if (key === "extra_usage" || key === "overage" || key === "spend_limit") return "credits";
  return other(key);
}

/** Of the words in front of a figure of `/usage`: "Current session", "Current week (Sonnet only)". */
export function windowOfLabel(label: string): WindowName {
  const words = label.trim();
  if (/^current session$/i.test(words)) return "five_hour";
  const week = /^current week(?: \((.+)\))?$/i.exec(words);
  if (week) {
    const of = week[1]?.toLowerCase() ?? "all models";
    if (of === "all models") return "seven_day";
    const model = of.replace(/ only$/, "").replace(/[^a-z0-9]+/g, "_").slice(0, 30);
    return `seven_day_${model}`;
  }
  if (/\b(?:extra usage|usage credits|spend)\b/i.test(words)) return "credits";
  return other(words);
}

function other(name: string): WindowName {
  return `other:${name.replace(/[^\w .()-]/g, "").slice(0, LONGEST_NAME)}`;
}
