import { ipv4FromNumber, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { addressOf, lengthOf, networkOf, rangeOf } from '../net/prefix.ts';
import { confPath, type SysctlPath } from '../net/sysctl-path.ts';
import type { AddressEntry, HostState, RouteEntry } from '../model/state.ts';
import { numberOf, type IpObject } from './ip-json.ts';

/** What the routing code is asked: would it take a packet to `to` from `from` that came in by `link`? */
export interface StickyQuestions {
  readonly to: Ipv4;
  readonly link: LinkName;
  /** A neighbour. The answer's table tells whether rules were ever used: 255 instead of 254. */
  readonly neighbour: Ipv4;
  /** The subnet's broadcast address: taken as a sender by the short source check alone; null where that would prove nothing. */
  readonly broadcast: Ipv4 | null;
}

/** Values by path. */
type SysctlValues = Pick<ReadonlyMap<SysctlPath, string>, 'get'>;

/**
 * The questions whose answers show the namespace's sticky state, about an address of the host's own on a link other than lo;
 * null where there is none with a neighbour (KERNEL.md F22: fib_validate_source, fib_unmerge).
 */
export function stickyQuestions(
  addresses: readonly AddressEntry[],
  routes: readonly RouteEntry[],
  sysctls: SysctlValues,
  realms: boolean,
): StickyQuestions | null {
  const own = new Set(addresses.map(({ address }) => addressOf(address)));
  for (const { address, interface: link, peer } of addresses) {
    if (link === LOOPBACK || peer !== undefined || lengthOf(address) > 30 || lengthOf(address) === 0) continue;
    const { first, last } = rangeOf(networkOf(address));
    const neighbour = [first + 1, first + 2, last - 1].map(ipv4FromNumber).find((candidate) => !own.has(candidate));
    if (neighbour === undefined) continue;
    const broadcast = ipv4FromNumber(last);
    const short = highest(sysctls, link, 'rp_filter') === 0 && highest(sysctls, link, 'accept_local') === 0;
    const proves = !realms && short && isBroadcast(routes, broadcast) && !own.has(broadcast);
    return { to: addressOf(address), link, neighbour, broadcast: proves ? broadcast : null };
  }
  return null;
}

/** The state that the answers show. A null object is a refusal, undefined a question that was not asked. */
export function stickyState(toNeighbour: IpObject | null, toBroadcast: IpObject | null | undefined): HostState['sticky'] {
  const table = toNeighbour === null ? undefined : numberOf(toNeighbour, 'table');
  const customRules = table === 255 ? true : table === 254 ? false : null;
  if (toBroadcast === undefined || customRules === null) return { customRules, customLocalRoutes: null };
  if (toBroadcast !== null) return { customRules, customLocalRoutes: false };
  // Either of the two switches the short check off.
  return { customRules, customLocalRoutes: customRules ? null : true };
}

/** The larger of all and the link: what is in force of rp_filter, and whether accept_local is. */
function highest(sysctls: SysctlValues, link: LinkName, key: 'rp_filter' | 'accept_local'): number {
  return Math.max(...(['all', link] as const).map((holder) => Number(sysctls.get(confPath(holder, key)) ?? 0)));
}

function isBroadcast(routes: readonly RouteEntry[], address: Ipv4): boolean {
  return routes.some((route) => route.type === 'broadcast' && route.to === `${address}/32`);
}
