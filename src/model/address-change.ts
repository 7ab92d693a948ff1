import { addressOf, hostPrefix, lengthOf, networkOf } from '../net/prefix.ts';
import { RTPROT_KERNEL, subjectKey, type AddressSubject } from './operation.ts';
import { linkNamed, type AddressEntry, type HostState, type RouteEntry } from './state.ts';

const RT_TABLE_MAIN = 254;
const RT_TABLE_LOCAL = 255;

/** The host without addresses, given by their subjects' keys, and without the routes that the kernel made of these alone. */
export function withoutAddresses(state: HostState, gone: ReadonlySet<string>): HostState {
  const isGone = (entry: AddressEntry): boolean => gone.has(subjectKey({ kind: 'address', subject: entry }));
  const addresses = state.addresses.filter((entry) => !isGone(entry));
  const lost = state.addresses.filter(isGone);
  if (lost.length === 0) return state;
  const sources = new Set(lost.map((entry) => `${addressOf(entry.address)} ${entry.interface}`));
  const kept = new Set(
    addresses.flatMap(({ address, interface: at }) => [networkOf(address), hostPrefix(addressOf(address))].map((to) => `${to} ${at}`)),
  );
  const routes = state.routes.filter(
    ({ protocol, source, to, interface: at }) =>
      protocol !== RTPROT_KERNEL || !sources.has(`${source ?? ''} ${at ?? ''}`) || kept.has(`${to} ${at ?? ''}`),
  );
  return { ...state, addresses, routes };
}

/** The host with more addresses, and with the routes that the kernel makes of them (fib_add_ifaddr). */
export function withAddresses(state: HostState, coming: readonly AddressSubject[]): HostState {
  const addresses: AddressEntry[] = [...state.addresses];
  const routes: RouteEntry[] = [...state.routes];
  const numbered = new Set(state.addresses.map((entry) => `${networkOf(entry.address)} ${entry.interface}`));
  for (const { address, interface: at } of coming) {
    const source = addressOf(address);
    const value = { metric: 0, interface: at, protocol: RTPROT_KERNEL, source };
    const network = networkOf(address);
    const secondary = numbered.has(`${network} ${at}`);
    numbered.add(`${network} ${at}`);
    addresses.push({ address, interface: at, scope: 'global', ...(secondary ? { secondary } : {}) });
    routes.push({ ...value, to: hostPrefix(source), table: RT_TABLE_LOCAL, type: 'local', scope: 'host' });
    const flags = linkNamed(state, at)?.flags ?? [];
    if (secondary || lengthOf(address) === 32 || !flags.includes('UP') || flags.includes('LOOPBACK')) continue;
    routes.push({ ...value, to: network, table: RT_TABLE_MAIN, type: 'unicast', scope: 'link' });
  }
  return { ...state, addresses, routes };
}
