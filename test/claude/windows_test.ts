import { strict as assert } from "node:assert";
import { windowOfKey, windowOfLabel } from "../../lib/claude/windows.ts";

Deno.test("windowOfKey() knows the account's windows, one model's and credits, and keeps the name of any other", () => {
  const names = {
    five_hour: "five_hour",
    seven_day: "seven_day",
    seven_day_opus: "seven_day_opus",
    seven_day_oauth_apps: "seven_day_oauth_apps",
    overage: "credits",
    extra_usage: "credits",
    thirty_day: "other:thirty_day",
    "seven_day_<b>": "other:seven_day_b",
    constructor: "other:constructor",
  };
  for (const [key, name] of Object.entries(names)) assert.equal(windowOfKey(key), name, key);
  assert.equal(windowOfKey("x".repeat(500)).length, "other:".length + 40);
});

Deno.test("windowOfLabel() takes the words of /usage for the same windows as the keys", () => {
  const names = {
    "Current session": "five_hour",
    "Current week (all models)": "seven_day",
    "Current week": "seven_day",
    "Current week (Sonnet only)": "seven_day_sonnet",
    "Current week (Fable)": "seven_day_fable",
    "Extra usage": "credits",
    "Usage credits": "credits",
    "Current month (all models)": "other:Current month (all models)",
  };
  for (const [label, name] of Object.entries(names)) {
    assert.equal(windowOfLabel(label), name, label);
  }
});
