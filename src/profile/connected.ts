import type { LinkName } from '../net/link-name.ts';
import { lengthOf, netmask, networkOf, numberOf, type InterfaceAddress, type Prefix } from '../net/prefix.ts';
import { RT_TABLE_MAIN, RTPROT_KERNEL } from '../model/operation.ts';
import type { HostState } from '../model/state.ts';
import { enter } from '../model/groups.ts';

/** A network of the main table, and whether its route leads straight onto a link's wire. */
interface Network {
  readonly interface: LinkName | undefined;
  readonly connected: boolean;
  /** The kernel made its route of an address. */
  readonly fromAddress: boolean;
}

/** The networks of one prefix length, by their addresses. */
interface Level {
  readonly length: number;
  readonly networks: ReadonlyMap<number, readonly Network[]>;
}

/** Networks, the longest prefixes first: of the lengths that there are, each is looked through once for a prefix, however many it holds. */
export type Networks = readonly Level[];

/** The networks that the main table holds, with those that addresses yet to be assigned will bring. */
export function connectedNetworks(
  host: HostState,
  assigned: readonly { interface: LinkName; addresses: readonly InterfaceAddress[] }[],
): Networks {
  const levels = new Map<number, Map<number, Network[]>>();
  const add = (to: Prefix, network: Network): void => {
    const level = levels.get(lengthOf(to)) ?? new Map<number, Network[]>();
    levels.set(lengthOf(to), level);
    enter(level, numberOf(to), network);
  };
  for (const { to, table, type, via, hops, interface: at, protocol } of host.routes) {
    if (table !== RT_TABLE_MAIN || to === '0.0.0.0/0') continue;
    const connected = type === 'unicast' && via === undefined && hops === undefined;
    add(to, { interface: at, connected, fromAddress: protocol === RTPROT_KERNEL });
  }
  for (const { interface: at, addresses } of assigned) {
    for (const address of addresses) {
      if (lengthOf(address) < 32) add(networkOf(address), { interface: at, connected: true, fromAddress: true });
    }
  }
  return [...levels].sort(([a], [b]) => b - a).map(([length, networks]) => ({ length, networks }));
}

/** The networks of one prefix that holds another one. */
interface Around {
  readonly length: number;
  readonly networks: readonly Network[];
}

/**
 * Whether the longest prefix that holds `to` is a connected one of this interface, and of no other. It has to be longer than `within`:
 * a route to a prefix of that length comes before the others.
 */
export function reachedByLink(to: Prefix, link: LinkName, networks: Networks, within: number): boolean {
  const longest = longestAround(to, networks);
  if (longest === undefined || longest.length <= within) return false;
  return longest.networks.every((network) => network.connected && network.interface === link);
}

/** The interface on whose wire `to` lies, going by the longest prefix. */
export function linkTowards(to: Prefix, networks: Networks): LinkName | undefined {
  return longestAround(to, networks)?.networks.find((network) => network.connected)?.interface;
}

/** Whether any connected network of the interface holds `to`: what the kernel asks of a gateway (fib_check_nh with a given device). */
export function reachesOnLink(to: Prefix, link: LinkName, networks: Networks): boolean {
  return networks.some((level) =>
    around(numberOf(to), lengthOf(to), level)?.some((network) => network.connected && network.interface === link),
  );
}

/** Whether an address has brought this very prefix, so that no other route of it finds room. */
export function isTaken(prefix: Prefix, networks: Networks): boolean {
  const longest = longestAround(prefix, networks);
  return longest?.length === lengthOf(prefix) && longest.networks.some((network) => network.fromAddress);
}

function longestAround(to: Prefix, networks: Networks): Around | undefined {
  const first = numberOf(to);
  const within = lengthOf(to);
  for (const level of networks) {
    const found = around(first, within, level);
    if (found !== undefined) return { length: level.length, networks: found };
  }
  return undefined;
}

/** The networks of a level that hold a prefix. */
function around(first: number, within: number, { length, networks }: Level): readonly Network[] | undefined {
  return length > within || length === 0 ? undefined : networks.get((first & netmask(length)) >>> 0);
}
