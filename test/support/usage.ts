/**
 * How people and agents use up a window, minute by minute: distributions of work, each from one seed. Those in `TUNING` were looked
 * at when the constants of `lib/model/forecast.ts` were chosen; those in `HELD_OUT` never.
 *
 * @module
 */

/** Percent of a 5-hour window used in the next minute. */
export type Usage = () => number;
export type UsageShape = (random: () => number) => Usage;

/** Turns come at random, and each uses about as much as the others. */
function steady(random: () => number): Usage {
  const perHour = 12 + 50 * random();
  return () => poisson(random, 1) * perHour / 60 * exponential(random);
}

/** A bout of work, then nothing for a while. */
function bouts(random: () => number): Usage {
  const perHour = 30 + 80 * random();
  const [workMin, restMin] = [5 + 30 * random(), 5 + 20 * random()];
  let isAtWork = random() < 0.5;
  return () => {
    if (random() < 1 / (isAtWork ? workMin : restMin)) isAtWork = !isAtWork;
    return isAtWork ? poisson(random, 1) * perHour / 60 * exponential(random) : 0;
  };
}

/** Most turns are small and a few are huge. */
function heavyTailed(random: () => number): Usage {
  const perHour = 12 + 40 * random();
  const sigma = 1.3;
  const mean = Math.exp(sigma ** 2 / 2);
  return () => {
    const turns = poisson(random, 0.5);
    let used = 0;
    for (let i = 0; i < turns; i++) used += Math.exp(sigma * normal(random)) / mean;
    return used * perHour / 30;
  };
}

/** More and more sessions join in, or leave. */
function ramp(random: () => number): Usage {
  const start = 10 + 40 * random();
  const perMinute = (random() < 0.5 ? -0.3 : 0.4) / 60;
  let minutes = 0;
  return () => {
    minutes++;
    const pace = start * Math.max(0.1, 1 + perMinute * minutes);
    return poisson(random, 1) * pace / 60 * exponential(random);
  };
}

/** A slow hum, and now and then a crowd of subagents for some minutes. */
function crowds(random: () => number): Usage {
  const hum = 8 + 15 * random();
  let left = 0;
  return () => {
    if (left === 0 && random() < 1 / 50) left = 3 + Math.floor(8 * random());
    if (left > 0) left--;
    return poisson(random, 1) * (left > 0 ? 4 : 1) * hum / 60 * exponential(random);
  };
}

/** As evenly as a script works. */
function even(random: () => number): Usage {
  const perHour = 15 + 40 * random();
  return () => perHour / 60;
}

export const TUNING: Readonly<Record<string, UsageShape>> = { steady, bouts };
export const HELD_OUT: Readonly<Record<string, UsageShape>> = {
  "heavy-tailed": heavyTailed,
  ramp,
  crowds,
  even,
};

function exponential(random: () => number): number {
  return -Math.log(1 - random());
}

function normal(random: () => number): number {
  return Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * random());
}

function poisson(random: () => number, mean: number): number {
  let count = 0;
  for (let left = exponential(random); left < mean; left += exponential(random)) count++;
  return count;
}
