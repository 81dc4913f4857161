/**
 * The executable as a stranger gets it: with an empty home and no Deno in PATH it says its version and its help,
 * and plays the demo; figures of the first and the later starts.
 *
 * @module
 */
import assert from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import { duration, type Row, table } from "../bench/row.ts";
import { build } from "../build.ts";

const LATER_STARTS = 10;
/** The demo plays for under a minute. */
const DEMO_TIMEOUT_MS = 120_000;

const rows: Row[] = [];

async function run(file: string, args: string[], home: string) {
  const startedMs = performance.now();
  const { code, stdout, stderr } = await new Deno.Command(file, {
    args,
    clearEnv: true,
    env: { HOME: home, PATH: "/usr/bin:/bin", TERM: "dumb", LANG: "C.UTF-8" },
    cwd: home,
    stdin: "null",
    signal: AbortSignal.timeout(DEMO_TIMEOUT_MS),
  }).output();
  const ms = performance.now() - startedMs;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 0, `${args.join(" ")}: ${text(stderr)}${text(stdout)}`);
  return { ms, stdout: text(stdout) };
}

/** What the folder holds, in bytes. */
async function weigh(dir: string): Promise<number> {
  let bytes = 0;
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    bytes += entry.isDirectory ? await weigh(path) : (await Deno.lstat(path)).size;
  }
  return bytes;
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const dir = await Deno.makeTempDir({ prefix: "cf-evidence-build-" });
try {
  const home = `${dir}/home`;
  await Deno.mkdir(home);
  const built = await build({ dist: `${dir}/dist` });
  rows.push({ name: "executable", value: megabytes(built.bytes), note: built.how });
  rows.push({ name: "made in", value: seconds(built.ms) });

  const first = await run(built.path, ["version"], home);
  assert.match(first.stdout, new RegExp(`^claude-failover ${manifest.version} `));
  rows.push({ name: "first start", value: seconds(first.ms), note: "`version`" });
  const later: number[] = [];
  for (let i = 0; i < LATER_STARTS; i++) {
    later.push((await run(built.path, ["version"], home)).ms);
  }
  later.sort((a, b) => a - b);
  const note = `median of ${LATER_STARTS}`;
  rows.push({ name: "later start", value: duration(later[LATER_STARTS / 2]!), note });

  const help = await run(built.path, ["--help"], home);
  assert.match(help.stdout, /^Usage: claude-failover/);

  const demo = await run(built.path, ["demo", "--speed", "3"], home);
  console.log(demo.stdout);
  rows.push({ name: "demo --speed 3", value: seconds(demo.ms), note: "exit 0" });
  const left = [];
  for await (const { name } of Deno.readDir(home)) left.push(name);
  assert.deepEqual(left, [".cache"], "it leaves nothing in the home but its cache");
  rows.push({ name: "left in the home", value: megabytes(await weigh(home)), note: "~/.cache" });
  console.log(table(rows));
} finally {
  await Deno.remove(dir, { recursive: true });
}
