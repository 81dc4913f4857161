/**
 * From the limit to the marked prompt under the other account, 20 times, with the unmodified Claude Code: p50 and p95,
 * split into ours and its own (test/e2e/latency_test.ts).
 *
 * @module
 */
const e2e = new URL("../e2e.ts", import.meta.url).pathname;

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", e2e, "--filter", "latency"],
  env: { CLAUDE_FAILOVER_LATENCY_RUNS: Deno.env.get("CLAUDE_FAILOVER_LATENCY_RUNS") ?? "20" },
  stdin: "null",
}).spawn().status;
Deno.exit(code);
