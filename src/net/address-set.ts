import { grouped } from './count-words.ts';
import { lengthOf, numberOf, prefixFrom, prefixWords, rangeOf, type Prefix } from './prefix.ts';
import { mergeRanges, type Range } from './range.ts';

declare const brand: unique symbol;

/**
 * Addresses as the first and the last number of each range, one behind the other: ascending, disjoint, neighbours joined. A hundred
 * thousand ranges are no objects so. Minted by `addressSet` and `AddressSetBuilder`.
 */
export type AddressSet = readonly number[] & { readonly [brand]: 'AddressSet' };

export const NO_ADDRESSES = [] as readonly number[] as AddressSet;

/** Gathers a set from ranges that come in ascending order and do not overlap. */
export class AddressSetBuilder {
  readonly #bounds: number[] = [];

  add(first: number, last: number): void {
    const { length } = this.#bounds;
    if (length > 0 && this.#bounds[length - 1] === first - 1) this.#bounds[length - 1] = last;
    else this.#bounds.push(first, last);
  }

  set(): AddressSet {
    return this.#bounds.length === 0 ? NO_ADDRESSES : (this.#bounds as readonly number[] as AddressSet);
  }
}

/** The addresses of ranges in any order. */
export function addressSet(ranges: readonly Range[]): AddressSet {
  const builder = new AddressSetBuilder();
  for (const { first, last } of mergeRanges(ranges)) builder.add(first, last);
  return builder.set();
}

/** The addresses of prefixes; fastest where they are in ascending order. */
export function addressesOf(prefixes: readonly Prefix[]): AddressSet {
  const builder = new AddressSetBuilder();
  let reached = -1;
  for (const prefix of prefixes) {
    const first = numberOf(prefix);
    if (first <= reached) return addressSet(prefixes.map(rangeOf));
    reached = first + 2 ** (32 - lengthOf(prefix)) - 1;
    builder.add(first, reached);
  }
  return builder.set();
}

export function rangesIn(set: AddressSet): Range[] {
  const ranges: Range[] = [];
  for (let i = 0; i < set.length; i += 2) ranges.push({ first: set[i] ?? 0, last: set[i + 1] ?? 0 });
  return ranges;
}

export function isEmptySet(set: AddressSet): boolean {
  return set.length === 0;
}

export function isSameSet(a: AddressSet, b: AddressSet): boolean {
  return a === b || (a.length === b.length && a.every((bound, at) => bound === b[at]));
}

/** How many addresses there are. */
export function sizeOfSet(set: AddressSet): number {
  let size = 0;
  for (let i = 0; i < set.length; i += 2) size += (set[i + 1] ?? 0) - (set[i] ?? 0) + 1;
  return size;
}

export function holdsAddress(set: AddressSet, address: number): boolean {
  return holdsRange(set, address, address);
}

/** Whether all of a range is in the set. */
export function holdsRange(set: AddressSet, first: number, last: number): boolean {
  let low = 0;
  let high = set.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (first < (set[2 * middle] ?? 0)) high = middle - 1;
    else if (first > (set[2 * middle + 1] ?? 0)) low = middle + 1;
    else return last <= (set[2 * middle + 1] ?? 0);
  }
  return false;
}

/** Whether any address of a range is in the set. */
export function meetsRange(set: AddressSet, first: number, last: number): boolean {
  let low = 0;
  let high = set.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (last < (set[2 * middle] ?? 0)) high = middle - 1;
    else if (first > (set[2 * middle + 1] ?? 0)) low = middle + 1;
    else return true;
  }
  return false;
}

/** What is in `a` and not in `b`; the very same set where they are known to have nothing in common. */
export function difference(a: AddressSet, b: AddressSet): AddressSet {
  if (a.length === 0 || (b.length * FEWER < a.length && !meetsAny(a, b))) return a;
  const left = new AddressSetBuilder();
  for (let i = 0, j = 0; i < a.length; i += 2) {
    const last = a[i + 1] ?? 0;
    let first = a[i] ?? 0;
    while (j < b.length && (b[j + 1] ?? 0) < first) j += 2;
    for (let k = j; k < b.length && first <= last && (b[k] ?? 0) <= last; k += 2) {
      const hole = b[k] ?? 0;
      if (hole > first) left.add(first, hole - 1);
      first = (b[k + 1] ?? 0) + 1;
    }
    if (first <= last) left.add(first, last);
  }
  return left.set();
}

/** From how many times fewer ranges on it is worth while to look each one up. */
const FEWER = 64;

function meetsAny(a: AddressSet, few: AddressSet): boolean {
  for (let i = 0; i < few.length; i += 2) if (meetsRange(a, few[i] ?? 0, few[i + 1] ?? 0)) return true;
  return false;
}

export function intersection(a: AddressSet, b: AddressSet): AddressSet {
  if (a.length === 0 || b.length === 0) return NO_ADDRESSES;
  const common = new AddressSetBuilder();
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [lastOfA, lastOfB] = [a[i + 1] ?? 0, b[j + 1] ?? 0];
    const first = Math.max(a[i] ?? 0, b[j] ?? 0);
    const last = Math.min(lastOfA, lastOfB);
    if (first <= last) common.add(first, last);
    if (lastOfA <= lastOfB) i += 2;
    if (lastOfB <= lastOfA) j += 2;
  }
  return common.set();
}

export function union(a: AddressSet, b: AddressSet): AddressSet {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const bounds: number[] = [];
  const add = (first: number, last: number): void => {
    const reached = bounds.at(-1);
    if (reached !== undefined && first <= reached + 1) bounds[bounds.length - 1] = Math.max(reached, last);
    else bounds.push(first, last);
  };
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (j >= b.length || (a[i] ?? Infinity) <= (b[j] ?? Infinity)) {
      add(a[i] ?? 0, a[i + 1] ?? 0);
      i += 2;
    } else {
      add(b[j] ?? 0, b[j + 1] ?? 0);
      j += 2;
    }
  }
  return bounds as readonly number[] as AddressSet;
}

export interface FirstPrefixes {
  readonly prefixes: Prefix[];
  readonly more: number;
}

/** `10.0.0.9, 10.0.1.0/24 and 4 more`. */
export function firstWords({ prefixes, more }: FirstPrefixes): string {
  return prefixes.map(prefixWords).join(', ') + (more === 0 ? '' : ` and ${grouped(more)} more`);
}

/** The first few of the fewest prefixes that hold exactly the set, in ascending order, and how many more there are. */
export function firstPrefixes(set: AddressSet, most: number): FirstPrefixes {
  const prefixes: Prefix[] = [];
  let count = 0;
  for (let i = 0; i < set.length; i += 2) {
    const last = set[i + 1] ?? 0;
    for (let first = set[i] ?? 0; first <= last; count++) {
      let size = 1;
      while (size < 2 ** 32 && first % (size * 2) === 0 && first + size * 2 - 1 <= last) size *= 2;
      if (count < most) prefixes.push(prefixFrom(first, 32 - Math.log2(size)));
      first += size;
    }
  }
  return { prefixes, more: count - prefixes.length };
}

/** The fewest prefixes that hold exactly the set, in ascending order. */
export function allPrefixes(set: AddressSet): Prefix[] {
  return firstPrefixes(set, Infinity).prefixes;
}
