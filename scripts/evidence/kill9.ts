/**
 * The daemon killed after each journal line of a swap, not only after every third as in the suite.
 *
 * @module
 */
const test = new URL("../../test/integration/kill9_test.ts", import.meta.url).pathname;

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", test],
  env: { KILL_EVERY: "1" },
  stdin: "null",
}).spawn().status;
Deno.exit(code);
