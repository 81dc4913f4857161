import { strict as assert } from "node:assert";
import { resetOfText } from "../../../lib/claude/usage/reset_text.ts";
import { parseUsageText } from "../../../lib/claude/usage/text.ts";
import { USAGE_SAMPLES } from "../../../lib/claude/usage/wording.ts";

const NOW = Date.UTC(2026, 10, 28, 5, 40);
const HOUR = 3_600_000;

Deno.test("parseUsageText() reads every text that was seen", () => {
  for (const { seenIn, text, windows } of USAGE_SAMPLES) {
    const read = Object.entries(parseUsageText(text, NOW, "UTC").windows);
    const expected = Object.entries(windows).map((
      [name, [usedPct, reset]],
    ) => [name, { usedPct, resetsAt: reset === null ? null : resetOfText(reset, NOW, "UTC") }]);
    assert.deepEqual(read, expected, seenIn);
    const texts = Object.values(windows).flatMap(([, reset]) => reset ?? []);
    for (const reset of texts) assert.notEqual(resetOfText(reset, NOW, "UTC"), null, reset);
  }
});

function utc(text: string, now: string, zone = "UTC"): string | null {
  const at = resetOfText(text, Date.parse(now), zone);
  return at === null ? null : new Date(at).toISOString().slice(0, 16);
}

Deno.test("resetOfText() finds the next such moment, in the zone that is named or in ours", () => {
  const now = "2026-11-28T05:40:00Z";
  const cases = {
    "Nov 28, 10:39am (UTC)": "2026-11-28T10:39",
    "Nov 28, 5:39am (America/New_York)": "2026-11-28T10:39",
    "Dec 4, 12:39am (America/New_York)": "2026-12-04T05:39",
    "Aug 28 at 10:20pm (Europe/London)": "2027-08-28T21:20",
    "Jan 1 at 6am (UTC)": "2027-01-01T06:00",
    "7:12pm (UTC)": "2026-11-28T19:12",
    "3am (UTC)": "2026-11-29T03:00",
    "12am (UTC)": "2026-11-29T00:00",
    "12pm (UTC)": "2026-11-28T12:00",
    "Mon 12:00am": "2026-11-30T00:00",
    "Sat 4am (UTC)": "2026-11-28T04:00", // printed a while ago
    "Sat 1am (UTC)": "2026-12-05T01:00",
    "2:40pm (America/Chicago) · progress saved": "2026-11-28T20:40",
    "Feb 29 at 1pm (UTC)": null,
    "soon": null,
    "25pm": null,
    "5:75pm": null,
    "5pm (Mars/Olympus)": null,
    "": null,
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(utc(text, now), expected, text);
  }
  assert.equal(utc("Mon 12:00am", now, "Asia/Tokyo"), "2026-11-29T15:00");
});

Deno.test("resetOfText() takes the later moment where the clocks are changed", () => {
  // Oslo: back from 3:00 to 2:00 on 25 October 2026, forward from 2:00 to 3:00 on 28 March 2027.
  assert.equal(utc("2:30am (Europe/Oslo)", "2026-10-24T22:00:00Z"), "2026-10-25T01:30");
  assert.equal(utc("Oct 25 at 2:30am (Europe/Oslo)", "2026-10-24T22:00:00Z"), "2026-10-25T01:30");
  assert.equal(utc("4am (Europe/Oslo)", "2026-10-24T22:00:00Z"), "2026-10-25T03:00");
  assert.equal(utc("2:30am (Europe/Oslo)", "2027-03-27T22:00:00Z"), "2027-03-28T01:30");
  assert.equal(utc("4am (Europe/Oslo)", "2027-03-27T22:00:00Z"), "2027-03-28T02:00");
});

Deno.test("resetOfText() names no moment that has long passed, at any hour of two years", () => {
  for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2028, 0, 1); at += 7 * HOUR) {
    for (const text of ["2:30am", "11:59pm (Europe/Oslo)", "Mon 2am (America/New_York)"]) {
      const reset = resetOfText(text, at, "Europe/Oslo")!;
      assert.ok(
        reset >= at - 2 * HOUR && reset <= at + 7 * 24 * HOUR + HOUR,
        `${text} at ${new Date(at)}`,
      );
    }
  }
});
