import type { Risk } from '../risk.ts';
import { addressConflict } from './address-conflict.ts';
import { concernOf } from './concern.ts';
import { duplicateInvisible } from './duplicate-invisible.ts';
import { foreignManager } from './foreign-manager.ts';
import { forwardDrop } from './forward-drop.ts';
import { forwardsElsewhere } from './forwards-elsewhere.ts';
import { hostIsOwnAddress } from './host-is-own-address.ts';
import { overAnswering } from './over-answering.ts';
import { ownServicesExposed } from './own-services-exposed.ts';
import { pvlanNoRoute, redirectsLeftOn } from './pvlan.ts';
import type { RiskFamily, RiskInput } from './risk-input.ts';
import { sameSubnetTwice } from './same-subnet-twice.ts';
import { silenced, strangersFiltered } from './silenced.ts';

const FAMILIES: readonly RiskFamily[] = [
  overAnswering,
  sameSubnetTwice,
  addressConflict,
  hostIsOwnAddress,
  pvlanNoRoute,
  silenced,
  strangersFiltered,
  forwardDrop,
  redirectsLeftOn,
  ownServicesExposed,
  forwardsElsewhere,
  foreignManager,
  duplicateInvisible,
];

/**
 * What the operator should know before a change, read off the host as it will be: what the change brings, and what of the host stands
 * against what a profile wants. Each thing is said once, for the first profile that it concerns.
 */
export function risksOf({ profiles, ...host }: RiskInput): readonly Risk[] {
  const risks = new Map<string, Risk>();
  const concerns = profiles.map((settings) => ({ settings, concern: concernOf(settings, host.after) }));
  const spokenOf = new Set(concerns.flatMap(({ concern }) => [...concern.links]));
  for (const each of concerns) {
    const input = { ...host, ...each, spokenOf };
    for (const family of FAMILIES) {
      for (const risk of family(input)) if (!risks.has(`${risk.code} ${risk.message}`)) risks.set(`${risk.code} ${risk.message}`, risk);
    }
  }
  return [...risks.values()];
}
