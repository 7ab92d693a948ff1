import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelsOf, mergeLevels, placesCompared, placesNumbered, PrefixFinder, type Level } from '../../src/model/route-index.ts';
import { lengthOf, numberOf, prefixFrom, type Prefix } from '../../src/net/prefix.ts';

interface Entry {
  readonly to: Prefix;
  readonly metric: number;
}

/** Few prefixes, so that many of them are nested or the same. */
const entries = fc.array(
  fc
    .record({ address: fc.integer({ min: 0x0a000000, max: 0x0a00001f }), length: fc.integer({ min: 26, max: 32 }), metric: fc.nat(2) })
    .map(({ address, length, metric }): Entry => ({ to: prefixFrom(address, length), metric })),
  { maxLength: 60 },
);
const byMetric = (a: Entry, b: Entry): number => a.metric - b.metric;
const prefixes = (all: readonly Entry[]): ReadonlySet<Prefix> => new Set(all.map(({ to }) => to));

/** What the levels have to be: sorted by comparing. */
function expected(all: readonly Entry[]): readonly Entry[] {
  return all.toSorted((a, b) => lengthOf(b.to) - lengthOf(a.to) || numberOf(a.to) - numberOf(b.to) || byMetric(a, b));
}

function listed(levels: readonly Level<Entry>[]): Entry[] {
  return levels.flatMap(({ routes }) => routes);
}

describe('levelsOf()', () => {
  it('has the routes of a prefix in their order, whatever the order of the list', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const levels = levelsOf(all, byMetric);
        expect(listed(levels)).toEqual(expected(all));
        for (const { networks, routes, length } of levels) {
          expect([...networks]).toEqual(routes.map(({ to }) => numberOf(to)));
          expect(new Set(routes.map(({ to }) => lengthOf(to)))).toEqual(new Set([length]));
        }
      }),
    );
  });

  it('sorts addresses of the upper half behind the others', () => {
    const all = ['192.168.0.1/32', '10.0.0.1/32', '255.255.255.255/32', '0.0.0.1/32'].map((to) => ({ to: to as Prefix, metric: 0 }));
    expect(listed(levelsOf(all, byMetric)).map(({ to }) => to)).toEqual([
      '0.0.0.1/32',
      '10.0.0.1/32',
      '192.168.0.1/32',
      '255.255.255.255/32',
    ]);
  });
});

describe('placesNumbered()', () => {
  it('finds the order that placesCompared() finds for more routes', () => {
    const networks = fc.uint32Array({ maxLength: 40 }).map((numbers) => Uint32Array.from([...numbers, ...numbers.slice(0, 5)]));
    fc.assert(
      fc.property(networks, (of) => {
        expect(placesNumbered(of)).toEqual(placesCompared(of));
      }),
    );
  });
});

describe('mergeLevels()', () => {
  it('has what levelsOf() has of both lists', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const merged = mergeLevels(levelsOf(a, byMetric), levelsOf(b, byMetric), byMetric);
        expect(listed(merged)).toEqual(listed(levelsOf([...a, ...b], byMetric)));
        for (const { networks, routes } of merged) expect([...networks]).toEqual(routes.map(({ to }) => numberOf(to)));
      }),
    );
  });
});

describe('PrefixFinder', () => {
  it('finds what a filter finds, in whatever order it is asked', () => {
    fc.assert(
      fc.property(entries, fc.infiniteStream(fc.nat()), (all, numbers) => {
        const finder = new PrefixFinder(levelsOf(all, byMetric));
        const asked = [...prefixes(all), '10.0.0.40/32' as Prefix];
        const ascending = asked.toSorted((a, b) => numberOf(a) - numberOf(b));
        const shuffled = asked.map((to) => ({ to, at: numbers.next().value as number })).sort((a, b) => a.at - b.at);
        for (const to of [...ascending, ...ascending, ...shuffled.map((one) => one.to)]) {
          expect(finder.find(to)).toEqual(all.filter((entry) => entry.to === to).toSorted(byMetric));
        }
      }),
    );
  });
});
