/**
 * `tmux kill-server` under twenty sessions at work, rather than six as in the suite: all work again, none twice, and
 * the time it took.
 *
 * @module
 */
const test = new URL("../../test/integration/kill_server_test.ts", import.meta.url).pathname;

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", test],
  env: { KILL_SERVER_SESSIONS: "20" },
  stdin: "null",
}).spawn().status;
Deno.exit(code);
