import { ipv4FromNumber, type Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { addressOf, hostPrefix, lengthOf, networkOf, rangeOf, type Prefix } from '../net/prefix.ts';
import { enter } from './groups.ts';
import { isOn } from './link-settings.ts';
import { RT_TABLE_LOCAL, RT_TABLE_MAIN, RTPROT_KERNEL, subjectKey, type AddressSubject, type AddressValue } from './operation.ts';
import { linkNamed, subnetOf, type AddressEntry, type HostState, type RouteEntry } from './state.ts';

/** The host with more addresses, assigned one after the other, and with the routes that the kernel makes of them. */
export function addressesAssigned(state: HostState, coming: readonly (AddressSubject & AddressValue)[]): HostState {
  const known = new Set(state.addresses.map(addressKey));
  const subnets = new Set(state.addresses.map((entry) => subnetKey(subnetOf(entry), entry)));
  const added: AddressEntry[] = [];
  for (const { address, interface: at, scope } of coming) {
    const subject = { address, interface: at };
    if (known.has(addressKey(subject))) continue;
    const subnet = subnetKey(networkOf(address), subject);
    added.push({ ...subject, scope, ...(subnets.has(subnet) ? { secondary: true } : {}) });
    known.add(addressKey(subject));
    subnets.add(subnet);
  }
  return added.length === 0 ? state : reroute(state, [...state.addresses, ...added], linksOf(added));
}

/** An address among others: gone, or another one since it was promoted. */
interface Place {
  entry: AddressEntry | null;
}

/**
 * The host without addresses that are deleted one after the other, and without what the kernel deletes with them (inet_del_ifa): their secondaries,
 * unless they are promoted; the kernel's routes that no other address needs; routes that name them as source; and with an interface's last one
 * all routes over it and its proxy neighbours (fib_disable_ip).
 */
export function addressesDeleted(state: HostState, going: readonly AddressSubject[]): HostState {
  const places = state.addresses.map((entry): Place => ({ entry }));
  const byAddress = new Map(places.flatMap((place) => (place.entry === null ? [] : [[addressKey(place.entry), place]])));
  const secondaries = secondariesBySubnet(places);
  for (const subject of going) {
    const place = byAddress.get(addressKey(subject));
    const gone = place?.entry ?? null;
    if (place === undefined || gone === null) continue;
    place.entry = null;
    if (gone.secondary === true) continue;
    const heirs = secondaries.get(subnetKey(networkOf(subject.address), subject)) ?? [];
    if (isOn(state, subject.interface, 'promote_secondaries')) promoteFirst(heirs);
    else for (const heir of heirs.splice(0)) heir.entry = null;
  }
  const left = places.flatMap(({ entry }) => (entry === null ? [] : [entry]));
  if (left.length === state.addresses.length) return state;
  const links = linksOf(going);
  const rerouted = reroute(state, left, links);
  const locals = new Set(left.map((entry) => addressOf(entry.address)));
  const lost = new Set<Ipv4 | undefined>(state.addresses.map((entry) => addressOf(entry.address)).filter((local) => !locals.has(local)));
  const routes = rerouted.routes.filter(({ source }) => !lost.has(source));
  const numbered = linksOf(left);
  const bare = new Set([...linksOf(state.addresses)].filter((at) => links.has(at) && !numbered.has(at)));
  return bare.size === 0 ? { ...rerouted, routes } : withoutIpv4({ ...rerouted, routes }, bare);
}

function secondariesBySubnet(places: readonly Place[]): Map<string, Place[]> {
  const bySubnet = new Map<string, Place[]>();
  for (const place of places.toReversed())
    if (place.entry?.secondary === true) enter(bySubnet, subnetKey(subnetOf(place.entry), place.entry), place);
  return bySubnet;
}

/** Promotes the first of the secondaries that are left; they stand in reverse, so that taking it away moves none. */
function promoteFirst(secondaries: Place[]): void {
  for (let heir = secondaries.pop(); heir !== undefined; heir = secondaries.pop()) {
    if (heir.entry === null) continue;
    heir.entry = promoted(heir.entry);
    return;
  }
}

function promoted({ secondary: _secondary, ...entry }: AddressEntry): AddressEntry {
  return entry;
}

function withoutIpv4(state: HostState, links: ReadonlySet<string | null | undefined>): HostState {
  return {
    ...state,
    routes: state.routes.flatMap((route): RouteEntry[] => {
      if (route.nexthop !== undefined) return [route];
      if (route.hops === undefined) return links.has(route.interface) ? [] : [route];
      const hops = route.hops.filter((hop) => !links.has(hop.interface));
      return hops.length === 0 ? [] : [{ ...route, hops }];
    }),
    proxies: state.proxies.filter((entry) => !links.has(entry.interface)),
    neighbours: state.neighbours.filter((entry) => !links.has(entry.interface)),
  };
}

/** The host with these addresses; the kernel's routes of the interfaces follow them. */
function reroute(state: HostState, addresses: readonly AddressEntry[], links: ReadonlySet<string>): HostState {
  const before = kernelRoutes(state, state.addresses, links);
  const after = kernelRoutes(state, addresses, links);
  const kept = state.routes.flatMap((route): RouteEntry[] => {
    if (route.protocol !== RTPROT_KERNEL || !links.has(route.interface ?? '')) return [route];
    const key = kernelRouteKey(route);
    const now = after.get(key);
    if (!before.has(key)) return [route];
    if (now === undefined) return [];
    return [now.source === undefined || now.source === route.source ? route : { ...route, source: now.source }];
  });
  const coming = [...after].filter(([key]) => !before.has(key)).map(([, route]) => route);
  return { ...state, addresses, routes: kept.concat(coming) };
}

type KernelRoute = Pick<RouteEntry, 'to' | 'table' | 'type' | 'interface'>;

function kernelRouteKey({ table, type, to, interface: at }: KernelRoute): string {
  return `${table} ${type} ${to} ${at}`;
}

/** What fib_add_ifaddr makes of the addresses of some interfaces. */
function kernelRoutes(state: HostState, addresses: readonly AddressEntry[], links: ReadonlySet<string>): ReadonlyMap<string, RouteEntry> {
  const routes = new Map<string, RouteEntry>();
  const entries = addresses.filter((entry) => links.has(entry.interface));
  const primaries = new Map<string, AddressEntry>();
  for (const entry of entries.toReversed()) if (entry.secondary !== true) primaries.set(subnetKey(subnetOf(entry), entry), entry);
  for (const entry of entries) {
    const at = entry.interface;
    const add = (route: Pick<RouteEntry, 'to' | 'table' | 'type' | 'scope' | 'source'>): void => {
      const made = { ...route, metric: 0, protocol: RTPROT_KERNEL, interface: at };
      const key = kernelRouteKey(made);
      if (!routes.has(key)) routes.set(key, made);
    };
    const flags = linkNamed(state, at)?.flags ?? [];
    const local = addressOf(entry.address);
    const primary = entry.secondary === true ? primaries.get(subnetKey(networkOf(entry.address), entry)) : entry;
    const source = addressOf((primary ?? entry).address);
    add({ to: hostPrefix(local), table: RT_TABLE_LOCAL, type: 'local', scope: 'host', source });
    const subnet = subnetOf(entry);
    const length = lengthOf(subnet);
    if (!flags.includes('UP') || entry.secondary === true) continue;
    if (addressOf(subnet) === '0.0.0.0' || (length === 32 && addressOf(subnet) === local)) continue;
    if (flags.includes('LOOPBACK')) add({ to: subnet, table: RT_TABLE_LOCAL, type: 'local', scope: 'host', source });
    else add({ to: subnet, table: RT_TABLE_MAIN, type: 'unicast', scope: 'link', source });
    if (length < 31)
      add({ to: hostPrefix(ipv4FromNumber(rangeOf(subnet).last)), table: RT_TABLE_LOCAL, type: 'broadcast', scope: 'link', source });
  }
  return routes;
}

function addressKey({ address, interface: at }: AddressSubject): string {
  return subjectKey({ kind: 'address', subject: { address, interface: at } });
}

function subnetKey(subnet: Prefix, { interface: at }: Pick<AddressSubject, 'interface'>): string {
  return `${subnet} ${at}`;
}

function linksOf(entries: readonly Pick<AddressSubject, 'interface'>[]): ReadonlySet<LinkName> {
  return new Set(entries.map((entry) => entry.interface));
}
