/**
 * What people call a window.
 *
 * @module
 */
import type { WindowName } from "./quota.ts";

/** "5-hour window", as people call it. */
export function windowWords(window: WindowName | null): string {
  switch (window) {
    case "five_hour":
      return "5-hour window";
    case "seven_day":
      return "weekly window";
    case "credits":
      return "usage credits";
    case null:
      return "quota";
    default:
      return window.startsWith("other:")
        ? `window "${window.slice("other:".length)}"`
        : `weekly ${modelWords(window.slice("seven_day_".length))} window`;
  }
}

/** "Opus" of `opus`, "Oauth apps" of `oauth_apps`. */
function modelWords(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1).replaceAll("_", " ")}`;
}
