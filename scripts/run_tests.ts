/**
 * Runs `deno test` and ends with the line `N passed, N failed` alone, which a gate can read.
 *
 *     deno run -A scripts/run_tests.ts [arguments of deno test]
 *
 * The counts come from the JUnit report, where a test's steps count as tests of their own. What it does
 * not hold counts as one failure: a file that throws while loading, a type error, no test at all.
 *
 * @module
 */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads the totals of a JUnit report; null when there is none (a type error leaves the file empty). */
export function countsOf(junit: string): Counts | null {
  const head = /<testsuites\b[^>]*>/.exec(junit)?.[0];
  if (!head) return null;
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = junit.match(/<skipped/g)?.length ?? 0;
  return { passed: number("tests") - failed - skipped, failed, skipped };
}

/** What the gate is told: the exit code has the last word over the report. */
export function verdict(counts: Counts | null, exitCode: number): Counts {
  const seen = counts ?? { passed: 0, failed: 0, skipped: 0 };
  const hidden = (exitCode !== 0 && seen.failed === 0) || (seen.passed === 0 && seen.failed === 0);
  return hidden ? { ...seen, failed: seen.failed + 1 } : seen;
}

export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Resolves to the exit code. */
export async function runTests(args: readonly string[]): Promise<number> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", `--junit-path=${report}`, ...args],
      stdin: "null",
    }).spawn().status;
    const result = verdict(countsOf(await Deno.readTextFile(report)), code);
    console.log(closingLine(result));
    return result.failed > 0 ? code || 1 : 0;
  } finally {
    await Deno.remove(report);
  }
}

if (import.meta.main) Deno.exit(await runTests(Deno.args));
