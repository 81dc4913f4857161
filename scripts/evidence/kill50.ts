/**
 * The daemon of a pool at work killed at fifty random moments, rather than five as in the suite. `KILL_SEED` picks
 * others than the usual ones.
 *
 * @module
 */
const test = new URL("../../test/integration/kill_anytime_test.ts", import.meta.url).pathname;

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", test],
  env: { KILL_TIMES: "50" },
  stdin: "null",
}).spawn().status;
Deno.exit(code);
