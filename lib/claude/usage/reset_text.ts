/**
 * The resets that Claude Code prints for people, as times: `Aug 28 at 10:20pm (Europe/London)`, `7:12pm (UTC)`, `Mon 12:00am`.
 * They name no year and often no day, so what is meant is the next one there is.
 *
 * @module
 */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const RESET =
  /^(?:(?<month>[a-z]{3})[a-z]* (?<day>\d{1,2})(?:,| at)? |(?<weekday>[a-z]{3})[a-z]*,? (?:at )?)?(?<hour>\d{1,2})(?::(?<minute>\d{2}))? ?(?<half>am|pm)(?: \((?<zone>[\w/+-]{1,60})\))?/i;

/** A text that was printed from figures of so long ago may name a reset that has passed. */
const PAST_MS = 2 * 3_600_000;

/**
 * Epoch milliseconds; null for what cannot be read. `zone`: of the process that printed it, where the text names none. In the hour
 * that the clocks go through twice it is the second, and in the one they leave out the moment after: a window that is taken for
 * full too long costs less than one that is taken for empty.
 */
export function resetOfText(text: string, now: number, zone: string): number | null {
  const found = RESET.exec(text.trim())?.groups;
  if (!found) return null;
  const hour = Number(found["hour"]) % 12 + (found["half"]!.toLowerCase() === "pm" ? 12 : 0);
  const minute = Number(found["minute"] ?? 0);
  if (Number(found["hour"]) > 12 || minute > 59) return null;
  try {
    const today = Temporal.Instant.fromEpochMilliseconds(now - PAST_MS)
      .toZonedDateTimeISO(found["zone"] ?? zone).toPlainDate();
    const days = found["month"]
      ? ofDate(today, MONTHS.indexOf(found["month"].toLowerCase()) + 1, Number(found["day"]))
      : found["weekday"]
      ? ofWeekday(today, WEEKDAYS.indexOf(found["weekday"].toLowerCase()) + 1)
      : [today, today.add({ days: 1 })];
    const times = days.map((day) =>
      day.toPlainDateTime({ hour, minute })
        .toZonedDateTime(found["zone"] ?? zone, { disambiguation: "later" }).epochMilliseconds
    );
    return times.find((at) => at >= now - PAST_MS) ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null; // no such zone or day
    throw error;
  }
}

/** The last reset there can be that was printed within the year, first. */
function ofDate(today: Temporal.PlainDate, month: number, day: number): Temporal.PlainDate[] {
  return [0, 1].map((years) =>
    Temporal.PlainDate.from({ year: today.year + years, month, day }, { overflow: "reject" })
  );
}

function ofWeekday(today: Temporal.PlainDate, weekday: number): Temporal.PlainDate[] {
  if (weekday === 0) return [];
  const days = (weekday - today.dayOfWeek + 7) % 7;
  return [today.add({ days }), today.add({ days: days + 7 })];
}
