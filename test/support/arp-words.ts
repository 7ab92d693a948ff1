import { arpDecision, type ArpQuestion } from '../../src/model/arp-decision.ts';
import type { HostState } from '../../src/model/state.ts';
import { ip, link } from './operations.ts';
import { router, type RouterWords } from './router-state.ts';

// Questions and decisions about ARP in a few words, for tests.

const SWITCHES = { 'eth0/forwarding': '1', 'eth0/proxy_arp': '1' };
const ADDRESSES = ['10.0.0.1/24 eth0', '10.0.1.1/24 eth1'];

/** A router with 10.0.0.1/24 on eth0 and 10.0.1.1/24 on eth1 that answers on eth0 for what is behind eth1; with changes. */
export function proxyRouter(words: RouterWords = {}): HostState {
  return router({ ...words, addresses: [...ADDRESSES, ...(words.addresses ?? [])], switches: { ...SWITCHES, ...words.switches } });
}

/** `10.0.0.2>10.0.1.9` on eth0, or behind another interface's name: who asks for whom. */
export function question(text: string): ArpQuestion {
  const [at = 'eth0', pair = ''] = text.includes(' ') ? text.split(' ') : ['eth0', text];
  const [from = '', to = ''] = pair.split('>');
  return { interface: link(at), from: ip(from), to: ip(to) };
}

/** `reply: proxy-arp` and the like. */
export function decided(state: HostState, asked: string): string {
  const { answer, because } = arpDecision(state, question(asked));
  return `${answer}: ${because}`;
}

/** What a sender of eth0's subnet asks for behind eth1, and for an own address of the router's there. */
export const FAR = '10.0.0.2>10.0.1.9';
export const OWN = '10.0.0.2>10.0.1.1';
