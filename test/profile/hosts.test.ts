import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findOverlaps, type SegmentEntry } from '../../src/profile/host-overlap.ts';
import { parseHostsFile } from '../../src/profile/hosts-file.ts';
import type { HostEntry, Segment } from '../../src/profile/profile.ts';
import { hostsOfSegments } from '../../src/profile/segment-hosts.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';

/** Entries in a space of 32 addresses, so that they meet often. */
const entry: fc.Arbitrary<HostEntry> = fc.oneof(
  fc.nat(31).map((first): HostEntry => ({ first, last: first, as: 'address' })),
  fc
    .tuple(fc.nat(31), fc.nat(31))
    .map(([a, b]): HostEntry => ({ first: Math.min(a, b), last: Math.max(a, b), as: a === b ? 'address' : 'range' })),
  fc.tuple(fc.nat(31), fc.integer({ min: 1, max: 4 })).map(([at, bits]): HostEntry => {
    const first = (at >> bits) << bits;
    return { first, last: first + 2 ** bits - 1, as: 'prefix' };
  }),
);
const entries = fc.array(fc.record({ entry, segment: fc.nat(2) }), { maxLength: 8 });

/** The rule as it is written: addresses in common, but for a strictly more specific entry inside a prefix. */
function clash(a: SegmentEntry, b: SegmentEntry): boolean {
  if (a.segment === b.segment || a.entry.last < b.entry.first || b.entry.last < a.entry.first) return false;
  const inside = (inner: HostEntry, outer: HostEntry): boolean =>
    outer.as === 'prefix' && outer.first <= inner.first && inner.last <= outer.last && inner.last - inner.first < outer.last - outer.first;
  return !inside(a.entry, b.entry) && !inside(b.entry, a.entry);
}

describe('findOverlaps()', () => {
  it('gives pairs that clash', () => {
    fc.assert(
      fc.property(entries, (all) => {
        for (const [a, b] of findOverlaps(all)) expect(clash(a, b)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives some whenever any two clash', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const any = all.some((a, i) => all.slice(i + 1).some((b) => clash(a, b)));
        expect(findOverlaps(all).length > 0).toBe(any);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('hostsOfSegments()', () => {
  it('gives each address to the most specific entry that holds it', () => {
    const sound = entries.filter((all) => findOverlaps(all).length === 0);
    fc.assert(
      fc.property(sound, (all) => {
        const segments = [0, 1, 2].map((segment): Segment => ({
          interface: kernelLinkName(`eth${segment}`),
          addresses: [],
          hosts: all.filter((one) => one.segment === segment).map((one) => one.entry),
        }));
        const owners = hostsOfSegments(segments, []);
        for (let address = 0; address < 32; address++) {
          const holding = all.filter((one) => one.entry.first <= address && address <= one.entry.last);
          const size = ({ entry: { first, last, as } }: SegmentEntry): number => (as === 'prefix' ? last - first + 1 : 0);
          const least = Math.min(...holding.map(size));
          const owner = holding.find((one) => size(one) === least)?.segment;
          const given = owners.flatMap((ranges, segment) =>
            ranges.some(({ first, last }) => first <= address && address <= last) ? [segment] : [],
          );
          expect(given).toEqual(owner === undefined ? [] : [owner]);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseHostsFile()', () => {
  it.each<[claim: string, text: string, found: string[], wrong: string[]]>([
    ['nothing', '', [], []],
    ['comments and empty lines', '# a\n\n   \n\t# b\n', [], []],
    ['entries with white space around them', '  10.0.0.5  \n\t10.0.0.6\t\n10.0.0.7', ['10.0.0.5', '10.0.0.6', '10.0.0.7'], []],
    ['CRLF', '10.0.0.5\r\n10.0.0.6\r\n', ['10.0.0.5', '10.0.0.6'], []],
    ['comments behind entries', '10.0.0.5 # a\n10.0.0.6\t#b\n', ['10.0.0.5', '10.0.0.6'], []],
    ['ranges with and without blanks', '10.0.0.5-10.0.0.6\n10.0.0.7 - 10.0.0.8\n', ['10.0.0.5-10.0.0.6', '10.0.0.7 - 10.0.0.8'], []],
    ['a comment without a blank before it', '10.0.0.5#a\n', [], ['bad-address 10.0.0.5#a']],
    ['a name behind an address', '10.0.0.5 printer\n', [], ['hosts-file-line 10.0.0.5 printer']],
    ['two entries on a line', '10.0.0.5, 10.0.0.6\n', [], ['bad-address 10.0.0.5, 10.0.0.6']],
    ['a list sign', '- 10.0.0.5\n', [], ['bad-address - 10.0.0.5']],
    ['host bits', '10.0.0.5/24\n', [], ['host-bits-set 10.0.0.5/24']],
  ])('reads %s', (_claim, text, found, wrong) => {
    const { entries: read, offsets, mistakes } = parseHostsFile({ file: 'h', text });
    expect(read.map((_, i) => text.slice(offsets[2 * i], offsets[2 * i + 1]))).toEqual(found);
    expect(mistakes.map(({ code, start, end }) => `${code} ${text.slice(start, end)}`)).toEqual(wrong);
  });
});
