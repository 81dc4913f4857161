/**
 * The executable by `deno compile`, made beside its place: Deno does not write over a file that it has not made itself,
 * such as the self-extracting one of an earlier build.
 *
 * @module
 */
export type Made = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Runs Deno with these words, in the repository. */
export type RunDeno = (args: string[]) => Promise<Made>;

/** Whether it made an executable that is truly ours: with a wrong denort it can be just Deno (2.9.6). If not, `path` is as before. */
export async function compile(
  path: string,
  { run, banner }: {
    readonly run: RunDeno;
    /** How its `version` begins. */
    readonly banner: string;
  },
): Promise<Made> {
  const made = `${path}.new`;
  await removeIfThere(made);
  try {
    const done = await run([
      "compile",
      "--quiet",
      "-A",
      "--no-prompt",
      `--output=${made}`,
      "main.ts",
    ]);
    if (!done.ok) return done;
    const { stdout } = await new Deno.Command(made, { args: ["version"], stderr: "null" }).output();
    if (!new TextDecoder().decode(stdout).startsWith(banner)) {
      return { ok: false, why: "deno compile made something that is not this program" };
    }
    await Deno.rename(made, path);
    return { ok: true };
  } finally {
    await removeIfThere(made);
  }
}

/** What the other way is said to be for; `why` is long, and looks like a failure. */
export function otherWay(why: string): string {
  const what = why.includes("denort") ? "load denort" : "use deno compile";
  return `Cannot ${what} here; making a self-extracting file instead`;
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
