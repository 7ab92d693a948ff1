import { UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { addressOf, contains } from '../net/prefix.ts';
import { fibLookup } from './fib-lookup.ts';
import type { Hop } from './operation.ts';
import { historiesOf } from './routing-history.ts';
import { subnetOf, type HostState, type RouteEntry } from './state.ts';
import { scopeNumber } from './route-scope.ts';

/** How the host itself reaches an address: who is asked for by ARP there, and with which address of its own. */
export interface Way {
  readonly interface: LinkName;
  /** The address itself, where it lives on that link; else the gateway's. */
  readonly nextHop: Ipv4;
  /** null where the host has no address that it could send from. */
  readonly source: Ipv4 | null;
}

/** Every way by which packets of the host to an address may leave; none where no unicast route leads there. */
export function waysTo(state: HostState, to: Ipv4, from: Ipv4 | null = null): readonly Way[] {
  const ways = new Map<string, Way>();
  for (const { customRules } of historiesOf(state)) {
    const found = fibLookup(state, { to, from: from ?? UNSPECIFIED, iif: LOOPBACK }, customRules);
    if (found.found !== 'route' || found.route.type !== 'unicast') continue;
    for (const hop of found.hops) {
      if (hop.interface === undefined) continue;
      const way: Way = { interface: hop.interface, nextHop: hop.via ?? to, source: from ?? sourceOf(state, found.route, hop) };
      ways.set(wayWords(way), way);
    }
  }
  return [...ways.values()];
}

/** The same text for the same next hop on the same interface. */
export function wayWords({ interface: at, nextHop }: Pick<Way, 'interface' | 'nextHop'>): string {
  return `${nextHop} on ${at}`;
}

/** The address that the host puts into packets of a route (fib_result_prefsrc, inet_select_addr). */
function sourceOf(state: HostState, route: RouteEntry, { interface: at, via }: Hop): Ipv4 | null {
  if (route.source !== undefined) return route.source;
  const primaries = state.addresses.filter((entry) => entry.secondary !== true);
  const here = primaries.filter((entry) => entry.interface === at && scopeNumber(entry.scope) <= scopeNumber(route.scope));
  const chosen =
    here.find((entry) => via !== undefined && contains(subnetOf(entry), via)) ??
    here[0] ??
    primaries.find(({ scope }) => scopeNumber(scope) < scopeNumber('link'));
  return chosen === undefined ? null : addressOf(chosen.address);
}
