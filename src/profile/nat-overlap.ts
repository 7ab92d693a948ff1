import { must } from '../net/parsed.ts';
import { parsePrefixOrAddress, rangeOf } from '../net/prefix.ts';
import type { Range } from '../net/range.ts';
import { spotOf, type Report } from './problem.ts';
import type { NatMapping } from './profile.ts';

/** Addresses that one mapping names under one key. */
interface Named {
  readonly range: Range;
  readonly text: string;
  readonly index: number;
  readonly key: 'public' | 'private' | 'to';
}

/**
 * Reports what could be translated in two ways. Clear, and allowed: ports of an address that has another mapping, which are asked
 * first; sources inside one another, of which the most specific is asked first; a public address that several sources share.
 */
export function reportNatOverlaps(mappings: readonly (NatMapping | undefined)[], report: Report): void {
  const known = mappings.flatMap((mapping, index) => (mapping === undefined ? [] : [{ mapping, index }]));
  const pairs = known.flatMap(({ mapping, index }) => (mapping.map === 'address' || mapping.map === 'prefix' ? [{ mapping, index }] : []));
  reportShared(
    pairs.map(({ mapping, index }) => named(mapping.public, index, 'public')),
    report,
  );
  reportShared(
    pairs.map(({ mapping, index }) => named(mapping.private, index, 'private')),
    report,
  );
  reportRepeated(known, report);
  const publics = known.map(({ mapping, index }) => named(mapping.public, index, 'public'));
  const targets = known.flatMap(({ mapping, index }) => {
    if (mapping.map === 'source') return [];
    return [mapping.map === 'port' ? named(mapping.to, index, 'to') : named(mapping.private, index, 'private')];
  });
  reportPublicTargets(publics, targets, report);
}

function named(address: string, index: number, key: Named['key']): Named {
  return { range: rangeOf(must(parsePrefixOrAddress(address))), text: address, index, key };
}

/** Each entry that shares an address with an earlier one of the list. One sweep: prefixes nest, so only enclosing ones matter. */
function reportShared(entries: readonly Named[], report: Report): void {
  const sorted = [...entries].sort((a, b) => a.range.first - b.range.first || b.range.last - a.range.last || a.index - b.index);
  let outer: Named | undefined;
  for (const entry of sorted) {
    if (outer === undefined || outer.range.last < entry.range.first) {
      outer = entry;
      continue;
    }
    const [earlier, later] = outer.index < entry.index ? [outer, entry] : [entry, outer];
    const message = (line: string): string =>
      `The ${later.key} ${later.text} ${later.text === earlier.text ? 'is mapped' : `overlaps ${earlier.text}`} on ${line} already`;
    report.at(['nat', later.index, later.key], 'nat-overlap', message, { elsewhere: spotOf(report, ['nat', earlier.index, earlier.key]) });
  }
}

/** The same source, or the same port of a public address, twice. */
function reportRepeated(known: readonly { readonly mapping: NatMapping; readonly index: number }[], report: Report): void {
  const seen = new Map<string, number>();
  for (const { mapping, index } of known) {
    if (mapping.map !== 'source' && mapping.map !== 'port') continue;
    const what = mapping.map === 'source' ? mapping.source : `${mapping.protocol} port ${mapping.port} of ${mapping.public}`;
    const key = mapping.map === 'source' ? 'source' : 'port';
    const first = seen.get(what);
    if (first === undefined) {
      seen.set(what, index);
      continue;
    }
    const name = mapping.map === 'source' ? `The source ${what}` : `The ${what}`;
    report.at(['nat', index, key], 'nat-overlap', (line) => `${name} is mapped on ${line} already`, {
      elsewhere: spotOf(report, ['nat', first, key]),
    });
  }
}

/** A packet is translated once: what it is translated to has to be an address of the inside, not a public one of the router's. */
function reportPublicTargets(publics: readonly Named[], targets: readonly Named[], report: Report): void {
  const sorted = [...publics].sort((a, b) => a.range.first - b.range.first);
  const reach: { readonly last: number; readonly by: Named }[] = [];
  for (const entry of sorted) {
    const before = reach.at(-1);
    reach.push(before !== undefined && before.last >= entry.range.last ? before : { last: entry.range.last, by: entry });
  }
  for (const target of targets) {
    const found = reach[lastBeginningBy(sorted, target.range.last)];
    if (found === undefined || found.last < target.range.first) continue;
    report.at(
      ['nat', target.index, target.key],
      'nat-target-public',
      (line) => `${target.text} is a public address on ${line}: nothing lives there`,
      {
        elsewhere: spotOf(report, ['nat', found.by.index, 'public']),
      },
    );
  }
}

/** The last entry of the sorted ones that begins at or before the address; -1 for none. */
function lastBeginningBy(sorted: readonly Named[], address: number): number {
  let low = -1;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle]?.range.first ?? 0) <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}
