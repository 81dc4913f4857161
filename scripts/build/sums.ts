/**
 * SHA256SUMS of what a person downloads, as `sha256sum -c` and scripts/install.sh read it.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Writes the sums of all files in the folder whose name begins so, in order of name; resolves to its path. */
export async function writeSums(dir: string, prefix: string): Promise<string> {
  const names = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
  const lines = await Promise.all(
    names.filter((name) => name.startsWith(prefix) && !name.endsWith(".tmp")).sort()
      .map(async (name) => `${sha256(await Deno.readFile(`${dir}/${name}`))}  ${name}\n`),
  );
  const path = `${dir}/SHA256SUMS`;
  await Deno.writeTextFile(`${path}.tmp`, lines.join(""));
  await Deno.rename(`${path}.tmp`, path);
  return path;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
