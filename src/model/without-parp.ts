import { withoutAddresses } from './address-change.ts';
import type { Ledger } from './ledger.ts';
import { PARP_PROTOCOL, subjectKey } from './operation.ts';
import { satisfies, valueOf, type HostState } from './state.ts';

/**
 * The addresses and routes that the host would have without any profile. What a profile comes to is worked out against this, so that
 * it does not depend on whether, or beside which others, it is in force already.
 */
export function withoutParp(state: HostState, ledger: Ledger): HostState {
  const added = new Set<string>();
  for (const [key, { operation }] of ledger.entries) {
    if (operation.from === null && satisfies(operation.kind, valueOf(state, operation), operation.to)) added.add(key);
  }
  if (added.size === 0) return state;
  const routes = state.routes.filter(
    (entry) => entry.protocol !== PARP_PROTOCOL || !added.has(subjectKey({ kind: 'route', subject: entry })),
  );
  return withoutAddresses({ ...state, routes }, added);
}
