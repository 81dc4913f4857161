/**
 * One contract over every source of figures, whatever its text looks like.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { parseStatusLine } from "../../../lib/claude/status_line.ts";
import { lastQuotaError } from "../../../lib/claude/transcript.ts";
import type { Answer } from "../../../lib/claude/usage/answer.ts";
import { cachedUsage, cachedUsageSchema } from "../../../lib/claude/usage/cached.ts";
import { parseProgramOutput } from "../../../lib/claude/usage/program.ts";
import { parseRateLimitEvent } from "../../../lib/claude/usage/rate_limit_event.ts";
import { parseUsageText } from "../../../lib/claude/usage/text.ts";
import type { ByWindow, WindowReading } from "../../../lib/model/quota.ts";

const NOW = Date.UTC(2026, 10, 28, 5, 40);
const RESET = Date.UTC(2026, 10, 28, 9);
const SECONDS = RESET / 1000;

type Windows = ByWindow<WindowReading>;

interface Source {
  readonly name: string;
  read(text: string): Windows;
  /** A text that says 42.5 % of the five hours, or what the source rounds it to, until RESET; and a window nobody knows, at 7 %. */
  readonly text: string;
  readonly usedPct: number;
  /** The limit error tells of one window. */
  readonly tellsOne?: true;
}

function figuresOf(answer: Answer | null): Windows {
  return answer?.is === "figures" ? answer.windows : {};
}

const sources: Source[] = [
  {
    name: "status line",
    read: (text) => parseStatusLine(text)?.windows ?? {},
    text: JSON.stringify({
      session_id: "c",
      rate_limits: {
        five_hour: { used_percentage: 42.5, resets_at: SECONDS },
        lunar_month: { used_percentage: 7 },
      },
    }),
    usedPct: 42.5,
  },
  {
    name: "limit line of a transcript",
    read: (text) => {
      const error = lastQuotaError(`${text}\n`);
      return error?.window ? { [error.window]: { usedPct: 100, resetsAt: error.resetsAt } } : {};
    },
    text: JSON.stringify({
      type: "assistant",
      isApiErrorMessage: true,
      apiError: "usage_limit_reached",
      quotaLimits: { status: "rejected", resetsAt: SECONDS, rateLimitType: "five_hour" },
    }),
    usedPct: 100,
    tellsOne: true,
  },
  {
    name: "usage command",
    read: (text) => parseUsageText(text, NOW, "UTC").windows,
    text: "Current session: 42% used · resets Nov 28, 9am (UTC)\nCurrent lunar_month: 7% used",
    usedPct: 42,
  },
  {
    name: "what Claude Code has cached",
    read: (text) => {
      const parsed = cachedUsageSchema.safeParse(parsedOf(text)).data;
      return parsed ? cachedUsage(parsed).windows : {};
    },
    text: JSON.stringify({
      fetchedAtMs: NOW,
      utilization: {
        five_hour: { utilization: 42.5, resets_at: "2026-11-28T09:00:00.000Z" },
        lunar_month: { utilization: 7, resets_at: null },
        extra_usage: { is_enabled: false, utilization: null },
      },
    }),
    usedPct: 42.5,
  },
  {
    name: "rate limit event",
    read: (text) => figuresOf(parseRateLimitEvent(text)),
    text: JSON.stringify({
      type: "rate_limit_event",
      rate_limit_info: {
        status: "allowed",
        unifiedWindows: {
          five_hour: { utilization: 0.425, resetsAt: SECONDS },
          lunar_month: { utilization: 0.07 },
        },
      },
    }),
    usedPct: 42.5,
  },
  {
    name: "command",
    read: (text) => figuresOf(parseProgramOutput(text)),
    text: JSON.stringify({
      made_at: "2026-11-28T05:40:00Z",
      windows: {
        five_hour: { used_pct: 42.5, resets_at: "2026-11-28T10:00:00+01:00" },
        lunar_month: { used_pct: 7 },
      },
    }),
    usedPct: 42.5,
  },
];

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

for (const { name, read, text, usedPct, tellsOne } of sources) {
  Deno.test(`${name}: percent and a reset in epoch milliseconds`, () => {
    assert.deepEqual(read(text).five_hour, { usedPct, resetsAt: RESET });
  });

  Deno.test(`${name}: a window that we do not know keeps its name`, () => {
    const other = Object.entries(read(text)).find(([key]) => key.startsWith("other:"));
    assert.equal(other?.[1].usedPct, tellsOne ? undefined : 7);
    if (!tellsOne) assert.match(other![0], /^other:(?:Current )?lunar_month$/);
  });

  Deno.test(`${name}: a text cut anywhere tells nothing, or what stands whole in it, and never another figure`, () => {
    for (let length = 0; length < text.length; length++) {
      for (const [window, reading] of Object.entries(read(text.slice(0, length)))) {
        const whole = (read(text) as Record<string, WindowReading>)[window];
        assert.equal(reading.usedPct, whole?.usedPct, text.slice(0, length));
      }
    }
  });

  Deno.test(`${name}: what is no number is absent, not zero`, () => {
    for (const bad of ["null", '"42"', "-3", "{}", "1e999", "NaN"]) {
      const spoilt = text.replaceAll(/0\.425|42\.5|42(?=%)/g, bad).replaceAll(
        `"resetsAt":${SECONDS}`,
        `"resetsAt":${bad}`,
      );
      const reading = read(spoilt).five_hour;
      if (tellsOne) assert.equal(reading?.resetsAt ?? null, null, spoilt);
      else assert.equal(reading, undefined, spoilt);
    }
  });

  Deno.test(`${name}: nothing of other texts, and nothing throws`, () => {
    const odd = [
      "",
      "null",
      "[]",
      "{}",
      "constructor",
      "\u0000\ufffd",
      "{".repeat(5_000),
      "9".repeat(50_000),
      `${text}`.toUpperCase(),
    ];
    for (const other of odd) {
      const windows = Object.values(read(other));
      assert.ok(windows.every(({ usedPct }) => Number.isFinite(usedPct) && usedPct >= 0), other);
    }
    for (const { name: of, text: others } of sources) {
      // A program may hand on the line of a headless Claude Code.
      if (of === name || name === "command" && of === "rate limit event") continue;
      assert.equal(read(others).five_hour, undefined, `${name} reads ${of}`);
    }
  });

  Deno.test(`${name}: a source that makes windows up is bounded`, () => {
    const many = Array.from(
      { length: 400 },
      (_, i) => [`w${i}`, `{"used_percentage":1,"utilization":1,"used_pct":1}`],
    );
    const object = `{${many.map(([key, value]) => `"${key}":${value}`).join(",")}}`;
    const text = [
      `{"session_id":"c","rate_limits":${object}}`,
      `{"fetchedAtMs":1,"utilization":${object}}`,
      `{"windows":${object}}`,
      `{"type":"rate_limit_event","rate_limit_info":{"status":"allowed","unifiedWindows":${object}}}`,
      many.map(([key]) => `${key}: 1% used`).join("\n"),
    ];
    for (const each of text) assert.ok(Object.keys(read(each)).length <= 12);
  });
}
