import { withoutAddresses } from './address-change.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { PARP_PROTOCOL, routeKey } from './operation.ts';
import { hasRouteValue, valueOf, type HostState, type RouteEntry } from './state.ts';
import { walk } from './walk.ts';

/**
 * The addresses and routes that the host would have without any profile. What a profile comes to is worked out against this, so that
 * it does not depend on whether, or beside which others, it is in force already.
 */
export function withoutParp(state: HostState, ledger: Ledger): HostState {
  const addresses = new Set<string>();
  for (const [key, { operation }] of ledger.entries) {
    if (operation.kind === 'address' && operation.from === null && valueOf(state, operation) !== null) addresses.add(key);
  }
  const entryOf = walk(ledger.entries);
  const routes = state.routes.filter((route) => route.protocol !== PARP_PROTOCOL || !isAdded(route, entryOf(routeKey(route))));
  if (addresses.size === 0 && routes.length === state.routes.length) return state;
  return withoutAddresses({ ...state, routes }, addresses);
}

/** Whether a route is the one that parp added where there was none. */
function isAdded(route: RouteEntry, entry: LedgerEntry | undefined): boolean {
  const operation = entry?.operation;
  return operation?.kind === 'route' && operation.from === null && operation.to !== null && hasRouteValue(route, operation.to);
}
