import { must } from '../net/parsed.ts';
import { parsePrefixOrAddress, rangeOf } from '../net/prefix.ts';
import { rangeSize, type Range } from '../net/range.ts';
import type { AnnounceOptions } from './settings.ts';

/** Addresses and prefixes to announce on one interface, with its own MAC. */
export interface AnnounceJob {
  readonly interface: string;
  readonly addresses: readonly string[];
}

/** Addresses and prefixes as ranges, in their order; throws `TypeError` for text that is neither. */
export function announcedRanges(addresses: readonly string[]): Range[] {
  return addresses.map((text) => rangeOf(must(parsePrefixOrAddress(text))));
}

/** Jobs of the same interface joined, in the order of their first mention. */
export function jobsByInterface(jobs: readonly AnnounceJob[]): AnnounceJob[] {
  const joined = new Map<string, Set<string>>();
  for (const { interface: name, addresses } of jobs) {
    const all = joined.get(name) ?? new Set();
    joined.set(name, all);
    for (const address of addresses) all.add(address);
  }
  return [...joined].map(([name, addresses]) => ({ interface: name, addresses: [...addresses] }));
}

/** The frames that announce one address once. */
export function formsOf(options: AnnounceOptions): readonly ('request' | 'reply')[] {
  return options.form === 'both' ? ['request', 'reply'] : [options.form];
}

/** The frames of one round on one interface. */
export function framesPerRound(job: AnnounceJob, options: AnnounceOptions): number {
  const addresses = announcedRanges(job.addresses).reduce((sum, range) => sum + rangeSize(range), 0);
  return addresses * formsOf(options).length;
}

/** What an unlimited rate comes to, frames a millisecond, for the estimate alone. */
const UNLIMITED_PER_MS = 100;

/**
 * About how many milliseconds pass from the first frame to the last, interfaces side by side. Rounds begin `spacingMs` apart, or
 * when the one before is out.
 */
export function announceDuration(jobs: readonly AnnounceJob[], options: AnnounceOptions): number {
  const perMs = options.rate === null ? UNLIMITED_PER_MS : options.rate / 1000;
  const durations = jobsByInterface(jobs).map((job) => {
    const frames = framesPerRound(job, options);
    const round = frames / perMs;
    return frames === 0 ? 0 : (options.rounds - 1) * Math.max(options.spacingMs, round) + round;
  });
  return Math.ceil(Math.max(0, ...durations));
}
