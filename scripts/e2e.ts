/**
 * The end-to-end tests: the unmodified `claude` from npm against the local API, with nothing but a loopback interface.
 *
 *     deno task test:e2e [arguments of deno test]
 *
 * CLAUDE_FAILOVER_E2E_CLAUDE names a `claude` to use instead of the one that is installed into `.tools/`. The tests get
 * an empty home and a scrubbed environment. They never run with a network: `claude` would send its made-up
 * credentials to the real provider if the proxy were ever left out.
 *
 * @module
 */
import { join } from "node:path";

/** The version that the facts in `test/e2e` were measured on. */
export const CLAUDE_VERSION = "2.1.330";
const CLAUDE_VARIABLE = "CLAUDE_FAILOVER_E2E_CLAUDE";
/** How many failovers test/e2e/latency_test.ts is to measure. */
const LATENCY_VARIABLE = "CLAUDE_FAILOVER_LATENCY_RUNS";
/** Where test/e2e/screens_test.ts is to write what it sees. */
export const SCREENS_VARIABLE = "CLAUDE_FAILOVER_SCREENS";
const PROGRESS_MS = 10_000;

const root = join(import.meta.dirname!, "..");

/** Ends the program with a reason that a person can act on. */
class CannotTest extends Error {}

if (import.meta.main) {
  try {
    Deno.exit(await testEndToEnd(Deno.args));
  } catch (error) {
    if (!(error instanceof CannotTest)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

/** Resolves to the exit code. */
export async function testEndToEnd(args: readonly string[]): Promise<number> {
  const namespace = await privateNetwork();
  const claude = Deno.env.get(CLAUDE_VARIABLE) ?? await installedClaude();
  say(`claude ${await versionOf(claude)} at ${claude}`);
  // While there is a network: dependencies that are not cached yet, and the types.
  await mustRun(Deno.execPath(), ["check", join(root, "test/e2e")]);
  const denoDir = JSON.parse(await outputOf(Deno.execPath(), ["info", "--json"])).denoDir;
  const home = await Deno.makeTempDir({ prefix: "cf-e2e-home-" });
  try {
    const [program, ...inNamespace] = namespace;
    const tests = ["--no-check", "--cached-only", ...args];
    const { code } = await new Deno.Command(program, {
      args: [
        ...inNamespace,
        ...[Deno.execPath(), "run", "-A", "--cached-only", join(root, "scripts/run_tests.ts")],
        ...tests,
        join(root, "test/e2e"),
      ],
      cwd: root,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
        HOME: home,
        LANG: "C.UTF-8",
        NO_COLOR: "1",
        DENO_DIR: denoDir,
        [CLAUDE_VARIABLE]: claude,
        ...handedOn(LATENCY_VARIABLE),
        ...handedOn(SCREENS_VARIABLE),
        // The executable in place of the source: deno task test:built.
        ...handedOn("CLAUDE_FAILOVER_BIN"),
        ...handedOn("CLAUDE_FAILOVER_RUNTIME"),
      },
      stdin: "null",
    }).spawn().status;
    return code;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** A variable that turns on what otherwise rests: it is seen by the tests when somebody sets it. */
function handedOn(name: string): Record<string, string> {
  const value = Deno.env.get(name);
  return value === undefined ? {} : { [name]: value };
}

/** The words before a command that run it where only `lo` is: as root, or in a user namespace of its own. */
async function privateNetwork(): Promise<[string, ...string[]]> {
  const withLoopback = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  let reason = "";
  for (const flags of [["--net"], ["--map-root-user", "--net"]]) {
    const words = [...flags, ...withLoopback];
    const tried = await run("unshare", [...words, "true"]);
    if (tried.success) return ["unshare", ...words];
    reason = tried.stderr.trim();
  }
  throw new CannotTest(
    `Cannot run the end-to-end tests: no network namespace of their own (${reason})\n` +
      "They need Linux with unshare (util-linux) and ip (iproute2), and root or unprivileged user namespaces.",
  );
}

/** The binary inside npm's package for this machine, so that no install script has to run. */
async function installedClaude(): Promise<string> {
  const folder = join(root, ".tools", `claude-${CLAUDE_VERSION}`);
  const found = await binaryIn(folder);
  if (found !== null) return found;
  say(`installing @anthropic-ai/claude-code@${CLAUDE_VERSION} from npm into .tools/ (380 MB)`);
  const began = performance.now();
  const progress = setInterval(() => {
    say(`still installing, ${Math.round((performance.now() - began) / 1000)} s`);
  }, PROGRESS_MS);
  try {
    await Deno.mkdir(folder, { recursive: true });
    await mustRun("npm", [
      ...["install", "--prefix", folder, "--ignore-scripts", "--include=optional"],
      ...["--no-save", "--no-fund", "--no-audit", "--loglevel=error"],
      `@anthropic-ai/claude-code@${CLAUDE_VERSION}`,
    ]);
  } finally {
    clearInterval(progress);
  }
  const installed = await binaryIn(folder);
  if (installed !== null) return installed;
  throw new CannotTest(`Cannot find claude in ${folder}: npm has no package for this system`);
}

/** npm takes one package per libc; the one that runs is the right one. */
async function binaryIn(folder: string): Promise<string | null> {
  const packages = join(folder, "node_modules", "@anthropic-ai");
  const names = await Array.fromAsync(Deno.readDir(packages), (entry) => entry.name)
    .catch((error) => {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    });
  for (const name of names.filter((name) => name.startsWith("claude-code-"))) {
    const path = join(packages, name, "claude");
    if ((await run(path, ["--version"])).success) return path;
  }
  return null;
}

async function versionOf(claude: string): Promise<string> {
  return /^\S+/.exec(await outputOf(claude, ["--version"]))?.[0] ?? "of an unknown version";
}

interface Ran {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[]): Promise<Ran> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] })
      .output();
    const text = new TextDecoder();
    return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { success: false, stdout: "", stderr: `there is no program ${program}` };
  }
}

async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await run(program, args);
  if (!success) throw new CannotTest(`Cannot run ${program} ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  await outputOf(program, args);
}

function say(line: string): void {
  console.error(`-- ${line}`);
}
