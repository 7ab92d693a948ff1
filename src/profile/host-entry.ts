import { ipv4ToNumber, parseIpv4 } from '../net/ipv4.ts';
import { parsed, unparsed, type Parsed } from '../net/parsed.ts';
import { parsePrefix, rangeOf } from '../net/prefix.ts';
import { parseRange, type Range } from '../net/range.ts';
import type { HostEntry } from './profile.ts';
import { isUnicast, notUnicast } from './read-value.ts';

/** Parses who lives on a segment: an address, a range `a-b`, or a prefix. What names a single address counts as an address. */
export function parseHostEntry(text: string): Parsed<HostEntry> {
  const entry = parseEntry(text);
  if (!entry.ok || isUnicast(entry.value)) return entry;
  return unparsed('not-unicast', notUnicast(text));
}

function parseEntry(text: string): Parsed<HostEntry> {
  if (text.includes('/')) {
    const prefix = parsePrefix(text);
    return prefix.ok ? entryOf(rangeOf(prefix.value), 'prefix') : prefix;
  }
  if (text.includes('-')) {
    const range = parseRange(text);
    return range.ok ? entryOf(range.value, 'range') : range;
  }
  const address = parseIpv4(text);
  if (!address.ok) return address;
  const number = ipv4ToNumber(address.value);
  return entryOf({ first: number, last: number }, 'address');
}

function entryOf({ first, last }: Range, as: HostEntry['as']): Parsed<HostEntry> {
  return parsed({ first, last, as: first === last ? 'address' : as });
}
