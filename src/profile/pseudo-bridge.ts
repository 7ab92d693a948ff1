import { ipv4FromNumber, ipv4ToNumber } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { addressOf, type InterfaceAddress } from '../net/prefix.ts';
import { rangeSize } from '../net/range.ts';
import { DEFAULTS, readCommon } from './common-keys.ts';
import { areDisjoint, findOverlaps } from './host-overlap.ts';
import { parseHostsFile } from './hosts-file.ts';
import { parseHostEntry } from './host-entry.ts';
import { MOST_PROXIES } from './limits.ts';
import { spotOf, type Details, type Path, type Problem, type Report, type Spot } from './problem.ts';
import type { HostEntry, PseudoBridge, Segment } from './profile.ts';
import type { SourceReader } from './read-source.ts';
import { takeInterface, takeOwnAddresses } from './read-value.ts';
import type { Raw } from './schema.ts';
import { hostsOfSegments } from './segment-hosts.ts';
import { isSpan, type Span } from './source-text.ts';

type RawSegment = Raw<'pseudo-bridge'>['segments'][number];

/** Host entries of a segment: those in the profile, or those of its hosts file. There may be very many. */
interface Listing {
  readonly segment: number;
  readonly entries: readonly HostEntry[];
  /** The place of an entry; worked out only for mistakes. */
  at(index: number): Span | Spot;
  /** The path of `hosts_file`, for the entries of that file. */
  readonly cause?: Path;
}

/** One entry of a listing. */
interface Listed {
  readonly entry: HostEntry;
  readonly segment: number;
  readonly listing: Listing;
  readonly index: number;
}

/** Reads a pseudo-bridge; mistakes go to the report. */
export function readPseudoBridge(raw: Raw<'pseudo-bridge'>, stem: string, report: Report, readHosts: SourceReader): PseudoBridge {
  const common = readCommon(raw, DEFAULTS['pseudo-bridge'], stem, report);
  const listings: Listing[] = [];
  const segments = raw.segments.map((segment, i) => readSegment(segment, i, report, readHosts, listings));
  const answer = raw.answer ?? 'routed';
  checkInterfaces(segments, report);
  const disjoint = checkOverlaps(listings, segments, report);
  checkOwnAddresses(listings, segments, report);
  if (answer === 'listed') checkListed(raw, segments, report);
  // Of hosts that live everywhere nobody can say how many there are, and it would take long.
  if (answer === 'listed' && disjoint) checkProxies(segments, report);
  return { kind: 'pseudo-bridge', ...common, segments, answer };
}

function readSegment(raw: RawSegment, i: number, report: Report, readHosts: SourceReader, listings: Listing[]): Segment {
  const path = ['segments', i];
  const link = takeInterface(report, [...path, 'interface'], raw.interface) ?? LOOPBACK;
  const addresses = takeOwnAddresses(report, [...path, 'addresses'], raw.addresses ?? []);
  const own = [
    ...(raw.hosts === undefined ? [] : [readHostsIn(raw.hosts, i, report)]),
    ...(raw.hosts_file === undefined ? [] : readHostsOf(raw.hosts_file, i, report, readHosts)),
  ];
  listings.push(...own);
  const [only, more] = own;
  const hosts = only !== undefined && more === undefined ? only.entries : own.flatMap(({ entries }) => entries);
  return { interface: link, addresses, hosts };
}

function readHostsIn(texts: readonly string[], segment: number, report: Report): Listing {
  const path = ['segments', segment, 'hosts'];
  const entries: HostEntry[] = [];
  const places: number[] = [];
  for (const [index, text] of texts.entries()) {
    const entry = parseHostEntry(text);
    if (entry.ok) places[entries.push(entry.value) - 1] = index;
    else report.at([...path, index], entry.code, entry.problem, { instead: entry.instead });
  }
  return { segment, entries, at: (index) => spotOf(report, [...path, places[index] ?? 0]) };
}

/** None where the file cannot be read. */
function readHostsOf(file: string, segment: number, report: Report, readHosts: SourceReader): Listing[] {
  const cause = ['segments', segment, 'hosts_file'];
  const read = readHosts(file);
  if (!read.ok) {
    if (read.at === undefined) report.at(cause, read.code, read.problem);
    else report.within(cause, read.at, read.code, read.problem);
    return [];
  }
  const { source } = read;
  const { entries, offsets, mistakes } = parseHostsFile(source);
  for (const { start, end, code, problem, instead } of mistakes) report.within(cause, { source, start, end }, code, problem, { instead });
  return [{ segment, entries, at: (index) => ({ source, start: offsets[2 * index] ?? 0, end: offsets[2 * index + 1] ?? 0 }), cause }];
}

/** Every entry, in the order of the profile. */
function listedIn(listings: readonly Listing[]): Listed[] {
  return listings.flatMap((listing) =>
    listing.entries.map((entry, index): Listed => ({ entry, segment: listing.segment, listing, index })),
  );
}

function reportListed(report: Report, item: Listed, code: string, message: Problem['message'], details: Details): void {
  const { cause } = item.listing;
  const at = item.listing.at(item.index);
  if (isSpan(at)) report.within(cause ?? [], at, code, message, details);
  else report.at(at.path, code, message, details);
}

function checkInterfaces(segments: readonly Segment[], report: Report): void {
  const seen = new Map<LinkName, number>();
  segments.forEach(({ interface: link }, i) => {
    const first = seen.get(link);
    if (first === undefined) seen.set(link, i);
    if (first === undefined || link === LOOPBACK) return;
    report.at(['segments', i, 'interface'], 'same-interface-twice', (line) => `The interface ${link} is the segment on ${line} already`, {
      elsewhere: spotOf(report, ['segments', first, 'interface']),
    });
  });
}

/** Reports hosts of two segments, and tells whether there are none. */
function checkOverlaps(listings: readonly Listing[], segments: readonly Segment[], report: Report): boolean {
  if (areDisjoint(listings.map(({ entries }) => entries))) return true;
  const listed = listedIn(listings);
  const order = new Map(listed.map((item, at) => [item, at]));
  const name = (item: Listed): LinkName => segments[item.segment]?.interface ?? LOOPBACK;
  const overlaps = findOverlaps(listed);
  for (const pair of overlaps) {
    const [earlier, later] = (order.get(pair[0]) ?? 0) < (order.get(pair[1]) ?? 0) ? pair : [pair[1], pair[0]];
    const where = (line: string): string => `listed on ${name(earlier)}, too (${line}: ${entryText(earlier.entry)})`;
    const message = (line: string): string => `${entryText(later.entry)} on ${name(later)} is ${where(line)}: a host lives on one segment`;
    reportListed(report, later, 'host-in-two-segments', message, { elsewhere: earlier.listing.at(earlier.index) });
  }
  return overlaps.length === 0;
}

/** An entry as a profile writes it. */
export function entryText({ first, last, as }: HostEntry): string {
  switch (as) {
    case 'address':
      return ipv4FromNumber(first);
    case 'range':
      return `${ipv4FromNumber(first)}-${ipv4FromNumber(last)}`;
    case 'prefix':
      return `${ipv4FromNumber(first)}/${32 - Math.log2(last - first + 1)}`;
  }
}

/** Inside a prefix or a range the router's own address is left out, but nobody means it by itself. */
function checkOwnAddresses(listings: readonly Listing[], segments: readonly Segment[], report: Report): void {
  const own = new Map<number, { readonly address: InterfaceAddress; readonly segment: Segment }>();
  for (const segment of segments) for (const address of segment.addresses) own.set(ipv4ToNumber(addressOf(address)), { address, segment });
  if (own.size === 0) return;
  for (const listing of listings) {
    for (const [index, entry] of listing.entries.entries()) {
      const { as, first } = entry;
      const mine = as === 'address' ? own.get(first) : undefined;
      if (mine === undefined) continue;
      const message = `${ipv4FromNumber(first)} is the router's own address on ${mine.segment.interface}, not a host`;
      reportListed(report, { entry, segment: listing.segment, listing, index }, 'host-is-own-address', message, {});
    }
  }
}

function checkListed(raw: Raw<'pseudo-bridge'>, segments: readonly Segment[], report: Report): void {
  segments.forEach((segment, i) => {
    const { hosts, hosts_file: file } = raw.segments[i] ?? {};
    if (segment.hosts.length > 0 || (hosts?.length ?? 0) > 0 || file !== undefined) return;
    const message = `"answer: listed" answers for hosts alone, and the segment ${segment.interface} lists none`;
    report.at(['segments', i], 'listed-needs-hosts', message);
  });
}

function checkProxies(segments: readonly Segment[], report: Report): void {
  const own = segments.flatMap(({ addresses }) => addresses);
  const sizes = hostsOfSegments(segments, own).map((ranges) => ranges.reduce((sum, range) => sum + rangeSize(range), 0));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  segments.forEach(({ interface: link }, i) => {
    const proxies = all - (sizes[i] ?? 0);
    if (proxies <= MOST_PROXIES) return;
    const message = `${link} would need ${proxies} proxy neighbours, and parp writes at most ${MOST_PROXIES}: use "answer: routed"`;
    report.at(['segments', i], 'too-many-proxies', message);
  });
}
