/**
 * What a bench gives, and how it measures: medians of repeated runs, compared within one run of the program, since
 * figures of two machines or two days say little.
 *
 * @module
 */

export interface Row {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** A piece of work; its argument counts the calls. */
export type Work = (call: number) => unknown;

/**
 * The median time of one call of each, in milliseconds, from `rounds` samples of `calls` calls, after a warm-up.
 * They take turns, so that a busy moment of the machine falls on all of them.
 */
export async function medianMs<K extends string>(
  works: Readonly<Record<K, Work>>,
  { rounds, calls = 1 }: { rounds: number; calls?: number },
): Promise<Record<K, number>> {
  const entries = Object.entries<Work>(works).map(([name, work]) => {
    return { name, work, calls: 0, samples: [] as number[] };
  });
  for (let round = -1; round < rounds; round++) {
    for (const entry of entries) {
      const start = performance.now();
      for (let i = 0; i < calls; i++) {
        const pending = entry.work(entry.calls++);
        if (pending instanceof Promise) await pending;
      }
      if (round >= 0) entry.samples.push((performance.now() - start) / calls);
    }
  }
  const medians = entries.map(({ name, samples }) => [name, median(samples)]);
  return Object.fromEntries(medians);
}

function median(samples: number[]): number {
  return samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}

/** `0.144 ms`, `12.3 µs`. */
export function duration(ms: number): string {
  return ms >= 1 ? `${digits(ms)} ms` : `${digits(ms * 1_000)} µs`;
}

/** `1.3 x`: how many times `ms` is as long as `baseMs`. */
export function ratio(ms: number, baseMs: number): string {
  return `${digits(ms / baseMs)} x`;
}

/** `5.1 M/s`, `310 k/s`, from the time of one. */
export function rate(ms: number): string {
  const perSecond = 1_000 / ms;
  return perSecond >= 1e6 ? `${digits(perSecond / 1e6)} M/s` : `${digits(perSecond / 1e3)} k/s`;
}

function digits(n: number): string {
  return n >= 100 ? n.toFixed(0) : n.toPrecision(2);
}

/** The rows as lines of text, in columns. */
export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map((row) => row.name.length));
  const valueWidth = Math.max(...rows.map((row) => row.value.length));
  return rows.map(({ name, value, note = "" }) =>
    `${name.padEnd(width)}  ${value.padStart(valueWidth)}  ${note}`.trimEnd()
  ).join("\n");
}
