/**
 * The machines an executable can be made for, and where the Deno for each comes from: the package of npm that
 * `npm:deno` itself installs. There is none for musl (Alpine), and none is needed for this machine.
 *
 * @module
 */

/** Deno's target triple -> the package with its binary. */
export const TARGETS: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "@deno/linux-x64-glibc",
  "aarch64-unknown-linux-gnu": "@deno/linux-arm64-glibc",
  "x86_64-apple-darwin": "@deno/darwin-x64",
  "aarch64-apple-darwin": "@deno/darwin-arm64",
};

/** Those that `--target WORDS` names, `all` being each; throws a sentence for an unknown one. */
export function targetsOf(words: readonly string[]): string[] {
  const named = words.flatMap((word) => word === "all" ? Object.keys(TARGETS) : [word]);
  for (const target of named) {
    if (Object.hasOwn(TARGETS, target)) continue;
    const known = Object.keys(TARGETS).join(", ");
    throw new RangeError(`Cannot build for ${target}: there is no Deno for it in npm (${known})`);
  }
  return [...new Set(named)];
}

/** The Deno of this version for that machine; got with npm, which checks its sum, and kept in `folder`. */
export async function denoFor(target: string, version: string, folder: string): Promise<string> {
  const dir = `${folder}/deno-${version}-${target}`;
  const path = `${dir}/deno`;
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  const beside = await Deno.makeTempDir({ dir: folder, prefix: "deno-" });
  try {
    const spec = `${TARGETS[target]}@${version}`;
    const said = await output("npm", ["pack", "--silent", "--pack-destination", beside, spec]);
    await output("tar", ["-xzf", `${beside}/${said.trim()}`, "-C", beside, "package/deno"]);
    await Deno.mkdir(dir, { recursive: true });
    await Deno.rename(`${beside}/package/deno`, path);
    return path;
  } finally {
    await Deno.remove(beside, { recursive: true });
  }
}

/** What the first bytes of an executable say that it is for; null when they say nothing we know. */
export function machineOf(head: Uint8Array): string | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) === 0x7f454c46) { // ELF; e_machine is in the byte order of the file, little-endian for both
    return { 62: "x86_64-linux", 183: "aarch64-linux" }[view.getUint16(18, true)] ?? null;
  }
  if (view.getUint32(0, true) === 0xfeedfacf) { // Mach-O, 64 bits
    return { 0x01000007: "x86_64-darwin", 0x0100000c: "aarch64-darwin" }[view.getUint32(4, true)] ??
      null;
  }
  return null;
}

/** Throws unless this binary is for that machine: npm could have given us anything. */
export async function checkMachine(path: string, target: string): Promise<void> {
  using file = await Deno.open(path);
  const head = new Uint8Array(32);
  await file.read(head);
  const [cpu, , system] = target.split("-");
  const machine = machineOf(head);
  if (machine === `${cpu}-${system}`) return;
  throw new Error(`Cannot build for ${target}: its Deno is for ${machine ?? "something unknown"}`);
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const ran = await new Deno.Command(program, { args: [...args], stdin: "null" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (ran.success) return text(ran.stdout);
  throw new Error(`Cannot run ${program} ${args.join(" ")}: ${text(ran.stderr).trim()}`);
}
