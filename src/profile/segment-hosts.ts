import { ipv4ToNumber } from '../net/ipv4.ts';
import { addressOf, DEFAULT_PREFIX, lengthOf, networkOf, prefixFrom, rangeOf, type InterfaceAddress, type Prefix } from '../net/prefix.ts';
import { prefixCover } from '../net/prefix-cover.ts';
import { mergeRanges, subtractRanges, type Range } from '../net/range.ts';
import type { HostEntry, Segment } from './profile.ts';
import { enter } from '../model/groups.ts';

/**
 * The hosts that really live on each segment: what a more specific entry of another segment takes away is left out, and so are own
 * addresses and the network and broadcast addresses of the subnets. In the order of the segments; sorted and disjoint.
 */
export function hostsOfSegments(segments: readonly Segment[], subnets: readonly InterfaceAddress[]): (readonly Range[])[] {
  const special = mergeRanges(subnets.flatMap(specialAddresses));
  const owned: Range[][] = segments.map(() => []);
  let taken: readonly Range[] = [];
  for (const [, level] of [...bySize(segments)].sort(([a], [b]) => a - b)) {
    for (const [at, entries] of level) for (const range of outside(entries, taken)) owned[at]?.push(range);
    taken = mergeRanges([taken, ...level.values()].flat());
  }
  return owned.map((ranges) => outside(ranges, special));
}

/** What of `ranges` is in none of `holes`, which are sorted and disjoint: of very many of them, each range looks only at its own. */
function outside(ranges: readonly Range[], holes: readonly Range[]): readonly Range[] {
  const merged = mergeRanges(ranges);
  if (holes.length === 0) return merged;
  const left: Range[] = [];
  for (const range of merged) {
    const from = firstIndex(holes, (hole) => hole.last >= range.first);
    const to = firstIndex(holes, (hole) => hole.first > range.last);
    if (from === to) left.push(range);
    else for (const part of subtractRanges([range], holes.slice(from, to))) left.push(part);
  }
  return left;
}

/** Where a claim begins to hold that holds for everything behind as well. */
function firstIndex<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = list[middle];
    if (item === undefined || holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The entries by how specific they are (prefixes by their size, all others as 0: nothing is inside them), then by segment. */
function bySize(segments: readonly Segment[]): Map<number, Map<number, HostEntry[]>> {
  const levels = new Map<number, Map<number, HostEntry[]>>();
  for (const [at, segment] of segments.entries()) {
    for (const entry of segment.hosts) {
      const size = entry.as === 'prefix' ? entry.last - entry.first + 1 : 0;
      const level = levels.get(size) ?? new Map<number, HostEntry[]>();
      levels.set(size, level);
      const entries = level.get(at);
      if (entries === undefined) level.set(at, [entry]);
      else entries.push(entry);
    }
  }
  return levels;
}

function specialAddresses(address: InterfaceAddress): Range[] {
  const own = ipv4ToNumber(addressOf(address));
  const { first, last } = rangeOf(networkOf(address));
  const single = (number: number): Range => ({ first: number, last: number });
  return lengthOf(address) > 30 ? [single(own)] : [single(own), single(first), single(last)];
}

/** Routes to hosts of a segment. */
export interface HostRoutes {
  readonly to: readonly Prefix[];
  /** The length of the prefix of another segment around them, or 0: that segment's route comes before every shorter one. */
  readonly within: number;
}

/**
 * The fewest routes to each segment's hosts, in the order of the segments. Prefixes stay whole, since a longer prefix wins over them
 * anyway; own addresses are cut out of ranges. What lies inside a prefix of another segment is never joined with what lies around that.
 */
export function routesOfSegments(segments: readonly Segment[], own: readonly InterfaceAddress[]): HostRoutes[][] {
  const owned = own.map((address) => {
    const number = ipv4ToNumber(addressOf(address));
    return { first: number, last: number };
  });
  return segments.map((segment) => {
    const others = segments.flatMap((other) => (other === segment ? [] : other.hosts.filter(({ as }) => as === 'prefix')));
    return [...bySurroundings(segment.hosts, others)].map(([around, entries]): HostRoutes => {
      const loose = entries.filter(({ as }) => as !== 'prefix');
      const whole = entries.filter(({ as }) => as === 'prefix');
      const left = subtractRanges(loose, owned);
      const cover = prefixCover(whole.length === 0 ? left : mergeRanges([...left, ...whole]));
      if (around === undefined) return { to: cover, within: 0 };
      const [outer = DEFAULT_PREFIX] = prefixCover([around]);
      return { to: cover.flatMap((to) => (to === outer ? halvesOf(to) : [to])), within: lengthOf(outer) };
    });
  });
}

/** The two halves of a prefix of more than one address: what goes before it, and comes to the same. */
export function halvesOf(prefix: Prefix): Prefix[] {
  const length = lengthOf(prefix) + 1;
  const { first } = rangeOf(prefix);
  return [prefixFrom(first, length), prefixFrom(first + 2 ** (32 - length), length)];
}

/** The entries by the smallest of the other prefixes around them, if there is any; these are nested or disjoint. */
function bySurroundings(entries: readonly HostEntry[], others: readonly HostEntry[]): Map<HostEntry | undefined, HostEntry[]> {
  if (others.length === 0) return new Map([[undefined, [...entries]]]);
  const outermostFirst = (a: Range, b: Range): number => a.first - b.first || b.last - a.last;
  const waiting = others.toSorted(outermostFirst);
  const groups = new Map<HostEntry | undefined, HostEntry[]>();
  let open: HostEntry[] = [];
  let next = 0;
  for (const entry of entries.toSorted(outermostFirst)) {
    for (let other = waiting[next]; other !== undefined && other.first <= entry.first; other = waiting[++next]) {
      const { first } = other;
      open = [...open.filter(({ last }) => last >= first), other];
    }
    enter(
      groups,
      open.findLast(({ last }) => last >= entry.last),
      entry,
    );
  }
  return groups;
}
