/**
 * A thousand days of a pool by the pure policy, and how often forecasts are right; the suite lives through forty.
 *
 * @module
 */
const test = new URL("../../test/quota_days_test.ts", import.meta.url).pathname;

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", test],
  env: { DAYS: "1-1000" },
  stdin: "null",
}).spawn().status;
Deno.exit(code);
