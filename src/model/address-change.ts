import { addressOf, hostPrefix, networkOf } from '../net/prefix.ts';
import { RTPROT_KERNEL, subjectKey } from './operation.ts';
import type { AddressEntry, HostState } from './state.ts';

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
