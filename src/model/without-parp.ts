import { withoutAddresses } from './address-change.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { PARP_PROTOCOL, routeKey } from './operation.ts';
import { satisfies, valueOf, type HostState } from './state.ts';

/**
 * The addresses and routes that the host would have without any profile. What a profile comes to is worked out against this, so that
 * it does not depend on whether, or beside which others, it is in force already.
 */
export function withoutParp(state: HostState, ledger: Ledger): HostState {
  const isAdded = ({ operation }: LedgerEntry): boolean =>
    operation.from === null && satisfies(operation.kind, valueOf(state, operation), operation.to);
  const addresses = new Set<string>();
  for (const [key, entry] of ledger.entries) if (entry.operation.kind === 'address' && isAdded(entry)) addresses.add(key);
  const routes = state.routes.filter((route) => {
    const entry = route.protocol === PARP_PROTOCOL ? ledger.entries.get(routeKey(route)) : undefined;
    return entry === undefined || !isAdded(entry);
  });
  if (addresses.size === 0 && routes.length === state.routes.length) return state;
  return withoutAddresses({ ...state, routes }, addresses);
}
