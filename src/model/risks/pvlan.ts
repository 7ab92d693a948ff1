import type { Risk } from '../risk.ts';
import { isOn } from '../link-settings.ts';
import { isAnswering } from './answering.ts';
import { named, riskOf, type ProfileInput } from './risk-input.ts';
import { waysOut } from './ways-out.ts';

/** Interfaces on which proxy_arp_pvlan has nobody to answer for: it does so only where a route leads back by them (arp_fwd_pvlan). */
export function pvlanNoRoute(input: ProfileInput): readonly Risk[] {
  const links = [...input.concern.pvlan].filter((link) => !waysOut(input.after).any.has(link));
  if (links.length === 0) return [];
  const message = `No route leads to the hosts of ${named(links)}: without one nothing is answered there; give the interface an address with its subnet, or add host routes over it`;
  return [riskOf(input, 'pvlan-no-route', 'warning', message)];
}

/** Interfaces by which packets come in and go out again, so that the host tells their senders of a shorter way (KERNEL.md F88, F18). */
export function redirectsLeftOn(input: ProfileInput): readonly Risk[] {
  const { after, concern } = input;
  const links = [...concern.pvlan].filter((link) => isAnswering(after, link, 'proxy_arp_pvlan') && isOn(after, link, 'send_redirects'));
  if (links.length === 0) return [];
  const message = `send_redirects of ${named(links)} is on (there or in conf/all): hosts that talk through this one are told by ICMP redirects to talk directly, which they cannot; set redirects: false`;
  return [riskOf(input, 'redirects-left-on', 'warning', message)];
}
