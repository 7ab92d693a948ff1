import { ipv4FromNumber, type Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { addressOf, hostPrefix, lengthOf, networkOf, rangeOf, type Prefix } from '../net/prefix.ts';
import { isOn } from './link-settings.ts';
import { RT_TABLE_LOCAL, RT_TABLE_MAIN } from './fib-index.ts';
import { RTPROT_KERNEL, type AddressSubject, type AddressValue } from './operation.ts';
import { linkNamed, type AddressEntry, type HostState, type Link, type RouteEntry } from './state.ts';

/** The host with one more address, and with the routes that the kernel makes of it. */
export function withAddress(state: HostState, { address, interface: at }: AddressSubject, { scope }: AddressValue): HostState {
  if (state.addresses.some((entry) => entry.interface === at && entry.address === address)) return state;
  const isSecondary = state.addresses.some((entry) => entry.interface === at && isSameSubnet(entry, address));
  const entry: AddressEntry = { address, interface: at, scope, ...(isSecondary ? { secondary: true } : {}) };
  return reroute(state, [...state.addresses, entry], at);
}

/**
 * The host without an address, and without what the kernel deletes with it (inet_del_ifa): its secondaries, unless they are promoted;
 * the kernel's routes that no other address needs; routes that name it as source; and with an interface's last one all routes over it
 * and its proxy neighbours (fib_disable_ip).
 */
export function withoutAddress(state: HostState, { address, interface: at }: AddressSubject): HostState {
  const gone = state.addresses.find((entry) => entry.interface === at && entry.address === address);
  if (gone === undefined) return state;
  const isHeir = (entry: AddressEntry): boolean => entry.secondary === true && entry.interface === at && isSameSubnet(entry, address);
  const heir = gone.secondary === true || !isOn(state, at, 'promote_secondaries') ? undefined : state.addresses.find(isHeir);
  const left = state.addresses.filter((entry) => entry !== gone && (gone.secondary === true || heir !== undefined || !isHeir(entry)));
  const rerouted = reroute(
    state,
    left.map((entry) => (entry === heir ? promoted(entry) : entry)),
    at,
  );
  const locals = new Set(left.map((entry) => addressOf(entry.address)));
  const lost = new Set<Ipv4 | undefined>(state.addresses.map((entry) => addressOf(entry.address)).filter((local) => !locals.has(local)));
  const routes = rerouted.routes.filter(({ source }) => !lost.has(source));
  return left.some((entry) => entry.interface === at) ? { ...rerouted, routes } : withoutIpv4({ ...rerouted, routes }, at);
}

function promoted({ secondary: _secondary, ...entry }: AddressEntry): AddressEntry {
  return entry;
}

function withoutIpv4(state: HostState, at: LinkName): HostState {
  return {
    ...state,
    routes: state.routes.flatMap((route): RouteEntry[] => {
      if (route.nexthop !== undefined) return [route];
      if (route.hops === undefined) return route.interface === at ? [] : [route];
      const hops = route.hops.filter((hop) => hop.interface !== at);
      return hops.length === 0 ? [] : [{ ...route, hops }];
    }),
    proxies: state.proxies.filter((entry) => entry.interface !== at),
    neighbours: state.neighbours.filter((entry) => entry.interface !== at),
  };
}

/** The host with these addresses; the kernel's routes of one interface follow them. */
function reroute(state: HostState, addresses: readonly AddressEntry[], at: LinkName): HostState {
  const link = linkNamed(state, at);
  const before = kernelRoutes(state.addresses, at, link);
  const after = kernelRoutes(addresses, at, link);
  const kept = state.routes.flatMap((route): RouteEntry[] => {
    if (route.protocol !== RTPROT_KERNEL || route.interface !== at) return [route];
    const key = routeKey(route);
    const now = after.get(key);
    if (!before.has(key)) return [route];
    return now === undefined ? [] : [now.source === undefined ? route : { ...route, source: now.source }];
  });
  const coming = [...after].filter(([key]) => !before.has(key)).map(([, route]) => route);
  return { ...state, addresses, routes: [...kept, ...coming] };
}

function routeKey({ table, type, to }: RouteEntry): string {
  return `${table} ${type} ${to}`;
}

/** What fib_add_ifaddr makes of the addresses of an interface. */
function kernelRoutes(addresses: readonly AddressEntry[], at: LinkName, link: Link | undefined): ReadonlyMap<string, RouteEntry> {
  const routes = new Map<string, RouteEntry>();
  const add = (route: Pick<RouteEntry, 'to' | 'table' | 'type' | 'scope' | 'source'>): void => {
    const key = routeKey({ ...route, metric: 0, protocol: RTPROT_KERNEL });
    if (!routes.has(key)) routes.set(key, { ...route, metric: 0, protocol: RTPROT_KERNEL, interface: at });
  };
  const isLoopback = link?.flags.includes('LOOPBACK') === true;
  const entries = addresses.filter((entry) => entry.interface === at);
  for (const entry of entries) {
    const local = addressOf(entry.address);
    const primary =
      entry.secondary === true ? entries.find((other) => other.secondary !== true && isSameSubnet(other, entry.address)) : entry;
    const source = addressOf((primary ?? entry).address);
    add({ to: hostPrefix(local), table: RT_TABLE_LOCAL, type: 'local', scope: 'host', source });
    const subnet = subnetOf(entry);
    const length = lengthOf(subnet);
    if (link?.flags.includes('UP') !== true || entry.secondary === true) continue;
    if (addressOf(subnet) === '0.0.0.0' || (length === 32 && addressOf(subnet) === local)) continue;
    if (isLoopback) add({ to: subnet, table: RT_TABLE_LOCAL, type: 'local', scope: 'host', source });
    else add({ to: subnet, table: RT_TABLE_MAIN, type: 'unicast', scope: 'link', source });
    if (length < 31)
      add({ to: hostPrefix(ipv4FromNumber(rangeOf(subnet).last)), table: RT_TABLE_LOCAL, type: 'broadcast', scope: 'link', source });
  }
  return routes;
}

function subnetOf({ address, peer }: AddressEntry): Prefix {
  return peer ?? networkOf(address);
}

function isSameSubnet(entry: AddressEntry, address: AddressSubject['address']): boolean {
  return subnetOf(entry) === networkOf(address);
}
