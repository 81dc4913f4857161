/**
 * The whole crash matrix of a pool's swap: every single point of every variant, and every pair of points of the plain
 * one. The suite runs a part of it. As many processes as there are processors share the work.
 *
 * @module
 */
const test = new URL("../../test/switcher_crash_test.ts", import.meta.url).pathname;
const parts = navigator.hardwareConcurrency;

const codes = await Promise.all(
  Array.from({ length: parts }, async (_, part) => {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", test],
      env: { MATRIX_PART: `${part}/${parts}` },
      stdin: "null",
    }).spawn().status;
    return code;
  }),
);
Deno.exit(Math.max(...codes));
