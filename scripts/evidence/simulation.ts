/**
 * Two hours of a pool on a fake clock for a thousand seeds; the suite runs two hundred.
 *
 * @module
 */
const test = new URL("../../test/switcher_simulation_test.ts", import.meta.url).pathname;

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", test],
  env: { SEEDS: "1-1000" },
  stdin: "null",
}).spawn().status;
Deno.exit(code);
