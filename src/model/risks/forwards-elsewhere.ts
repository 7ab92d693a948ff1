import { LOOPBACK } from '../../net/link-name.ts';
import { ownSetting } from '../link-settings.ts';
import type { Risk } from '../risk.ts';
import { named, riskOf, type ProfileInput } from './risk-input.ts';

/** Interfaces that nobody spoke of, and that ip_forward opens along with those of the profile (inet_forward_change, KERNEL.md F47). */
export function forwardsElsewhere(input: ProfileInput): readonly Risk[] {
  const { before, after, concern, spokenOf } = input;
  if (!concern.opensAll) return [];
  const opened = after.links.filter(
    ({ name, flags, master }) =>
      name !== LOOPBACK &&
      master === null &&
      flags.includes('UP') &&
      !spokenOf.has(name) &&
      ownSetting(before, name, 'forwarding') === 0 &&
      ownSetting(after, name, 'forwarding') !== 0,
  );
  if (opened.length === 0) return [];
  const message = `net.ipv4.ip_forward makes this host forward for whoever sends to it by ${named(opened.map(({ name }) => name))}, too; write forwarding: interfaces to open those of the profile alone`;
  return [riskOf(input, 'forwards-elsewhere', 'warning', message)];
}
