/**
 * Makes the executable and runs the tests that start the program as a process with it in place of the source: the
 * integration tests, the demo, and with --e2e also those with the unmodified claude. Before that, start and memory of both.
 *
 *     deno task test:built [--e2e] [arguments of deno test]
 *
 * What needs a daemon of the tests' own (one that dies at a journal line, one whose clock leaps) still runs from source.
 *
 * @module
 */
import { duration, type Row, table } from "./bench/row.ts";
import { build } from "./build.ts";
import { testEndToEnd } from "./e2e.ts";
import { runTests } from "./run_tests.ts";

const TESTS = ["test/integration", "test/cli/demo_test.ts", "test/cli/observe_test.ts"];
const STARTS = 20;
const MAIN = new URL("../main.ts", import.meta.url).pathname;

if (import.meta.main) {
  const dir = await Deno.makeTempDir({ prefix: "cf-built-" });
  try {
    const { path, how } = await build({ dist: dir });
    console.log(`-- ${how}: ${path}`);
    Deno.env.set("CLAUDE_FAILOVER_BIN", path);
    Deno.env.set("CLAUDE_FAILOVER_RUNTIME", `${dir}/runtime`);
    console.log(table(await sideBySide(path)));
    const args = Deno.args.filter((arg) => arg !== "--e2e");
    const codes = [await runTests([...args, ...TESTS])];
    if (args.length < Deno.args.length) codes.push(await testEndToEnd(args));
    Deno.exitCode = Math.max(...codes);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** `version` of both, one after the other in turn, so that what else the machine does falls on both. */
async function sideBySide(built: string): Promise<Row[]> {
  const both = [
    { name: "from source", argv: [Deno.execPath(), "run", "-A", MAIN] },
    { name: "executable", argv: [built] },
  ].map((one) => ({ ...one, ms: [] as number[], mb: [] as number[] }));
  const first = await start(both[1]!.argv);
  for (let n = 0; n <= STARTS; n++) {
    for (const { argv, ms, mb } of both) {
      const figures = await start(argv);
      if (n === 0) continue; // caches
      ms.push(figures.ms);
      mb.push(figures.mb);
    }
  }
  return [
    { name: "executable, first start", value: duration(first.ms), note: "unpacks" },
    ...both.map(({ name, ms, mb }) => ({
      name: `${name}, start`,
      value: duration(median(ms)),
      note: `${median(mb).toFixed(0)} MB resident at most; median of ${STARTS}`,
    })),
  ];
}

/** How long `version` takes, and the most that it has resident by what the kernel says while it runs. */
async function start(argv: readonly string[]): Promise<{ ms: number; mb: number }> {
  const startedMs = performance.now();
  const child = new Deno.Command(argv[0]!, {
    args: [...argv.slice(1), "version"],
    stdin: "null",
    stdout: "null",
  }).spawn();
  let mb = 0;
  const look = setInterval(() => mb = Math.max(mb, residentMb(child.pid)), 2);
  const { success } = await child.status;
  clearInterval(look);
  if (!success) throw new Error(`Cannot measure ${argv.join(" ")}: it failed`);
  return { ms: performance.now() - startedMs, mb };
}

/** The most so far; zero when it has gone. */
function residentMb(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
