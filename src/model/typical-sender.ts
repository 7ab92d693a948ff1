import { ipv4FromNumber, ipv4ToNumber, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { rangeOf } from '../net/prefix.ts';
import type { Range } from '../net/range.ts';
import { isOwnAddress } from './fib-index.ts';
import { groupBy } from './groups.ts';
import { onceForEach } from './once-for-each.ts';
import { subnetOf, type HostState } from './state.ts';
import { waysTo } from './way-to.ts';

/** Who asks on a link, and who asks there for the first one's own address; the same where nobody else is known. */
export interface Senders {
  readonly usual: Ipv4;
  readonly other: Ipv4;
}

/** TEST-NET-1 (RFC 5737): where nobody knows of a neighbour. */
const ANYBODY: Range = { first: 0xc0000201, last: 0xc0000202 };

/**
 * Typical neighbours of a link: hosts of its own subnets to whom the host's way leads by that link, so that rp_filter lets them pass.
 * Where the link has no subnet, hosts that a route leads to by it. Where no way leads out by it at all, hosts of the other links'
 * subnets (the wires look like one), or else of no network: these a strict rp_filter rejects, so that the link answers nobody.
 */
export function typicalSenders(state: HostState, at: LinkName): Senders {
  const found: Ipv4[] = [];
  const add = (ranges: Iterable<Range>, isOne: (address: Ipv4) => boolean): void => {
    for (const range of ranges) {
      for (const number of ends(range)) {
        if (found.length >= 2) return;
        const address = ipv4FromNumber(number);
        if (isHost(number) && !found.includes(address) && !isOwnAddress(state, address) && isOne(address)) found.push(address);
      }
    }
  };
  const isNeighbour = (address: Ipv4): boolean => waysTo(state, address).some((way) => way.interface === at);
  add(subnetsOf(state).get(at) ?? [], isNeighbour);
  add(routesBy(state).get(at) ?? [], isNeighbour);
  if (found.length === 0) add([ANYBODY], isNeighbour);
  if (found.length === 0) add(allSubnets(state), () => true);
  if (found.length === 0) add([ANYBODY], () => true);
  const [usual, other] = found;
  if (usual === undefined) return { usual: ipv4FromNumber(ANYBODY.first), other: ipv4FromNumber(ANYBODY.last) };
  return { usual, other: other ?? usual };
}

/** 0.0.0.0/8 and 127.0.0.0/8 are no neighbours, nor is what is beyond unicast. */
function isHost(number: number): boolean {
  const octet = number >>> 24;
  return octet !== 0 && octet !== 127 && octet < 224;
}

/** How many addresses at either end of a range are tried, and how many routes of a link. */
const TRIED = 8;

/** Addresses from both ends of a range, without the very first and the very last of it where it holds more than two. */
function ends({ first, last }: Range): number[] {
  if (last - first < 2) return first === last ? [first] : [first, last];
  const [low, high] = [first + 1, last - 1];
  const count = Math.min(TRIED, high - low + 1);
  const lower = Array.from({ length: count }, (_, i) => low + i);
  return [...lower, ...Array.from({ length: count }, (_, i) => high - i)];
}

const subnetsOf = onceForEach((state: HostState): ReadonlyMap<LinkName, readonly Range[]> => {
  const groups = groupBy(
    state.addresses.filter((entry) => entry.interface !== LOOPBACK),
    (entry) => entry.interface,
  );
  return new Map([...groups].map(([link, entries]) => [link, entries.map((entry) => rangeOf(subnetOf(entry)))]));
});

const allSubnets = onceForEach((state: HostState): readonly Range[] => [...subnetsOf(state).values()].flat());

/** Of each link, where some of the routes by it lead: to the gateway, where they have one. */
const routesBy = onceForEach((state: HostState): ReadonlyMap<LinkName, readonly Range[]> => {
  const ways = new Map<LinkName, Range[]>();
  for (const { type, interface: link, via, to } of state.routes) {
    if (type !== 'unicast' || link === undefined) continue;
    const known = ways.get(link);
    if (known !== undefined && known.length >= TRIED) continue;
    const way = via === undefined ? rangeOf(to) : { first: ipv4ToNumber(via), last: ipv4ToNumber(via) };
    if (known === undefined) ways.set(link, [way]);
    else known.push(way);
  }
  return ways;
});
