import { rangeOf, type Prefix } from '../../net/prefix.ts';
import { prefixCover } from '../../net/prefix-cover.ts';
import { subtractRanges } from '../../net/range.ts';
import type { Risk } from '../risk.ts';
import type { HostState } from '../state.ts';
import { named, riskOf, type ProfileInput } from './risk-input.ts';

/** Addresses that local routes make the host's own, and that no table of parp's guards: what listens on every address listens there (KERNEL.md F106). */
export function ownServicesExposed(input: ProfileInput): readonly Risk[] {
  const { after, concern } = input;
  if (concern.locals.length === 0) return [];
  const bare = subtractRanges(concern.locals.map(rangeOf), guardedBy(after).map(rangeOf));
  if (bare.length === 0) return [];
  const message = `Services of the router that listen on every address can be reached at ${named(prefixCover(bare).map((prefix) => prefix.replace(/\/32$/, '')))}, for which no table of parp's drops what arrives untranslated; drop it at hook input, or write manage_nat: true`;
  return [riskOf(input, 'own-services-exposed', 'warning', message)];
}

function guardedBy({ nat }: HostState): Prefix[] {
  return Object.values(nat).flatMap((table) => ('unrecognised' in table ? [] : table.guarded));
}
