import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import type { Mac } from '../net/mac.ts';
import { networkOf, type Prefix } from '../net/prefix.ts';
import type { SysctlPath } from '../net/sysctl-path.ts';
import type { NatTable } from './nat-table.ts';
import { groupBy } from './groups.ts';
import { onceForEach } from './once-for-each.ts';
import {
  PARP_PROTOCOL,
  sameValue,
  subjectKey,
  type AddressSubject,
  type AddressValue,
  type Hop,
  type ProxyValue,
  type RouteSubject,
  type RouteValue,
  type Subject,
  type Values,
  type Kind,
} from './operation.ts';
import { levelsOf, PrefixFinder, type Level } from './route-index.ts';

export interface Link {
  readonly index: number;
  readonly name: LinkName;
  /** The link-layer address, where it is an Ethernet one. */
  readonly mac: Mac | null;
  /** IFF_* names as rtnetlink prints them: UP, LOWER_UP, BROADCAST, NOARP, … */
  readonly flags: readonly string[];
  /** IFLA_INFO_KIND: veth, bridge, vlan, …; null for hardware. */
  readonly kind: string | null;
  readonly mtu: number;
  /** The bridge or bond that the link is a port of. */
  readonly master: LinkName | null;
}

export interface AddressEntry extends AddressSubject, AddressValue {
  readonly secondary?: true;
  readonly peer?: Prefix;
}

/** The network that an address puts on its wire: the peer's, where it has a peer. */
export function subnetOf({ address, peer }: Pick<AddressEntry, 'address' | 'peer'>): Prefix {
  return peer ?? networkOf(address);
}

export type RouteEntry = RouteSubject &
  RouteValue & {
    /** RTNH_F_*: dead, linkdown, … */ readonly flags?: readonly string[];
    /** It gives its packets a realm (RTA_FLOW). */ readonly realm?: true;
  };

/** A rule as rtnetlink reports it; the keys are those of `ip -json rule`. */
export type RuleEntry = Readonly<Record<string, unknown>> & { readonly priority: number };

export interface NexthopEntry extends Hop {
  readonly id: number;
  readonly blackhole?: true;
  readonly group?: readonly { readonly id: number; readonly weight: number }[];
  readonly flags?: readonly string[];
}

export type ProxyEntry = {
  readonly address: Ipv4;
  /** null: an entry without a device answers on every interface. */ readonly interface: LinkName | null;
} & ProxyValue;

/** NUD_* names as rtnetlink prints them. */
export const NEIGHBOUR_STATES = ['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED', 'NOARP', 'PERMANENT', 'NONE'] as const;
export type NeighbourState = (typeof NEIGHBOUR_STATES)[number];

export interface Neighbour {
  readonly address: Ipv4;
  readonly interface: LinkName;
  readonly mac: string | null;
  readonly state: NeighbourState;
}

/** The host's network namespace as data: what is observed, captured, planned against and compared. */
export interface HostState {
  readonly links: readonly Link[];
  readonly addresses: readonly AddressEntry[];
  /** Routes of all tables. */
  readonly routes: readonly RouteEntry[];
  readonly rules: readonly RuleEntry[];
  readonly nexthops: readonly NexthopEntry[];
  /** By path; proxy_delay and locktime as `<n>ms`. */
  readonly sysctls: Readonly<Record<SysctlPath, string>>;
  readonly proxies: readonly ProxyEntry[];
  readonly neighbours: readonly Neighbour[];
  /** The objects of `nft -j list ruleset`; null where it could not be read. */
  readonly nftables: readonly unknown[] | null;
  /** parp's own tables among them, by name. */
  readonly nat: Readonly<Record<string, NatTable | UnrecognisedTable>>;
  /** KERNEL.md F20, F21: what no file shows; null where it could not be found out. */
  readonly sticky: { readonly customRules: boolean | null; readonly customLocalRoutes: boolean | null };
  /** One jiffy: what the kernel rounds proxy_delay up to. */
  readonly tickMs: number;
}

/** A table that bears a name of parp's but holds what parp did not write. */
export interface UnrecognisedTable {
  readonly unrecognised: string;
}

/** The present value of a subject, or null where it is absent. Where several routes share a subject, parp's own, else the first. */
export function valueOf(state: HostState, of: Subject): Values[Kind] | UnrecognisedTable | null {
  switch (of.kind) {
    case 'sysctl':
      return state.sysctls[of.subject] ?? null;
    case 'address':
      return addressesByKey(state).get(subjectKey(of)) ?? null;
    case 'route': {
      const routes = routesOf(state, of.subject);
      const route = routes.findLast(({ protocol }) => protocol === PARP_PROTOCOL) ?? routes[0];
      return route === undefined ? null : routeValue(route);
    }
    case 'proxy':
      return proxiesByKey(state).get(subjectKey(of)) ?? null;
    case 'nat':
      return Object.hasOwn(state.nat, of.subject) ? (state.nat[of.subject] ?? null) : null;
  }
}

/** Every route of the subject: more than one only where routes were appended. */
export function routesOf(state: HostState, { to, table, metric, tos = 0 }: RouteSubject): readonly RouteEntry[] {
  const found = routesByTable(state).get(table)?.finder.find(to) ?? [];
  return found.every((route) => isOf(route, metric, tos)) ? found : found.filter((route) => isOf(route, metric, tos));
}

function isOf(route: RouteEntry, metric: number, tos: number): boolean {
  return route.metric === metric && (route.tos ?? 0) === tos;
}

/** A routing table: its routes by prefix, those of one prefix by their metric. */
export interface RouteTable {
  readonly levels: readonly Level<RouteEntry>[];
  readonly finder: PrefixFinder<RouteEntry>;
}

export const routesByTable = onceForEach(({ routes }: HostState): ReadonlyMap<number, RouteTable> => {
  const tables = groupBy(routes, ({ table }) => table);
  return new Map(
    [...tables].map(([table, of]) => {
      const levels = levelsOf(of, (a, b) => a.metric - b.metric);
      return [table, { levels, finder: new PrefixFinder(levels) }];
    }),
  );
});

export function linkNamed(state: HostState, name: string): Link | undefined {
  return linksByName(state).get(name);
}

const linksByName = onceForEach(({ links }: HostState): ReadonlyMap<string, Link> => new Map(links.map((link) => [link.name, link])));

const addressesByKey = onceForEach(
  ({ addresses }: HostState): ReadonlyMap<string, AddressValue> =>
    new Map(addresses.map((entry) => [subjectKey({ kind: 'address', subject: entry }), { scope: entry.scope }])),
);

const proxiesByKey = onceForEach(({ proxies }: HostState): ReadonlyMap<string, ProxyValue> => {
  const values = new Map<string, ProxyValue>();
  for (const { address, interface: at, protocol } of proxies)
    if (at !== null) values.set(subjectKey({ kind: 'proxy', subject: { address, interface: at } }), { protocol });
  return values;
});

/** A subject and a value as one entry. Key by key: joining two objects of so many keys takes V8 fifty times as long. */
export function routeEntry({ to, table, metric, tos }: RouteSubject, value: RouteValue): RouteEntry {
  const { type, scope, protocol } = value;
  const entry = tos === undefined ? { to, table, metric, type, scope, protocol } : { to, table, metric, tos, type, scope, protocol };
  return addHops(entry, value);
}

/** The value of a route without its subject and the kernel's own flags. */
export function routeValue(route: RouteEntry): RouteValue {
  const { type, scope, protocol } = route;
  return addHops({ type, scope, protocol }, route);
}

/** Whether a route has just this value: `routeValue`, but without making one of each of many. */
export function hasRouteValue(route: RouteEntry, value: RouteValue): boolean {
  return (
    route.type === value.type &&
    route.scope === value.scope &&
    route.protocol === value.protocol &&
    route.interface === value.interface &&
    route.via === value.via &&
    route.onlink === value.onlink &&
    route.weight === value.weight &&
    route.source === value.source &&
    route.nexthop === value.nexthop &&
    sameValue(route.hops, value.hops)
  );
}

/** Adds what says where a route leads, as far as it does. */
function addHops<R extends object>(
  route: R & Partial<RouteValue>,
  { interface: at, via, onlink, weight, source, hops, nexthop }: RouteValue,
): R & RouteValue {
  const led: { -readonly [K in keyof RouteValue]?: RouteValue[K] } = route;
  if (at !== undefined) led.interface = at;
  if (via !== undefined) led.via = via;
  if (onlink !== undefined) led.onlink = onlink;
  if (weight !== undefined) led.weight = weight;
  if (source !== undefined) led.source = source;
  if (hops !== undefined) led.hops = hops;
  if (nexthop !== undefined) led.nexthop = nexthop;
  return route as R & RouteValue;
}

/**
 * Whether what was observed is what is wanted. A proxy neighbour's protocol is advisory (the kernel drops it), and an address is
 * its subject alone: whoever set its scope.
 */
export function satisfies(kind: Kind, observed: unknown, wanted: unknown): boolean {
  if (observed === null || wanted === null) return observed === wanted;
  if (kind === 'proxy' || kind === 'address') return true;
  return sameValue(observed, wanted);
}
