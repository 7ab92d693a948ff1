import { describe, expect, it } from 'vitest';
import {
  addressSet,
  allPrefixes,
  difference,
  firstPrefixes,
  holdsAddress,
  intersection,
  isEmptySet,
  NO_ADDRESSES,
  rangesIn,
  sizeOfSet,
  union,
  type AddressSet,
} from '../../src/net/address-set.ts';
import { prefixCover } from '../../src/net/prefix-cover.ts';
import type { Range } from '../../src/net/range.ts';
import { Random } from '../fuzz/random.ts';

const WORLD = 64;

/** A few ranges below WORLD, in any order and one over the other. */
function someRanges(random: Random): Range[] {
  return Array.from({ length: random.below(8) }, () => {
    const first = random.below(WORLD);
    return { first, last: Math.min(WORLD - 1, first + random.below(8)) };
  });
}

function members(set: AddressSet): number[] {
  return Array.from({ length: WORLD }, (_, number) => number).filter((number) => holdsAddress(set, number));
}

describe('address sets', () => {
  it('hold what the sets of their single addresses hold', () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = new Random(seed);
      const [ranges, others] = [someRanges(random), someRanges(random)];
      const [a, b] = [addressSet(ranges), addressSet(others)];
      const [inA, inB] = [ranges, others].map((list) => {
        return new Set(list.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)));
      });
      const expected = (keep: (number: number) => boolean): number[] => Array.from({ length: WORLD }, (_, i) => i).filter(keep);
      const is = (set: Set<number> | undefined, number: number): boolean => set?.has(number) === true;
      expect(members(a), `seed ${seed}`).toEqual(expected((number) => is(inA, number)));
      expect(members(union(a, b)), `seed ${seed}`).toEqual(expected((number) => is(inA, number) || is(inB, number)));
      expect(members(intersection(a, b)), `seed ${seed}`).toEqual(expected((number) => is(inA, number) && is(inB, number)));
      expect(members(difference(a, b)), `seed ${seed}`).toEqual(expected((number) => is(inA, number) && !is(inB, number)));
      expect(sizeOfSet(a)).toBe(inA?.size);
      for (const set of [a, union(a, b), intersection(a, b), difference(a, b)]) expectCanonical(set);
      expect(allPrefixes(a)).toEqual(prefixCover(ranges));
    }
  });

  /** Ascending, disjoint, and no two that touch. */
  function expectCanonical(set: AddressSet): void {
    expect(addressSet(rangesIn(set))).toEqual(set);
  }

  it('reach from 0.0.0.0 to 255.255.255.255', () => {
    const all = addressSet([{ first: 0, last: 2 ** 32 - 1 }]);
    expect(allPrefixes(all)).toEqual(['0.0.0.0/0']);
    expect(allPrefixes(difference(all, addressSet([{ first: 0, last: 2 ** 31 - 1 }])))).toEqual(['128.0.0.0/1']);
    expect(isEmptySet(difference(all, all))).toBe(true);
    expect(union(NO_ADDRESSES, all)).toBe(all);
  });
});

describe('firstPrefixes()', () => {
  it('gives the first few, and counts the others', () => {
    const set = addressSet([
      { first: 1, last: 4 },
      { first: 8, last: 15 },
    ]);
    expect(firstPrefixes(set, 2)).toEqual({ prefixes: ['0.0.0.1/32', '0.0.0.2/31'], more: 2 });
    expect(firstPrefixes(set, 4)).toEqual({ prefixes: ['0.0.0.1/32', '0.0.0.2/31', '0.0.0.4/32', '0.0.0.8/29'], more: 0 });
  });
});
