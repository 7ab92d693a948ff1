import { grouped } from '../net/count-words.ts';
import { ipv4FromNumber, type Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { addressOf, interfaceAddress, lengthOf, networkOf, numberOf, rangeOf, type InterfaceAddress, type Prefix } from '../net/prefix.ts';
import { prefixCover } from '../net/prefix-cover.ts';
import { mergeRanges, rangeSize, subtractRanges, type Range } from '../net/range.ts';
import { confPath, IP_FORWARD } from '../net/sysctl-path.ts';
import { RT_TABLE_MAIN, PARP_PROTOCOL, type RouteValue, type Subject } from '../model/operation.ts';
import type { HostState } from '../model/state.ts';
import {
  delaySettings,
  emptyDraft,
  finish,
  proxy,
  forwardingSettings,
  ownAddress,
  redirectSettings,
  requireLinks,
  risk,
  sysctl,
  want,
  type Draft,
} from './common-settings.ts';
import { connectedNetworks, isTaken, reachedByLink, type Networks } from './connected.ts';
import type { Desired } from './desire.ts';
import type { PseudoBridge, Segment } from './profile.ts';
import { halvesOf, hostsOfSegments, routesOfSegments } from './segment-hosts.ts';

/** Segments that look like one subnet: host routes, forwarding, and proxy ARP on each for the hosts of the others. */
export function pseudoBridgeSettings(profile: PseudoBridge, host: HostState): Desired {
  const draft = emptyDraft();
  const links = profile.segments.map((segment) => segment.interface);
  requireLinks(draft, profile, links, host);
  const addresses = profile.segments.map((segment) => addressesOf(segment, profile, host));
  const assigned = addresses.flatMap(({ assign }) => assign);
  const present = host.addresses.filter((entry) => links.includes(entry.interface)).map((entry) => entry.address);
  const subnets = [...assigned, ...present];
  const hosts = hostsOfSegments(profile.segments, subnets);
  want(draft, delaySettings(profile, links, host), forwardingSettings(profile, links));
  for (const [at, segment] of profile.segments.entries())
    for (const address of addresses[at]?.assign ?? []) ownAddress(draft, segment.interface, address);
  const networks = connectedNetworks(
    host,
    profile.segments.map((segment, at) => ({ interface: segment.interface, addresses: addresses[at]?.assign ?? [] })),
  );
  addRoutes(
    draft,
    profile.segments,
    addresses.map(({ source }) => source),
    subnets,
    networks,
  );
  want(draft, redirectSettings(profile, links));
  const homes = hosts.map((ranges): Hosts => ({ ranges, cover: prefixCover(ranges) }));
  for (const [at, segment] of profile.segments.entries()) {
    answersOf(draft, profile, segment, joined(homes.filter((_, other) => other !== at)));
    draft.stale.push({ addresses: homes[at]?.cover ?? [], except: segment.interface });
  }
  addRisks(draft, profile, hosts, subnets);
  return finish(profile, draft);
}

interface SegmentAddresses {
  readonly assign: readonly InterfaceAddress[];
  /** The borrowed address, which the segment's routes must name: the kernel would ask there with another interface's address. */
  readonly source?: InterfaceAddress;
}

function addressesOf(segment: Segment, profile: PseudoBridge, host: HostState): SegmentAddresses {
  if (segment.addresses.length > 0) return { assign: segment.addresses };
  if (segment.hosts.length === 0 || host.addresses.some((entry) => entry.interface === segment.interface)) return { assign: [] };
  const candidates = profile.segments
    .flatMap((other) => other.addresses)
    .map((address) => ({ address, network: rangeOf(networkOf(address)) }));
  const covers = (network: Range, range: Range): boolean => network.first <= range.first && range.last <= network.last;
  const covering =
    candidates.find(({ network }) => segment.hosts.every((range) => covers(network, range))) ??
    candidates.find(({ network }) => segment.hosts.some((range) => covers(network, range)));
  if (covering === undefined) return { assign: [] };
  const borrowed = interfaceAddress(addressOf(covering.address), 32);
  return { assign: [borrowed], source: borrowed };
}

/** The routes to the hosts of every segment, but where a connected route leads to them already. */
function addRoutes(
  draft: Draft,
  segments: readonly Segment[],
  sources: readonly (InterfaceAddress | undefined)[],
  own: readonly InterfaceAddress[],
  networks: Networks,
): void {
  const routes = routesOfSegments(segments, own);
  const wanted = once(() => new Set(routes.flat().flatMap(({ to }) => to)));
  for (const [at, { interface: link }] of segments.entries()) {
    const source = sources[at];
    const value: RouteValue = {
      type: 'unicast',
      interface: link,
      scope: 'link',
      protocol: PARP_PROTOCOL,
      ...(source === undefined ? {} : { source: addressOf(source) }),
    };
    const add = (to: Prefix, within: number): void => {
      if (reachedByLink(to, link, networks, within)) return;
      if (!isTaken(to, networks) || lengthOf(to) === 32) {
        draft.settings.push({ kind: 'route', subject: { to, table: RT_TABLE_MAIN, metric: 0 }, value });
        return;
      }
      // An address that brings the very prefix to another interface has its place, but halves go before that.
      for (const half of halvesOf(to)) if (!wanted().has(half)) add(half, within);
    };
    for (const { to: prefixes, within } of routes[at] ?? []) for (const to of prefixes) add(to, within);
  }
}

/** What is worked out when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Hosts as ranges that are sorted and disjoint, and as the fewest prefixes. */
interface Hosts {
  readonly ranges: readonly Range[];
  readonly cover: readonly Prefix[];
}

/** The hosts of several segments; where only one has any, the very same. */
function joined(homes: readonly Hosts[]): Hosts {
  const inhabited = homes.filter(({ ranges }) => ranges.length > 0);
  const [only] = inhabited;
  if (only !== undefined && inhabited.length === 1) return only;
  const ranges = mergeRanges(inhabited.flatMap((home) => home.ranges));
  return { ranges, cover: prefixCover(ranges) };
}

/** What a segment's interface answers for: the hosts of the others, by its switch or by one entry each. */
function answersOf(draft: Draft, profile: PseudoBridge, segment: Segment, { ranges, cover: addresses }: Hosts): void {
  const link = segment.interface;
  const because: Subject[] = [{ kind: 'sysctl', subject: confPath(link, 'forwarding') }];
  if (profile.forwarding === 'global') because.push({ kind: 'sysctl', subject: IP_FORWARD });
  if (profile.answer === 'routed') {
    const path = confPath(link, 'proxy_arp');
    draft.settings.push(sysctl(path, '1'));
    because.push({ kind: 'sysctl', subject: path });
  } else {
    for (const { first, last } of ranges) {
      for (let number = first; number <= last; number++) draft.settings.push(proxy(ipv4FromNumber(number), link));
    }
  }
  draft.announcements.push({ interface: link, addresses, role: 'host', because });
  draft.claims.push({ interface: link, addresses, role: 'host', because });
}

function addRisks(draft: Draft, profile: PseudoBridge, hosts: readonly (readonly Range[])[], subnets: readonly InterfaceAddress[]): void {
  const own = new Set(subnets.map(numberOf));
  const inside = subnets.filter((address) => lengthOf(address) < 32).map((address) => rangeOf(networkOf(address)));
  for (const [at, segment] of profile.segments.entries()) {
    if (segment.hosts.length === 0) {
      if (profile.answer === 'routed') risk(draft, profile, 'unannounced-segment', 'warning', unannounced(segment.interface));
      continue;
    }
    const off = subtractRanges(hosts[at] ?? [], inside);
    if (off.length > 0) risk(draft, profile, 'host-off-subnet', 'warning', offSubnet(segment.interface, off));
    const taken = segment.hosts.filter(({ first, last }) => first === last && own.has(first)).map(({ first }) => ipv4FromNumber(first));
    if (taken.length > 0) risk(draft, profile, 'host-is-own-address', 'warning', ownAsHost(segment.interface, taken));
  }
}

function ownAsHost(link: LinkName, own: readonly Ipv4[]): string {
  return `${own.join(', ')} of segment ${link} is an address of this host itself, which answers for it on every interface and never sends it on; leave it out of hosts, or take it from the host`;
}

function unannounced(link: LinkName): string {
  return `Segment ${link} lists no hosts: the others can reach it, but its hosts are not announced to them, so stale ARP entries live on; list them under hosts`;
}

function offSubnet(link: LinkName, off: readonly Range[]): string {
  const prefixes = prefixCover(off);
  const count = off.reduce((sum, range) => sum + rangeSize(range), 0);
  const shown = prefixes.slice(0, 3).join(', ') + (prefixes.length > 3 ? ', …' : '');
  return `${count === 1 ? 'A host' : `${grouped(count)} hosts`} of segment ${link} (${shown}) lie outside every subnet of the profile: the others do not ask ARP for them; check the address, or add a subnet that holds it`;
}
