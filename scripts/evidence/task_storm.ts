/**
 * Five hundred tasks over five projects and twenty sessions, with a death every second for ten minutes, rather than the few
 * of the suite. `STORM_SEED` picks other deaths.
 *
 * @module
 */
const test = new URL("../../test/integration/task_storm_test.ts", import.meta.url).pathname;

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", test],
  env: {
    STORM_TASKS: "500",
    STORM_PROJECTS: "5",
    STORM_SESSIONS: "20",
    STORM_SECONDS: "600",
    STORM_DEATH_EVERY_MS: "1000",
    STORM_REFUSALS: "1",
    ...Deno.env.toObject(),
  },
  stdin: "null",
}).spawn().status;
Deno.exit(code);
