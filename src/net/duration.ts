import { parsed, unparsed, type Parsed } from './parsed.ts';

declare const brand: unique symbol;

/** A time span in milliseconds. Minted by `parseDuration` and `milliseconds`. */
export type Milliseconds = number & { readonly [brand]: 'Milliseconds' };

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses a number with a unit: `800ms`, `1.2s`, `2m`, `24h`, `1d`. The result is a whole number of milliseconds. */
export function parseDuration(text: string): Parsed<Milliseconds> {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) {
    return /^\d+(\.\d+)?$/.test(text)
      ? unparsed('missing-unit', `"${text}" lacks a unit`, `${text}${text.includes('.') ? 's' : 'ms'}`)
      : unparsed('bad-duration', `"${text}" is not a duration`, '800ms');
  }
  const value = Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1) * 1e6) / 1e6;
  if (!Number.isInteger(value)) return unparsed('bad-duration', `"${text}" is finer than a millisecond`, `${Math.ceil(value)}ms`);
  if (value > Number.MAX_SAFE_INTEGER) return unparsed('bad-duration', `"${text}" is too long`);
  return parsed(value as Milliseconds);
}

/** A number known to be a span in milliseconds. */
export function milliseconds(value: number): Milliseconds {
  return value as Milliseconds;
}
