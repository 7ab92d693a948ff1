import { ipv4ToNumber } from '../net/ipv4.ts';
import { parseLinkName, type LinkName } from '../net/link-name.ts';
import { contains, DEFAULT_PREFIX, lengthOf, networkOf, type InterfaceAddress, type Prefix } from '../net/prefix.ts';
import { RT_TABLE_MAIN, RTPROT_KERNEL } from '../model/operation.ts';
import type { HostState, Link } from '../model/state.ts';

/** An interface on which a profile could work, with what tells it from the others. */
export interface FoundLink {
  readonly name: LinkName;
  readonly addresses: readonly InterfaceAddress[];
  /** Whether the default route leaves there. */
  readonly leadsOut: boolean;
  /** `192.168.0.1/24, default route`. */
  readonly words: string;
}

/**
 * The interfaces that speak ARP by themselves: not lo, no tunnels, and no ports of a bridge or bond (KERNEL.md F35: only their master counts).
 * Those that lead nowhere come last.
 */
export function linksIn(host: HostState): FoundLink[] {
  const out = new Set(
    host.routes.filter(isDefault).flatMap(({ interface: at, hops }) => [at, ...(hops ?? []).map((hop) => hop.interface)]),
  );
  const found = host.links.filter(speaksArp).map((link) => foundLink(link, host, out.has(link.name)));
  return [...found.filter(({ isUp }) => isUp), ...found.filter(({ isUp }) => !isUp)].map(({ found: one }) => one);
}

function isDefault({ to, table, type }: HostState['routes'][number]): boolean {
  return to === DEFAULT_PREFIX && table === RT_TABLE_MAIN && type === 'unicast';
}

function speaksArp({ name, mac, flags, master }: Link): boolean {
  return mac !== null && master === null && !flags.includes('LOOPBACK') && !flags.includes('NOARP') && parseLinkName(name).ok;
}

function foundLink({ name, flags }: Link, host: HostState, leadsOut: boolean): { readonly found: FoundLink; readonly isUp: boolean } {
  const addresses = host.addresses.filter(({ interface: at, scope }) => at === name && scope === 'global').map(({ address }) => address);
  const isUp = flags.includes('UP') && flags.includes('LOWER_UP');
  const words = [
    addresses.length === 0 ? 'no address' : addresses.join(' '),
    ...(leadsOut ? ['default route'] : []),
    ...(flags.includes('UP') ? (isUp ? [] : ['no carrier']) : ['down']),
  ];
  return { found: { name, addresses, leadsOut, words: words.join(', ') }, isUp };
}

/** The addresses of such an interface; none where it is another, or the host is not known. */
export function addressesOn(host: HostState | null, link: string): readonly InterfaceAddress[] {
  return host === null ? [] : (linksIn(host).find(({ name }) => name === link)?.addresses ?? []);
}

/** More than this is no suggestion that anybody reads. */
const MOST_HEARD = 12;

/**
 * Who is known to live on an interface's wire, of some subnets: prefixes that routes lead there, and addresses whose neighbour entries are
 * alive, in the order of their numbers. Nothing where they are very many.
 */
export function heardOn(host: HostState, link: string, subnets: readonly Prefix[]): string[] {
  const routed = host.routes
    .filter(
      ({ interface: at, table, type, via, protocol }) =>
        at === link && table === RT_TABLE_MAIN && type === 'unicast' && via === undefined && protocol !== RTPROT_KERNEL,
    )
    .filter(({ to }) => lengthOf(to) > 0)
    .map(({ to }) => to.replace(/\/32$/, ''));
  const inside = (address: HostState['neighbours'][number]['address']): boolean => subnets.some((subnet) => contains(subnet, address));
  const heard = host.neighbours
    .filter(({ interface: at, mac, state, address }) => at === link && mac !== null && ALIVE.has(state) && inside(address))
    .toSorted((a, b) => ipv4ToNumber(a.address) - ipv4ToNumber(b.address))
    .map(({ address }) => address);
  const all = [...new Set<string>([...routed, ...heard])];
  return all.length > MOST_HEARD ? [] : all;
}

const ALIVE: ReadonlySet<string> = new Set(['REACHABLE', 'STALE', 'DELAY', 'PROBE', 'PERMANENT']);

/** The subnets that addresses put on their wires. */
export function subnetsOf(addresses: readonly InterfaceAddress[]): Prefix[] {
  return [...new Set(addresses.filter((address) => lengthOf(address) < 32).map(networkOf))];
}
