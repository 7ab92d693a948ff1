import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { onceForEach } from './once-for-each.ts';
import type { HostState } from './state.ts';

const indexOf = onceForEach(
  ({ proxies }: HostState): ReadonlySet<string> => new Set(proxies.map((entry) => `${entry.address} ${entry.interface ?? ''}`)),
);

/** Whether a proxy neighbour stands for the address on the interface, or on every interface (pneigh_lookup). */
export function isProxied(state: HostState, address: Ipv4, on: LinkName): boolean {
  const index = indexOf(state);
  return index.has(`${address} ${on}`) || index.has(`${address} `);
}
