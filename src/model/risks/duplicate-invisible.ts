import type { LinkName } from '../../net/link-name.ts';
import type { Risk } from '../risk.ts';
import type { HostState } from '../state.ts';
import { isAnswering } from './answering.ts';
import { named, riskOf, type ProfileInput } from './risk-input.ts';

/**
 * Where two hosts can have one address and never hear of it: probes are never proxied (KERNEL.md F8), so that the second one finds its
 * address free (F89). Told of what the change brings.
 */
export function duplicateInvisible(input: ProfileInput): readonly Risk[] {
  const { before, after, concern } = input;
  const comes = (links: Iterable<LinkName>, is: (state: HostState, link: LinkName) => boolean): LinkName[] =>
    [...links].filter((link) => is(after, link) && !is(before, link));
  const isolated = comes(concern.pvlan, (state, link) => isAnswering(state, link, 'proxy_arp_pvlan'));
  const bridged = comes(concern.proxyArp, (state, link) => isAnswering(state, link, 'proxy_arp'));
  return [
    ...(isolated.length === 0 ? [] : [riskOf(input, 'duplicate-invisible', 'note', behindPorts(named(isolated)))]),
    ...(bridged.length < 2 ? [] : [riskOf(input, 'duplicate-invisible', 'note', acrossSegments(named(bridged)))]),
  ];
}

function behindPorts(links: string): string {
  return `Two hosts behind isolated ports of ${links} that have the same address do not find out: probes for duplicates (RFC 5227) are never answered by proxy; give addresses out by DHCP`;
}

function acrossSegments(links: string): string {
  return `Hosts on different ones of ${links} that have the same address do not find out: probes for duplicates (RFC 5227) are never answered by proxy; give addresses out from one place`;
}
