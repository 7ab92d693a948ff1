import { parseIpv4 } from '../net/ipv4.ts';
import { DEFAULT_PREFIX, parsePrefixOrAddress, type Prefix } from '../net/prefix.ts';
import { hasRealm } from '../model/fib-rules.ts';
import { RT_TABLE_MAIN, ROUTE_TYPES, type Hop, type RouteType } from '../model/operation.ts';
import type { RouteEntry } from '../model/state.ts';
import { flagsBeside, linkOf, scopeOf } from './iproute2-state.ts';
import { numberOf, objectsIn, textOf, textsOf, type IpObject } from './ip-json.ts';

/** RTPROT_BOOT: a protocol that is not said. */
const RTPROT_BOOT = 3;

/** The routes of `ip -4 -N -details -json route show table all`. */
export function readRoutes(objects: readonly IpObject[]): RouteEntry[] {
  return objects.flatMap(readRoute);
}

function readRoute(object: IpObject): RouteEntry[] {
  const to = destination(textOf(object, 'dst') ?? '');
  const type = typeOf(textOf(object, 'type') ?? 'unicast');
  if (to === null || type === null) return [];
  const tos = numberOf(object, 'tos') ?? 0;
  const source = parseIpv4(textOf(object, 'prefsrc') ?? '');
  const nexthop = numberOf(object, 'nhid');
  const hops = objectsIn(object, 'nexthops').map(readWeightedHop);
  return [
    {
      to,
      table: numberOf(object, 'table') ?? RT_TABLE_MAIN,
      metric: numberOf(object, 'metric') ?? 0,
      ...(tos === 0 ? {} : { tos }),
      type,
      scope: scopeOf(object),
      protocol: numberOf(object, 'protocol') ?? RTPROT_BOOT,
      ...readHop(object),
      ...(source.ok ? { source: source.value } : {}),
      ...(hops.length === 0 ? {} : { hops }),
      ...(nexthop === undefined ? {} : { nexthop }),
      ...flagsBeside(textsOf(object, 'flags')),
      ...([object, ...objectsIn(object, 'nexthops')].some(hasRealm) ? { realm: true } : {}),
    },
  ];
}

function readHop(object: IpObject): Hop {
  const link = linkOf(object, 'dev');
  // A gateway of IPv6 stands under "via" and has no place here: such a hop never asks by ARP.
  const gateway = parseIpv4(textOf(object, 'gateway') ?? '');
  return {
    ...(link === undefined ? {} : { interface: link }),
    ...(gateway.ok ? { via: gateway.value } : {}),
    ...(textsOf(object, 'flags').includes('onlink') ? { onlink: true } : {}),
  };
}

function readWeightedHop(object: IpObject): Hop {
  return { ...readHop(object), weight: numberOf(object, 'weight') ?? 1 };
}

function destination(text: string): Prefix | null {
  if (text === 'default') return DEFAULT_PREFIX;
  const prefix = parsePrefixOrAddress(text);
  return prefix.ok ? prefix.value : null;
}

/** RTN_UNICAST is 1, and so on in the order of the names. */
function typeOf(text: string): RouteType | null {
  return ROUTE_TYPES.find((type, at) => type === text || String(at + 1) === text) ?? null;
}
