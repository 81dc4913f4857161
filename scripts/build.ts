/**
 * Makes the executable, dist/claude-failover-VERSION-TARGET: by `deno compile` where a `denort` is at hand, else
 * (it comes from a download host that not every network reaches) as a self-extracting file. Says which.
 *
 *     deno task build [--pack]      --pack: do not try `deno compile`
 *
 * Either holds everything but tmux, flock and claude. At run time `Deno.build.standalone` tells the first kind, and
 * `$CLAUDE_FAILOVER_SELF` (the path of the executable) the second.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };
import { pack } from "./build/pack.ts";

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

export async function build({ dist = `${ROOT}dist`, tryCompile = true } = {}): Promise<Built> {
  const startedMs = performance.now();
  const path = `${dist}/${NAME}-${manifest.version}-${Deno.build.target}`;
  await Deno.mkdir(dist, { recursive: true });
  const how = tryCompile && await compile(path) ? "deno compile" : "self-extracting";
  if (how === "self-extracting") await writePacked(path);
  const { size } = await Deno.stat(path);
  return { path, how, bytes: size, ms: performance.now() - startedMs };
}

/** Whether `deno compile` made an executable that is truly ours: with a wrong denort it can be just Deno (2.9.6). */
async function compile(path: string): Promise<boolean> {
  const made = await deno([
    "compile",
    "--quiet",
    "-A",
    "--no-prompt",
    `--output=${path}`,
    "main.ts",
  ]);
  if (!made.ok) {
    console.error(`deno compile is not possible here: ${made.why}`);
    return false;
  }
  const { stdout } = await new Deno.Command(path, { args: ["version"], stderr: "null" }).output();
  const ours = new TextDecoder().decode(stdout).startsWith(`${NAME} ${manifest.version}`);
  if (!ours) console.error("deno compile made something that is not this program");
  return ours;
}

async function writePacked(path: string): Promise<void> {
  const bundle = await Deno.makeTempFile({ suffix: ".js" });
  try {
    const made = await deno(["bundle", "--quiet", "--minify", `--output=${bundle}`, "main.ts"]);
    if (!made.ok) throw new Error(`Cannot bundle the program: ${made.why}`);
    const release = {
      name: NAME,
      version: manifest.version,
      deno: Deno.version.deno,
      target: Deno.build.target,
    };
    const file = pack(release, {
      header: await Deno.readTextFile(new URL("./build/header.sh", import.meta.url)),
      app: await Deno.readFile(bundle),
      runtime: await Deno.readFile(Deno.execPath()),
    });
    // A running executable cannot be written, but its name can be given to another file.
    await Deno.writeFile(`${path}.tmp`, file);
    await Deno.chmod(`${path}.tmp`, 0o755);
    await Deno.rename(`${path}.tmp`, path);
  } finally {
    await Deno.remove(bundle);
  }
}

async function deno(args: string[]): Promise<{ ok: true } | { ok: false; why: string }> {
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
  const { path, how, bytes, ms } = await build({ tryCompile: !Deno.args.includes("--pack") });
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`${path.replace(ROOT, "")}\n${how}, ${size}, made in ${(ms / 1_000).toFixed(1)} s`);
}
