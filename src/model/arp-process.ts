import { UNSPECIFIED } from '../net/ipv4.ts';
import { after, reply, silence, type ArpOutcome } from './arp-outcome.ts';
import { isOn, ownSetting } from './link-settings.ts';
import { localAnswers, probeAnswer } from './local-answer.ts';
import type { LinkName } from '../net/link-name.ts';
import { isProxied } from './proxied.ts';
import { isLoopback, isMulticast, routeInput } from './route-input.ts';
import type { RoutingHistory } from './routing-history.ts';
import type { Arrival } from './source-validation.ts';
import type { HostState } from './state.ts';

/** How an ARP request that has reached the host may end (arp_process): more than one way where the route to its target has several hops. */
export function arpProcess(state: HostState, arrival: Arrival, history: RoutingHistory): readonly ArpOutcome[] {
  const { interface: at, from, to } = arrival;
  if (isMulticast(to)) return [silence('target-not-unicast', `${to} is a multicast address`)];
  if (isLoopback(to) && !isOn(state, at, 'route_localnet'))
    return [silence('loopback-target', `${to} is a loopback address, and route_localnet of ${at} is off`)];
  if (from === to && isOn(state, at, 'drop_gratuitous_arp'))
    return [silence('gratuitous-dropped', `${to} announces itself, and drop_gratuitous_arp of ${at} is on`)];
  if (from === UNSPECIFIED) return [probeAnswer(state, at, to, history)];
  return routeInput(state, arrival, history).flatMap((routed): readonly ArpOutcome[] => {
    switch (routed.to) {
      case 'nowhere':
        return [routed.outcome];
      case 'host':
        return localAnswers(state, arrival, history).map((outcome) => after(routed.steps, outcome));
      case 'link':
        return [after(routed.steps, proxyAnswer(state, arrival, routed.out))];
    }
  });
}

/** What is said for a target behind `out`: arp_fwd_pvlan for the link that asks, else arp_fwd_proxy or a proxy neighbour. */
function proxyAnswer(state: HostState, { interface: at, from, to }: Arrival, out: LinkName): ArpOutcome {
  if (out === at) {
    if (!isOn(state, at, 'proxy_arp_pvlan')) return silence('same-link', `${to} is on ${at} itself, and proxy_arp_pvlan is off`);
    if (from === to) return silence('announcement', `${to} announces itself, and proxy_arp_pvlan leaves announcements alone`);
    return reply('private-vlan', `${to} is on ${at} itself, and proxy_arp_pvlan is on`);
  }
  const isProxyArp = isOn(state, at, 'proxy_arp');
  const media = mediaOf(state, at, out);
  if (isProxyArp && media.differ) return reply('proxy-arp', `${to} is behind ${out}, and proxy_arp of ${at} is on`);
  if (isProxied(state, to, at)) return reply('proxy-neighbour', `${to} is behind ${out}, and a proxy neighbour stands for it on ${at}`);
  return isProxyArp
    ? silence('medium-id', `${to} is behind ${out}, and proxy_arp of ${at} is on, but by their medium_id ${media.words}`)
    : silence('not-proxied', `${to} is behind ${out}, but proxy_arp of ${at} is off, and no proxy neighbour stands for it`);
}

function mediaOf(state: HostState, at: LinkName, out: LinkName): { readonly differ: boolean; readonly words: string } {
  const here = ownSetting(state, at, 'medium_id');
  const there = ownSetting(state, out, 'medium_id');
  const differ = here === 0 || (here !== -1 && there !== here && there !== -1);
  const words = here === -1 || there === -1 ? `${here === -1 ? at : out} takes no part` : `${at} and ${out} are one medium`;
  return { differ, words };
}
