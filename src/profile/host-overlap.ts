import type { HostEntry } from './profile.ts';

/** An entry with the number of the segment that lists it. */
export interface SegmentEntry {
  readonly entry: HostEntry;
  readonly segment: number;
}

/** Whether each entry of the lists begins behind the one before, as where they were sorted: then nothing overlaps. */
export function areDisjoint(lists: readonly (readonly HostEntry[])[]): boolean {
  let reached = -1;
  for (const entries of lists) {
    for (const { first, last } of entries) {
      if (first <= reached) return false;
      reached = last;
    }
  }
  return true;
}

/**
 * Pairs of entries that give one address to two segments. Allowed is only a strictly more specific entry inside a prefix of another
 * segment. One sweep in O(n log n): of addresses and ranges only the farthest reaching ones matter, and prefixes nest, at most 33 deep.
 */
export function findOverlaps<T extends SegmentEntry>(entries: readonly T[]): (readonly [T, T])[] {
  const sorted = [...entries].sort((a, b) => a.entry.first - b.entry.first || b.entry.last - a.entry.last);
  const overlaps: (readonly [T, T])[] = [];
  const farthest = new Farthest<T>();
  let open: T[] = [];
  for (const item of sorted) {
    const { first } = item.entry;
    if (open.some(({ entry }) => entry.last < first)) open = open.filter(({ entry }) => entry.last >= first);
    const other = farthest.ofAnother(item.segment);
    const clash =
      other !== undefined && other.entry.last >= first
        ? other
        : open.find((prefix) => prefix.segment !== item.segment && !isInside(item.entry, prefix.entry));
    if (clash !== undefined) overlaps.push([clash, item]);
    if (item.entry.as !== 'prefix') farthest.add(item);
    else if (!open.some(({ entry }) => isSame(entry, item.entry))) open.push(item);
  }
  return overlaps;
}

function isSame(a: HostEntry, b: HostEntry): boolean {
  return a.first === b.first && a.last === b.last;
}

/** Of an entry that begins behind the prefix's beginning: whether it ends with it and is smaller. */
function isInside(entry: HostEntry, prefix: HostEntry): boolean {
  return entry.last <= prefix.last && !isSame(entry, prefix);
}

/** The entry that reaches farthest, and the one that does among all other segments' entries. */
class Farthest<T extends SegmentEntry> {
  #best: T | undefined;
  #other: T | undefined;

  add(item: T): void {
    if (this.#best === undefined || this.#best.segment === item.segment) {
      if (this.#best === undefined || item.entry.last > this.#best.entry.last) this.#best = item;
    } else if (item.entry.last > this.#best.entry.last) {
      this.#other = this.#best;
      this.#best = item;
    } else if (this.#other === undefined || item.entry.last > this.#other.entry.last) {
      this.#other = item;
    }
  }

  ofAnother(segment: number): T | undefined {
    return this.#best?.segment === segment ? this.#other : this.#best;
  }
}
