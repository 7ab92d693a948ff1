import { addressOf, hostPrefix } from '../../net/prefix.ts';
import { isProxied } from '../proxied.ts';
import type { Risk } from '../risk.ts';
import { riskOf, type ProfileInput } from './risk-input.ts';

/** Proxy neighbours and host routes for addresses of the host itself: the kernel asks neither (arp_process, KERNEL.md F1, F2). */
export function hostIsOwnAddress(input: ProfileInput): readonly Risk[] {
  const { after, concern } = input;
  const owned = new Set(after.addresses.map(({ address }) => hostPrefix(addressOf(address))));
  const routed = new Set(concern.hostRoutes.filter((to) => owned.has(to)));
  return after.addresses.flatMap(({ address, interface: at }): Risk[] => {
    const own = addressOf(address);
    const isTaken = routed.has(hostPrefix(own)) || [...concern.proxied].some((link) => isProxied(after, own, link));
    if (!isTaken) return [];
    const message = `${own} is an address of this host itself (on ${at}), which answers for it on every interface and never sends it on; leave it out of the profile, or take it from ${at}`;
    return [riskOf(input, 'host-is-own-address', 'warning', message)];
  });
}
