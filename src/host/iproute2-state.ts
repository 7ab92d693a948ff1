import { ipv4ToNumber, parseIpv4 } from '../net/ipv4.ts';
import { kernelLinkName, type LinkName } from '../net/link-name.ts';
import { parseMac, type Mac } from '../net/mac.ts';
import { lengthOf, parseInterfaceAddress, prefixFrom } from '../net/prefix.ts';
import { neighPath, parseSysctlPath, type SysctlPath } from '../net/sysctl-path.ts';
import type { RouteScope } from '../model/operation.ts';
import { ROUTE_SCOPES, scopeName } from '../model/route-scope.ts';
import {
  NEIGHBOUR_STATES,
  type AddressEntry,
  type Link,
  type Neighbour,
  type NexthopEntry,
  type ProxyEntry,
  type RuleEntry,
} from '../model/state.ts';
import { numberOf, objectsIn, textOf, textsOf, type IpObject } from './ip-json.ts';

// What `ip -4 -N -details -json` says, as parts of HostState. Objects that lack what makes them one, or that this program has no
// word for, are left out: a newer kernel or iproute2 must not stop it.

/** `ip link show`. */
export function readLinks(objects: readonly IpObject[]): Link[] {
  return objects.flatMap((object) => {
    const index = numberOf(object, 'ifindex');
    const name = linkOf(object, 'ifname');
    if (index === undefined || name === undefined) return [];
    const info = objectsIn({ all: [object['linkinfo']] }, 'all')[0] ?? {};
    return [
      {
        index,
        name,
        mac: ethernetAddress(object),
        flags: textsOf(object, 'flags'),
        kind: textOf(info, 'info_kind') ?? null,
        mtu: numberOf(object, 'mtu') ?? 0,
        master: linkOf(object, 'master') ?? null,
      },
    ];
  });
}

/** ARPHRD_ETHER, as text and as the number that -N prints. */
function ethernetAddress(object: IpObject): Mac | null {
  const type = textOf(object, 'link_type');
  if (type !== 'ether' && type !== '[1]') return null;
  const mac = parseMac(textOf(object, 'address') ?? '');
  return mac.ok ? mac.value : null;
}

/** `ip addr show`. */
export function readAddresses(objects: readonly IpObject[]): AddressEntry[] {
  return objects.flatMap((link) => {
    const name = linkOf(link, 'ifname');
    return name === undefined ? [] : objectsIn(link, 'addr_info').flatMap((object) => readAddress(name, object));
  });
}

function readAddress(link: LinkName, object: IpObject): AddressEntry[] {
  const address = parseInterfaceAddress(`${textOf(object, 'local') ?? ''}/${numberOf(object, 'prefixlen') ?? ''}`);
  if (!address.ok) return [];
  const peer = parseIpv4(textOf(object, 'address') ?? '');
  return [
    {
      address: address.value,
      interface: link,
      scope: scopeOf(object),
      ...(object['secondary'] === true ? { secondary: true } : {}),
      ...(peer.ok ? { peer: prefixFrom(ipv4ToNumber(peer.value), lengthOf(address.value)) } : {}),
    },
  ];
}

/** `ip rule show` as it is: tables, actions and protocols are numbers as text. No value of a rule has parts. */
export function readRules(objects: readonly IpObject[]): RuleEntry[] {
  return objects.flatMap((object) => {
    const priority = numberOf(object, 'priority');
    const plain = Object.entries(object).filter(([, value]) => typeof value !== 'object' || value === null);
    return priority === undefined ? [] : [{ ...Object.fromEntries(plain), priority }];
  });
}

/** `ip nexthop show`. */
export function readNexthops(objects: readonly IpObject[]): NexthopEntry[] {
  return objects.flatMap((object) => {
    const id = numberOf(object, 'id');
    if (id === undefined) return [];
    const gateway = parseIpv4(textOf(object, 'gateway') ?? '');
    const link = linkOf(object, 'dev');
    const flags = textsOf(object, 'flags');
    const group = objectsIn(object, 'group').map((member) => ({
      id: numberOf(member, 'id') ?? 0,
      weight: numberOf(member, 'weight') ?? 1,
    }));
    return [
      {
        id,
        ...(link === undefined ? {} : { interface: link }),
        ...(gateway.ok ? { via: gateway.value } : {}),
        ...(flags.includes('onlink') ? { onlink: true } : {}),
        ...('blackhole' in object ? { blackhole: true } : {}),
        ...(group.length > 0 ? { group } : {}),
        ...flagsBeside(flags),
      } satisfies NexthopEntry,
    ];
  });
}

/** The flags of a route or nexthop but for onlink, which is part of what it is. */
export function flagsBeside(flags: readonly string[]): { flags?: readonly string[] } {
  const others = flags.filter((flag) => flag !== 'onlink');
  return others.length > 0 ? { flags: others } : {};
}

/** `ip neigh show nud all`. */
export function readNeighbours(objects: readonly IpObject[]): Neighbour[] {
  return objects.flatMap((object) => {
    const address = parseIpv4(textOf(object, 'dst') ?? '');
    const link = linkOf(object, 'dev');
    if (!address.ok || link === undefined || 'proxy' in object) return [];
    const states = textsOf(object, 'state');
    const state = NEIGHBOUR_STATES.find((known) => states.includes(known)) ?? 'NONE';
    return [{ address: address.value, interface: link, mac: textOf(object, 'lladdr') ?? null, state }];
  });
}

/** `ip neigh show proxy`. */
export function readProxies(objects: readonly IpObject[]): ProxyEntry[] {
  return objects.flatMap((object) => {
    const address = parseIpv4(textOf(object, 'dst') ?? '');
    if (!address.ok) return [];
    return [{ address: address.value, interface: linkOf(object, 'dev') ?? null, protocol: numberOf(object, 'protocol') ?? null }];
  });
}

/** The times of `ip ntable show name arp_cache`, by the path of their file; not the table's own defaults, which no file shows everywhere. */
export function readNeighTimes(objects: readonly IpObject[]): Map<SysctlPath, string> {
  const times = new Map<SysctlPath, string>();
  for (const object of objects) {
    const link = linkOf(object, 'dev');
    if (textOf(object, 'name') !== 'arp_cache' || link === undefined) continue;
    for (const key of ['locktime', 'proxy_delay'] as const) {
      const ms = numberOf(object, key);
      const path = parseSysctlPath(neighPath(link, key));
      if (isTime(ms) && path.ok) times.set(path.value, `${ms}ms`);
    }
  }
  return times;
}

/** Whether it can be written back as it is: a whole number below 10^10. */
function isTime(ms: number | undefined): ms is number {
  return ms !== undefined && /^\d{1,10}$/.test(String(ms));
}

/** What leads out of its folder, or is longer than IFNAMSIZ, is no name that a kernel gives (dev_valid_name). */
export function linkOf(object: IpObject, key: string): LinkName | undefined {
  const name = textOf(object, key) ?? '';
  return /^[^/]{1,15}$/.test(name) && name !== '.' && name !== '..' ? kernelLinkName(name) : undefined;
}

/** -N prints numbers; before it did, names. */
export function scopeOf(object: IpObject): RouteScope {
  const text = textOf(object, 'scope') ?? '0';
  if (/^\d{1,3}$/.test(text)) return scopeName(Number(text));
  return ROUTE_SCOPES.find((name) => name === text) ?? 'global';
}
