/**
 * Makes the executable, dist/claude-failover-VERSION-TARGET: by `deno compile` where a `denort` is at hand, else
 * (it comes from a download host that not every network reaches) as a self-extracting file. Says which.
 *
 *     deno task build [--pack] [--verbose] [--target TRIPLE|all]…
 *
 *     --pack: do not try `deno compile`      --verbose: say why it was not possible
 *
 * For another machine it is a self-extracting file with the Deno that npm has for it: checked for the right kind of
 * binary, not run. Beside them come SHA256SUMS and install.sh: what a person downloads.
 *
 * Either holds everything but tmux, flock and claude. At run time `Deno.build.standalone` tells the first kind, and
 * `$CLAUDE_FAILOVER_SELF` (the path of the executable) the second.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };
import { compile, type Made, otherWay } from "./build/compile.ts";
import { pack } from "./build/pack.ts";
import { writeSums } from "./build/sums.ts";
import { checkMachine, denoFor, targetsOf } from "./build/targets.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const NAME = manifest.name;
/** Time for `deno compile` with the download of a denort (40 MB). */
const COMPILE_TIMEOUT_MS = 90_000;

export interface Built {
  readonly path: string;
  readonly how: "deno compile" | "self-extracting";
  readonly bytes: number;
  readonly ms: number;
}

export interface BuildOptions {
  readonly dist?: string;
  readonly tryCompile?: boolean;
  /** Say why `deno compile` was not possible. */
  readonly isVerbose?: boolean;
  /** Default: this machine. */
  readonly target?: string;
}

export async function build(
  { dist = `${ROOT}dist`, tryCompile = true, isVerbose = false, target = Deno.build.target }:
    BuildOptions = {},
): Promise<Built> {
  const startedMs = performance.now();
  const isHere = target === Deno.build.target;
  const path = `${dist}/${NAME}-${manifest.version}-${target}`;
  await Deno.mkdir(dist, { recursive: true });
  const how = isHere && tryCompile && await compiled(path, isVerbose)
    ? "deno compile"
    : "self-extracting";
  if (how === "self-extracting") {
    await writePacked(path, { target, deno: isHere ? Deno.execPath() : await foreignDeno(target) });
  }
  await writeSums(dist, `${NAME}-${manifest.version}-`);
  await Deno.copyFile(`${ROOT}scripts/install.sh`, `${dist}/install.sh`);
  const { size } = await Deno.stat(path);
  return { path, how, bytes: size, ms: performance.now() - startedMs };
}

async function foreignDeno(target: string): Promise<string> {
  await Deno.mkdir(`${ROOT}.tools`, { recursive: true });
  const path = await denoFor(target, Deno.version.deno, `${ROOT}.tools`);
  await checkMachine(path, target);
  return path;
}

async function compiled(path: string, isVerbose: boolean): Promise<boolean> {
  const made = await compile(path, { run: deno, banner: `${NAME} ${manifest.version}` });
  if (!made.ok) {
    console.error(isVerbose ? `${otherWay(made.why)}: ${made.why}` : otherWay(made.why));
  }
  return made.ok;
}

async function writePacked(
  path: string,
  { target, deno: runtime }: { readonly target: string; readonly deno: string },
): Promise<void> {
  const bundle = await Deno.makeTempFile({ suffix: ".js" });
  try {
    const made = await deno(["bundle", "--quiet", "--minify", `--output=${bundle}`, "main.ts"]);
    if (!made.ok) throw new Error(`Cannot bundle the program: ${made.why}`);
    const release = {
      name: NAME,
      version: manifest.version,
      deno: Deno.version.deno,
      target,
    };
    const file = pack(release, {
      header: await Deno.readTextFile(new URL("./build/header.sh", import.meta.url)),
      app: await Deno.readFile(bundle),
      runtime: await Deno.readFile(runtime),
    });
    // A running executable cannot be written, but its name can be given to another file.
    await Deno.writeFile(`${path}.tmp`, file);
    await Deno.chmod(`${path}.tmp`, 0o755);
    await Deno.rename(`${path}.tmp`, path);
  } finally {
    await Deno.remove(bundle);
  }
}

async function deno(args: string[]): Promise<Made> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    signal: AbortSignal.timeout(COMPILE_TIMEOUT_MS),
  }).output();
  if (success) return { ok: true };
  const lines = new TextDecoder().decode(stderr).split("\n").map((line) => line.trim());
  const why = lines.filter((line) => line !== "" && !/^(Stack backtrace|\d+: <)/.test(line));
  return { ok: false, why: why.slice(0, 4).join(" ") || "it took too long" };
}

if (import.meta.main) {
  for (const target of asked()) {
    const tryCompile = !Deno.args.includes("--pack");
    const isVerbose = Deno.args.includes("--verbose");
    const { path, how, bytes, ms } = await build({ tryCompile, isVerbose, target });
    const size = `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(`${path.replace(ROOT, "")}\n${how}, ${size}, made in ${(ms / 1_000).toFixed(1)} s`);
    if (target !== Deno.build.target) console.log("for another machine: not run here");
  }
}

/** What `--target` names; this machine without it. A word that is no target ends the program with 2. */
function asked(): string[] {
  try {
    const at = Deno.args.flatMap((word, i) => word === "--target" ? [Deno.args[i + 1] ?? ""] : []);
    return at.length > 0 ? targetsOf(at) : [Deno.build.target];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}
