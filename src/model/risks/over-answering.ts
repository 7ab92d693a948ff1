import type { LinkName } from '../../net/link-name.ts';
import type { Risk } from '../risk.ts';
import type { HostState } from '../state.ts';
import { isAnswering } from './answering.ts';
import { riskOf, type ProfileInput } from './risk-input.ts';
import { waysOut } from './ways-out.ts';

/** Interfaces that would answer for more than anybody asked for (KERNEL.md F10, F85). */
export function overAnswering(input: ProfileInput): readonly Risk[] {
  const { before, after, concern } = input;
  const links = concern.opensAll ? new Set([...concern.proxyArp, ...after.links.map(({ name }) => name)]) : concern.proxyArp;
  return [...links].flatMap((link): Risk[] => {
    if (answersItsWire(after, link)) return answersItsWire(before, link) ? [] : [riskOf(input, 'over-answering', 'refusal', ownWire(link))];
    if (!answersTheWorld(after, link) || answersTheWorld(before, link)) return [];
    return [riskOf(input, 'over-answering', 'warning', theWorld(link, [...waysOut(after).byDefault].join(', ')))];
  });
}

/** proxy_arp answers for what another interface leads to: where none leads back by this one, for its own neighbours, too. */
function answersItsWire(state: HostState, link: LinkName): boolean {
  const { any, wide } = waysOut(state);
  return !any.has(link) && wide.size > 0 && isAnswering(state, link, 'proxy_arp');
}

function answersTheWorld(state: HostState, link: LinkName): boolean {
  const { byDefault } = waysOut(state);
  return byDefault.size > 0 && !byDefault.has(link) && isAnswering(state, link, 'proxy_arp');
}

function ownWire(link: LinkName): string {
  return `proxy_arp of ${link} is on, but no route leaves by ${link}: this host would answer there in place of the neighbours on that very wire and cut them off from one another; give ${link} an address with its subnet, or list its hosts, or leave proxy_arp of ${link} off`;
}

function theWorld(link: LinkName, out: string): string {
  return `The default route leaves by ${out}, so that on ${link} this host answers for every address that no other route leads to; with answer: listed, or proxies, it answers for the listed ones alone`;
}
