import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrefix, rangeOf } from '../../src/net/prefix.ts';
import { prefixCover } from '../../src/net/prefix-cover.ts';
import { must, type Parsed } from '../../src/net/parsed.ts';
import { mergeRanges, parseRange, rangeSize, subtractRanges, type Range } from '../../src/net/range.ts';

/** Small numbers meet often; the edges of the address space are where arithmetic goes wrong. */
const address = fc.oneof(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0xffffffff - 40, max: 0xffffffff }));
const range = fc.tuple(address, address).map(([a, b]): Range => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const nearby = range.filter(({ first, last }) => last - first < 200);
const ranges = fc.array(nearby, { maxLength: 12 });

function addressesOf(all: readonly Range[]): Set<number> {
  const set = new Set<number>();
  for (const { first, last } of all) for (let value = first; value <= last; value++) set.add(value);
  return set;
}

function isCanonical(all: readonly Range[]): boolean {
  return all.every(({ first, last }, i) => first <= last && (i === 0 || (all[i - 1]?.last ?? 0) + 1 < first));
}

describe('parseRange()', () => {
  const told = (result: Parsed<Range>): unknown => (result.ok ? result.value : [result.code, result.instead]);

  it.each<[string, unknown]>([
    ['10.0.0.1-10.0.0.9', { first: 0x0a000001, last: 0x0a000009 }],
    ['10.0.0.1 - 10.0.0.9', { first: 0x0a000001, last: 0x0a000009 }],
    ['0.0.0.0-255.255.255.255', { first: 0, last: 0xffffffff }],
    ['10.0.0.9-10.0.0.9', { first: 0x0a000009, last: 0x0a000009 }],
    ['10.0.0.9-10.0.0.1', ['range-reversed', '10.0.0.1-10.0.0.9']],
    ['10.0.0.1-9', ['bad-address', '10.0.0.1-10.0.0.9']],
    ['010.0.0.1-10.0.0.9', ['leading-zeros', '10.0.0.1-10.0.0.9']],
    ['10.0.0.1-10.0.0.09', ['leading-zeros', '10.0.0.1-10.0.0.9']],
    ['10.0.0.1', ['bad-range', '10.0.0.1-10.0.0.1']],
    ['10.0.0.1-', ['bad-address', undefined]],
    ['-10.0.0.1', ['bad-address', undefined]],
    ['10.0.0.1-10.0.0.3-10.0.0.5', ['bad-address', undefined]],
  ])('reads %j', (text, expected) => expect(told(parseRange(text))).toEqual(expected));
});

describe('mergeRanges()', () => {
  it('keeps the addresses, and gives sorted ranges that do not touch', () => {
    fc.assert(
      fc.property(ranges, (all) => {
        const merged = mergeRanges(all);
        expect(addressesOf(merged)).toEqual(addressesOf(all));
        expect(isCanonical(merged)).toBe(true);
      }),
    );
  });

  it('leaves its input alone', () => {
    const all = [
      { first: 5, last: 9 },
      { first: 1, last: 5 },
    ];
    expect(mergeRanges(all)).toEqual([{ first: 1, last: 9 }]);
    expect(all).toEqual([
      { first: 5, last: 9 },
      { first: 1, last: 5 },
    ]);
  });
});

describe('subtractRanges()', () => {
  it('keeps exactly what is in no hole', () => {
    fc.assert(
      fc.property(ranges, ranges, (all, holes) => {
        const left = subtractRanges(all, holes);
        const without = addressesOf(holes);
        expect(addressesOf(left)).toEqual(new Set([...addressesOf(all)].filter((value) => !without.has(value))));
        expect(isCanonical(left)).toBe(true);
      }),
    );
  });
});

describe('rangeSize()', () => {
  it('counts both ends', () => {
    expect(rangeSize({ first: 7, last: 7 })).toBe(1);
    expect(rangeSize({ first: 0, last: 0xffffffff })).toBe(2 ** 32);
  });
});

describe('prefixCover()', () => {
  it('holds exactly the addresses of the ranges', () => {
    fc.assert(
      fc.property(ranges, (all) => {
        const cover = prefixCover(all);
        expect(addressesOf(cover.map(rangeOf))).toEqual(addressesOf(all));
        expect(cover.every((prefix) => parsePrefix(prefix).ok)).toBe(true);
      }),
    );
  });

  it('is minimal: no two of its prefixes make one, and none overlap', () => {
    fc.assert(
      fc.property(ranges, (all) => {
        const cover = prefixCover(all).map(rangeOf);
        cover.forEach((one, i) => {
          const next = cover[i + 1];
          if (next === undefined) return;
          expect(one.last).toBeLessThan(next.first);
          const size = rangeSize(one) + rangeSize(next);
          const joinable = one.last + 1 === next.first && rangeSize(one) === rangeSize(next) && one.first % size === 0;
          expect(joinable).toBe(false);
        });
      }),
    );
  });

  it.each<[string, string[]]>([
    ['0.0.0.0-255.255.255.255', ['0.0.0.0/0']],
    ['255.255.255.254-255.255.255.255', ['255.255.255.254/31']],
    ['192.168.0.70-192.168.0.79', ['192.168.0.70/31', '192.168.0.72/29']],
    ['10.0.0.1-10.0.0.6', ['10.0.0.1/32', '10.0.0.2/31', '10.0.0.4/31', '10.0.0.6/32']],
  ])('of %s', (text, expected) => expect(prefixCover([must(parseRange(text))])).toEqual(expected));
});
