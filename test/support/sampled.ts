import { it } from 'vitest';
import { LONG, SEED } from './tally.ts';

/** Of a table so many rows go by for each one that `npm test` takes. */
const EVERY = 4;

/**
 * `it.each` of a sweep: every row in the long run, and in `npm test` every fourth of them, another fourth with another seed. For tables whose rows
 * stand for the same claim at other places.
 */
export const eachOfSweep: typeof it.each = ((rows: readonly unknown[], ...rest: readonly unknown[]) =>
  (it.each as (...args: readonly unknown[]) => unknown)(LONG ? rows : sampled(rows), ...rest)) as typeof it.each;

/** Every fourth row, but at least one. */
export function sampled<T>(rows: readonly T[]): readonly T[] {
  const every = Math.min(EVERY, rows.length);
  return rows.filter((_, at) => at % every === SEED % every);
}

/** A test that takes too long for `npm test`: it is there in the long run alone. */
export const itInLongRun: typeof it = LONG ? it : ((() => undefined) as unknown as typeof it);
