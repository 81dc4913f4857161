import { equal } from "node:assert/strict";
import type { LocalTimeOf } from "../../lib/words/time.ts";
import { parseWhen } from "../../lib/cli/when.ts";
import { HOUR, MINUTE, NOON } from "../http/fixture.ts";
import { inBerlin } from "../support/local_time.ts";

const at = (text: string, now = NOON) => parseWhen(text, now, inBerlin);

Deno.test("parseWhen() knows what people write", () => {
  // NOON is 17:46:00 in Berlin, on 22 November.
  equal(at("17:30"), NOON - 16 * MINUTE + 59_999, "the whole minute counts");
  equal(at("17:30:00"), NOON - 16 * MINUTE);
  equal(at("7:46:00"), NOON - 10 * HOUR);
  equal(at("17:46"), NOON, "never later than now");
  equal(at("18:00:00"), NOON - 24 * HOUR + 14 * MINUTE, "what is still to come was yesterday");
  equal(at("2026-11-21T17:46:00"), NOON - 24 * HOUR);
  equal(at("2026-11-21 17:46:00"), NOON - 24 * HOUR);
  equal(at("2026-11-21T16:46:00Z"), NOON - 24 * HOUR);
  equal(at("2026-11-21T16:46:00+00:00"), NOON - 24 * HOUR);
  equal(at("10m ago"), NOON - 10 * MINUTE);
  equal(at("1h30m ago"), NOON - 90 * MINUTE);
  equal(
    at("2027-01-01T00:00:00"),
    Date.UTC(2026, 11, 31, 23),
    "the caller says what it may not be",
  );
});

Deno.test("parseWhen() takes nothing else for a time", () => {
  for (
    const text of ["", "noon", "24:00", "12:60", "12:00:60", "10m", "ago", " ago", "14", "x:10"]
  ) {
    equal(at(text), null, text);
  }
  equal(at("2026-13-01T00:00Z"), null);
});

/** Two hours before UTC in summer, one in winter; the clocks go back at 01:00 UTC on 25 October 2026. */
const inBerlinAllYear: LocalTimeOf = (at) =>
  inBerlin(at + (at < Date.UTC(2026, 9, 25, 1) ? HOUR : 0));

Deno.test("parseWhen() follows the clocks over a change of their offset", () => {
  const now = Date.UTC(2026, 9, 25, 12);
  equal(parseWhen("2026-10-25T00:30:00", now, inBerlinAllYear), Date.UTC(2026, 9, 24, 22, 30));
  equal(parseWhen("2026-10-25T12:30:00", now, inBerlinAllYear), Date.UTC(2026, 9, 25, 11, 30));
});
