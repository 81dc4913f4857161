/**
 * The screens of Claude Code in `screens/<version>`, as they were captured.
 *
 * @module
 */
export interface Screen {
  /** `limit-80`. */
  readonly name: string;
  /** `limit`. */
  readonly scene: string;
  readonly version: string;
  readonly text: string;
}

const FOLDER = new URL("screens/", import.meta.url);

export async function screens(): Promise<Screen[]> {
  const found: Screen[] = [];
  for await (const { name: version, isDirectory } of Deno.readDir(FOLDER)) {
    if (!isDirectory) continue;
    for await (const { name: file } of Deno.readDir(new URL(version, FOLDER))) {
      const [, name, scene] = /^((.+)-\d+)\.txt$/.exec(file) ?? [];
      if (!name || !scene) continue;
      const text = await Deno.readTextFile(new URL(`${version}/${file}`, FOLDER));
      found.push({ name, scene, version, text });
    }
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}
