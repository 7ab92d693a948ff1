import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import type { HostState } from './state.ts';

const indices = new WeakMap<HostState, ReadonlySet<string>>();

/** Whether a proxy neighbour stands for the address on the interface, or on every interface (pneigh_lookup). */
export function isProxied(state: HostState, address: Ipv4, on: LinkName): boolean {
  const known = indices.get(state);
  const index = known ?? new Set(state.proxies.map((entry) => `${entry.address} ${entry.interface ?? ''}`));
  if (known === undefined) indices.set(state, index);
  return index.has(`${address} ${on}`) || index.has(`${address} `);
}
