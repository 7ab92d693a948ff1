import { UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { after, reply, silence, type ArpOutcome } from './arp-outcome.ts';
import { isOn, onWords, ownSetting, ownWords } from './link-settings.ts';
import { localAnswers, probeAnswer } from './local-answer.ts';
import type { LinkName } from '../net/link-name.ts';
import { isProxied, proxyWords } from './proxied.ts';
import { isLoopback, isMulticast, routeInput } from './route-input.ts';
import type { RoutingHistory } from './routing-history.ts';
import type { Arrival } from './source-validation.ts';
import type { HostState } from './state.ts';

/** How an ARP request that has reached the host may end (arp_process): more than one way where the route to its target has several hops. */
export function arpProcess(state: HostState, arrival: Arrival, history: RoutingHistory): readonly ArpOutcome[] {
  const { interface: at, from, to } = arrival;
  if (isMulticast(to)) return [silence('target-not-unicast', () => `${to} is a multicast address`)];
  if (isLoopback(to) && !isOn(state, at, 'route_localnet'))
    return [silence('loopback-target', () => `${to} is a loopback address, and route_localnet of ${at} is off`)];
  if (from === to && isOn(state, at, 'drop_gratuitous_arp'))
    return [
      silence(
        'gratuitous-dropped',
        () => `${to} announces itself, and announcements are dropped (${onWords(state, at, 'drop_gratuitous_arp')})`,
      ),
    ];
  if (isProbe(from)) return [probeAnswer(state, at, to, history)];
  return routeInput(state, arrival, history).flatMap((routed): readonly ArpOutcome[] => {
    switch (routed.to) {
      case 'nowhere':
        return [routed.outcome];
      case 'host':
        return localAnswers(state, arrival, history).map((outcome) => after(routed.steps, outcome, routed.by));
      case 'link':
        return [after(routed.steps, proxyAnswer(state, arrival, routed.out), routed.by)];
    }
  });
}

/** RFC 5227: a request whose sender has no address yet. */
export function isProbe(from: Ipv4): boolean {
  return from === UNSPECIFIED;
}

/** What is said for a target behind `out`: arp_fwd_pvlan for the link that asks, else arp_fwd_proxy or a proxy neighbour. */
function proxyAnswer(state: HostState, { interface: at, from, to }: Arrival, out: LinkName): ArpOutcome {
  if (out === at) {
    if (!isOn(state, at, 'proxy_arp_pvlan'))
      return silence('same-link', () => `${to} is on ${at} itself, and proxy_arp_pvlan is off (${offWords(state, at, 'proxy_arp_pvlan')})`);
    const pvlan = (): string => `proxy_arp_pvlan of ${at} is on (${onWords(state, at, 'proxy_arp_pvlan')})`;
    if (from === to) return silence('announcement', () => `${to} is on ${at} itself, and ${pvlan()}, which leaves announcements alone`);
    return reply('private-vlan', () => `${to} is on ${at} itself, and ${pvlan()}`);
  }
  const isProxyArp = isOn(state, at, 'proxy_arp');
  const proxyArp = (): string => `proxy_arp of ${at} is on (${onWords(state, at, 'proxy_arp')})`;
  if (isProxyArp && areMedia(state, at, out)) return reply('proxy-arp', () => `${to} is behind ${out}, and ${proxyArp()}`);
  if (isProxied(state, to, at)) return reply('proxy-neighbour', () => `${to} is behind ${out}, and ${proxyWords(state, to, at)}`);
  return isProxyArp
    ? silence('medium-id', () => `${to} is behind ${out}, and ${proxyArp()}, but by their medium_id ${mediaWords(state, at, out)}`)
    : silence(
        'not-proxied',
        () => `${to} is behind ${out}, but proxy_arp is off (${offWords(state, at, 'proxy_arp')}), and no proxy neighbour stands for it`,
      );
}

function offWords(state: HostState, at: LinkName, key: 'proxy_arp' | 'proxy_arp_pvlan'): string {
  return `${ownWords(state, at, key)}, ${ownWords(state, 'all', key)}`;
}

/** IN_DEV_PROXY_ARP's second half: whether the interfaces are of different media, as far as their medium_id says. */
function areMedia(state: HostState, at: LinkName, out: LinkName): boolean {
  const here = ownSetting(state, at, 'medium_id');
  if (here === 0) return true;
  const there = ownSetting(state, out, 'medium_id');
  return here !== -1 && there !== here && there !== -1;
}

function mediaWords(state: HostState, at: LinkName, out: LinkName): string {
  const absent = [at, out].find((link) => ownSetting(state, link, 'medium_id') === -1);
  const what = absent === undefined ? `${at} and ${out} are one medium` : `${absent} takes no part`;
  return `${what} (${ownWords(state, at, 'medium_id')}, ${ownWords(state, out, 'medium_id')})`;
}
