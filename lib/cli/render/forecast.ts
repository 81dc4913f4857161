/**
 * A forecast in words, the same wherever one is shown.
 *
 * @module
 */
import type { Forecast } from "../../model/forecast.ts";
import { clockTime, type LocalTimeOf } from "../../words/time.ts";

/** `+18 %/h, full about 18:40 (18:20 to 19:30)`. */
export function forecastWords(forecast: Forecast, now: number, localTime: LocalTimeOf): string {
  if (forecast.is === "unknown") return `no forecast: ${forecast.why}`;
  const { pctPerHour, p10, p50, p90 } = forecast;
  const pace = `+${pctPerHour < 10 ? pctPerHour.toFixed(1) : Math.round(pctPerHour)} %/h`;
  const time = (at: number) => clockTime(at, now, localTime);
  if (p10 === null) return `${pace}, not full before its reset`;
  const late = p90 === null ? "or not before its reset" : `to ${time(p90)}`;
  if (p50 === null) {
    return `${pace}, probably not full before its reset (at the earliest ${time(p10)})`;
  }
  return `${pace}, full about ${time(p50)} (${time(p10)} ${late})`;
}
