import { addressesOf, difference, firstPrefixes, firstWords, isEmptySet } from '../../net/address-set.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Risk } from '../risk.ts';
import type { HostState } from '../state.ts';
import { riskOf, type ProfileInput } from './risk-input.ts';

/** How many prefixes the sentence names. */
const NAMED = 4;

/** Addresses that local routes make the host's own, and that no table of parp's guards: what listens on every address listens there (KERNEL.md F106). */
export function ownServicesExposed(input: ProfileInput): readonly Risk[] {
  const { after, concern } = input;
  if (concern.locals.length === 0) return [];
  const bare = difference(addressesOf(concern.locals), addressesOf(guardedBy(after)));
  if (isEmptySet(bare)) return [];
  const message = `Services of the router that listen on every address can be reached at ${firstWords(firstPrefixes(bare, NAMED))}, for which no table of parp's drops what arrives untranslated; drop it at hook input, or write manage_nat: true`;
  return [riskOf(input, 'own-services-exposed', 'warning', message)];
}

function guardedBy({ nat }: HostState): Prefix[] {
  return Object.values(nat).flatMap((table) => ('unrecognised' in table ? [] : table.guarded));
}
