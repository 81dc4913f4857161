/**
 * The scripts of a folder that somebody asked for by name.
 *
 * @module
 */

export interface Script {
  /** The file's name without the ending. */
  readonly name: string;
  readonly url: string;
}

/**
 * Those of `names`, in that order; all when there are none. An unknown name ends the program with exit code 2.
 *
 * @param ending of the files that count, `_bench.ts`
 */
export async function chosen(
  folder: URL,
  ending: string,
  names: readonly string[],
): Promise<Script[]> {
  const all = new Map<string, Script>();
  for await (const file of Deno.readDir(folder)) {
    if (!file.isFile || !file.name.endsWith(ending)) continue;
    const name = file.name.slice(0, -ending.length);
    all.set(name, { name, url: new URL(file.name, folder).href });
  }
  const sorted = [...all.keys()].sort();
  const unknown = names.find((name) => !all.has(name));
  if (unknown !== undefined) {
    console.error(`Cannot run ${unknown}: there is ${sorted.join(", ") || "nothing"}`);
    Deno.exit(2);
  }
  return (names.length > 0 ? names : sorted).map((name) => all.get(name)!);
}
