import { ROUTE_TYPES, type Hop } from '../model/operation.ts';
import type { AddressEntry, HostState, Link, Neighbour, NeighbourState, NexthopEntry, ProxyEntry, RouteEntry } from '../model/state.ts';
import { ipv4FromNumber, type Ipv4 } from '../net/ipv4.ts';
import { kernelLinkName, type LinkName } from '../net/link-name.ts';
import { interfaceAddress, prefixFrom } from '../net/prefix.ts';
import { CONF_KEYS, confPath, neighPath, type SysctlPath } from '../net/sysctl-path.ts';
import type { AddressMessage } from '../wire/netlink/address.ts';
import type { LinkMessage } from '../wire/netlink/link.ts';
import { NUD_NOARP, NUD_PERMANENT, type NeighbourMessage } from '../wire/netlink/neighbour.ts';
import type { NeighbourTimes } from '../wire/netlink/neighbour-table.ts';
import type { NexthopMessage } from '../wire/netlink/nexthop.ts';
import { ONLINK, type HopMessage, type RouteMessage } from '../wire/netlink/route.ts';
import { hasSysctls } from './sysctl-files.ts';
import { scopeName } from '../model/route-scope.ts';

// What the kernel says by netlink, as parts of HostState, in the words of `ip -json`.

/** A list named a link that the list of links does not have: it came or went between the two. */
export class UnknownLink extends Error {
  constructor(index: number) {
    super(`There is no link ${index} in the list of links`);
    this.name = 'UnknownLink';
  }
}

/** The links by their numbers. */
export class LinkNames {
  readonly #names: ReadonlyMap<number, LinkName>;

  constructor(links: readonly LinkMessage[]) {
    this.#names = new Map(links.map(({ index, name }) => [index, kernelLinkName(name)]));
  }

  /** Throws `UnknownLink`. */
  of(index: number): LinkName {
    const name = this.#names.get(index);
    if (name === undefined) throw new UnknownLink(index);
    return name;
  }
}

/** IFF_* in the order in which `ip` names them; RUNNING shows as NO-CARRIER where it is missing. */
const LINK_FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x8, 'LOOPBACK'],
  [0x2, 'BROADCAST'],
  [0x10, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [0x4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [0x1, 'UP'],
  [0x10000, 'LOWER_UP'],
  [0x20000, 'DORMANT'],
  [0x40000, 'ECHO'],
];
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;

export function linksOf(messages: readonly LinkMessage[], names: LinkNames): Link[] {
  const flagsOf = new Map(messages.map(({ index, flags }) => [index, flags]));
  return messages.map(({ index, name, mac, flags, kind, mtu, master, lower }) => ({
    index,
    name: kernelLinkName(name),
    mac,
    flags: [
      ...((flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) === 0 ? ['NO-CARRIER'] : []),
      ...LINK_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word),
      ...(lower !== null && lower > 0 && ((flagsOf.get(lower) ?? IFF_UP) & IFF_UP) === 0 ? ['M-DOWN'] : []),
    ],
    kind,
    mtu,
    master: master === null ? null : names.of(master),
  }));
}

export function addressOf({ index, local, length, scope, secondary, peer }: AddressMessage, names: LinkNames): AddressEntry {
  return {
    address: interfaceAddress(ipv4FromNumber(local), length),
    interface: names.of(index),
    scope: scopeName(scope),
    ...(secondary ? { secondary: true } : {}),
    ...(peer === undefined ? {} : { peer: prefixFrom(peer, length) }),
  };
}

/** RTNH_F_* and RTM_F_*, beside onlink, in the order in which `ip` names them. */
const ROUTE_FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x1, 'dead'],
  [0x2, 'pervasive'],
  [0x8, 'offload'],
  [0x40, 'trap'],
  [0x100, 'notify'],
  [0x10, 'linkdown'],
  [0x20, 'unresolved'],
  [0x4000, 'rt_offload'],
  [0x8000, 'rt_trap'],
  [0x2000_0000, 'rt_offload_failed'],
];
const PLAIN_FLAGS = ~ROUTE_FLAGS.reduce((bits, [bit]) => bits | bit, 0);

function flagsIn(flags: number): readonly string[] | undefined {
  if ((flags & ~PLAIN_FLAGS) === 0) return undefined;
  return ROUTE_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
}

/** Undefined for a type that has no name. There can be a hundred thousand: what is spread into a literal takes V8 many times as long. */
export function routeOf(route: RouteMessage, names: LinkNames): RouteEntry | undefined {
  const type = ROUTE_TYPES[route.type - 1];
  if (type === undefined) return undefined;
  const { table, priority: metric, tos, protocol, oif, gateway, source, hops, nexthop } = route;
  const to = prefixFrom(route.to, route.length);
  const scope = scopeName(route.scope);
  const entry: { -readonly [K in keyof RouteEntry]: RouteEntry[K] } =
    tos === 0 ? { to, table, metric, type, scope, protocol } : { to, table, metric, tos, type, scope, protocol };
  if (oif !== undefined) entry.interface = names.of(oif);
  if (gateway !== undefined) entry.via = ipv4FromNumber(gateway);
  if ((route.flags & ONLINK) !== 0) entry.onlink = true;
  if (source !== undefined) entry.source = sourceText(source);
  if (hops !== undefined) entry.hops = hops.map((hop) => ({ ...hopOf(hop, names), weight: hop.weight }));
  if (nexthop !== undefined) entry.nexthop = nexthop;
  const flags = flagsIn(route.flags);
  if (flags !== undefined) entry.flags = flags;
  if (route.realm) entry.realm = true;
  return entry;
}

/** Most routes that name a source name the same one. */
let lastSource = { number: 0, text: ipv4FromNumber(0) };

function sourceText(number: number): Ipv4 {
  if (lastSource.number !== number) lastSource = { number, text: ipv4FromNumber(number) };
  return lastSource.text;
}

function hopOf({ oif, gateway, flags }: Pick<HopMessage, 'oif' | 'gateway' | 'flags'>, names: LinkNames): Hop {
  return {
    ...(oif === undefined ? {} : { interface: names.of(oif) }),
    ...(gateway === undefined ? {} : { via: ipv4FromNumber(gateway) }),
    ...((flags & ONLINK) === 0 ? {} : { onlink: true }),
  };
}

export function nexthopOf({ id, group, blackhole, ...hop }: NexthopMessage, names: LinkNames): NexthopEntry {
  const flags = flagsIn(hop.flags);
  return {
    id,
    ...hopOf(hop, names),
    ...(blackhole ? { blackhole: true } : {}),
    ...(group === undefined || group.length === 0 ? {} : { group }),
    ...(flags === undefined ? {} : { flags }),
  };
}

const STATES: ReadonlyMap<number, NeighbourState> = new Map([
  [0x01, 'INCOMPLETE'],
  [0x02, 'REACHABLE'],
  [0x04, 'STALE'],
  [0x08, 'DELAY'],
  [0x10, 'PROBE'],
  [0x20, 'FAILED'],
  [NUD_NOARP, 'NOARP'],
  [NUD_PERMANENT, 'PERMANENT'],
]);

export function neighbourOf({ index, address, state, lladdr }: NeighbourMessage, names: LinkNames): Neighbour {
  return {
    address: ipv4FromNumber(address),
    interface: names.of(index),
    // An entry of a link without addresses has one of no bytes.
    mac: lladdr === undefined || lladdr.length === 0 ? null : Array.from(lladdr, (byte) => byte.toString(16).padStart(2, '0')).join(':'),
    state: STATES.get(state) ?? 'NONE',
  };
}

export function proxyOf({ index, address, protocol }: NeighbourMessage, names: LinkNames): ProxyEntry {
  return { address: ipv4FromNumber(address), interface: index === 0 ? null : names.of(index), protocol: protocol ?? null };
}

/** The values of every link that IPv4 knows; `files` holds those that are files alone. */
export function sysctlsOf(
  files: ReadonlyMap<SysctlPath, string>,
  links: readonly LinkMessage[],
  times: readonly NeighbourTimes[],
  names: LinkNames,
): HostState['sysctls'] {
  const sysctls: Record<SysctlPath, string> = Object.fromEntries(files);
  const shown = new Set<LinkName>();
  for (const { name, conf } of links) {
    const link = kernelLinkName(name);
    if (conf === undefined || !hasSysctls(link)) continue;
    shown.add(link);
    for (const key of CONF_KEYS) {
      const value = conf[key];
      if (value !== undefined) sysctls[confPath(link, key)] = String(value);
    }
  }
  for (const { index, locktime, proxyDelay, proxyQlen } of times) {
    const link = names.of(index);
    if (!shown.has(link)) continue;
    if (locktime !== undefined) sysctls[neighPath(link, 'locktime')] = `${locktime}ms`;
    if (proxyDelay !== undefined) sysctls[neighPath(link, 'proxy_delay')] = `${proxyDelay}ms`;
    if (proxyQlen !== undefined) sysctls[neighPath(link, 'proxy_qlen')] = String(proxyQlen);
  }
  return sysctls;
}
