import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { onceForEach } from './once-for-each.ts';
import type { HostState } from './state.ts';

const indexOf = onceForEach(
  ({ proxies }: HostState): ReadonlySet<string> => new Set(proxies.map((entry) => `${entry.address} ${entry.interface ?? ''}`)),
);

/** Which proxy neighbour it is. */
export function proxyWords(state: HostState, address: Ipv4, on: LinkName): string {
  return indexOf(state).has(`${address} `)
    ? 'a proxy neighbour without a device stands for it on every interface'
    : `a proxy neighbour stands for it on ${on}`;
}

/** Whether a proxy neighbour stands for the address on the interface, or on every interface (pneigh_lookup). */
export function isProxied(state: HostState, address: Ipv4, on: LinkName): boolean {
  const index = indexOf(state);
  return index.has(`${address} ${on}`) || index.has(`${address} `);
}
