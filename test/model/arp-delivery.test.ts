import { describe, expect, it } from 'vitest';
import { arpDecision, storyOf } from '../../src/model/arp-decision.ts';
import type { HostState, Link } from '../../src/model/state.ts';
import { confPath } from '../../src/net/sysctl-path.ts';
import { decided, FAR, OWN, proxyRouter, question } from '../support/arp-words.ts';
import { link } from '../support/operations.ts';
import type { RouterWords } from '../support/router-state.ts';

const UNKNOWN = { customRules: null, customLocalRoutes: null };

/** The router with another eth0. */
function withEth0(change: Partial<Link>, state: HostState = proxyRouter()): HostState {
  return { ...state, links: state.links.map((entry) => (entry.name === 'eth0' ? { ...entry, ...change } : entry)) };
}

function withMaster(kind: string): HostState {
  const state = withEth0({ master: link('eth2') });
  return { ...state, links: state.links.map((entry) => (entry.name === 'eth2' ? { ...entry, kind } : entry)) };
}

describe('whether arpDecision() lets a request be heard', () => {
  const { [confPath(link('eth0'), 'forwarding')]: _gone, ...without } = proxyRouter().sysctls;
  it.each<readonly [claim: string, state: HostState, decision: string]>([
    ['not where there is no such interface', { ...proxyRouter(), links: [] }, 'silence: no-interface'],
    ['not where it is down', withEth0({ flags: ['BROADCAST'] }), 'silence: interface-down'],
    ['not where it speaks no ARP', withEth0({ flags: ['UP', 'LOWER_UP', 'NOARP'] }), 'silence: no-arp'],
    ['not by the port of a bridge (F35)', withMaster('bridge'), 'silence: enslaved'],
    ['not by the port of a bond', withMaster('bond'), 'silence: enslaved'],
    ['nobody knows how in a VRF', withMaster('vrf'), 'depends: vrf'],
    ['not without IPv4 (F37)', { ...withEth0({ mtu: 60 }), sysctls: without }, 'silence: no-ipv4'],
    ['nobody knows where the switches are missing', { ...proxyRouter(), sysctls: without }, 'depends: unknown-settings'],
  ])('%s', (_claim, state, decision) => {
    expect(decided(state, FAR)).toBe(decision);
  });

  it('also where it is the way on that has no IPv4', () => {
    const { [confPath(link('eth1'), 'forwarding')]: _gone, ...sysctls } = proxyRouter().sysctls;
    const links = proxyRouter().links.map((entry) => (entry.name === 'eth1' ? { ...entry, mtu: 60 } : entry));
    const decision = arpDecision({ ...proxyRouter(), sysctls, links }, question(FAR));
    expect(decision.because).toBe('no-ipv4');
    expect(storyOf(decision).at(0)).toBe('eth0 hears 10.0.0.2 ask everybody for 10.0.1.9');
  });
});

describe('when arpDecision() lets an answer out', () => {
  it.each<readonly [claim: string, delay: string, question: string, unicast: boolean, max: number]>([
    ['a proxied one within proxy_delay (F28)', '800ms', FAR, false, 800],
    ['at once for a unicast request (F28)', '800ms', FAR, true, 0],
    ['at once without proxy_delay (F29)', '0ms', FAR, false, 0],
    ['at once for an own address (F28)', '800ms', OWN, false, 0],
  ])('%s', (_claim, delay, asked, unicast, max) => {
    const state = proxyRouter({ switches: { 'eth0/proxy_delay': delay, 'eth1/proxy_delay': '4ms' } });
    const decision = arpDecision(state, { ...question(asked), unicast });
    expect(decision).toMatchObject({ answer: 'reply', mac: '02:00:00:00:00:01', delayMs: { min: 0, max } });
  });

  it('never with a delay of -1, but for unicast requests (F44)', () => {
    const state = proxyRouter({ switches: { 'eth0/proxy_delay': '4294967292ms' } });
    expect(decided(state, FAR)).toBe('silence: endless-delay');
    expect(arpDecision(state, { ...question(FAR), unicast: true })).toMatchObject({ answer: 'reply' });
    expect(decided(state, OWN)).toBe('reply: local-address');
  });

  it('says what may become of it on the way', () => {
    const state = proxyRouter({ switches: { 'eth0/proxy_qlen': '10' }, flags: { eth0: ['UP'] } });
    const story = storyOf(arpDecision(state, question(FAR)));
    expect(story.at(0)).toBe('eth0, which has no carrier now, hears 10.0.0.2 ask everybody for 10.0.1.9');
    expect(story.at(-1)).toContain('dropped where 11 others wait');
  });

  it('gives neither MAC nor delay for silence', () => {
    expect(arpDecision(proxyRouter(), question('0.0.0.0>10.0.1.9'))).toMatchObject({ mac: null, delayMs: { min: 0, max: 0 } });
  });
});

describe('what arpDecision() leaves open', () => {
  it.each<readonly [claim: string, state: RouterWords, question: string, decision: string]>([
    [
      'several hops of which one leads back (F14)',
      { routes: ['10.9.0.0/24 nexthop dev eth0 nexthop dev eth1'] },
      '10.0.0.2>10.9.0.9',
      'depends: multipath',
    ],
    [
      'not hops that all lead elsewhere (F14)',
      { routes: ['10.9.0.0/24 nexthop dev eth1 nexthop dev eth2'] },
      '10.0.0.2>10.9.0.9',
      'reply: proxy-arp',
    ],
    [
      'not hops that all fall silent (F14)',
      { routes: ['10.9.0.0/24 nexthop dev eth0 nexthop dev eth2'], switches: { 'eth0/proxy_arp': '0' } },
      '10.0.0.2>10.9.0.9',
      'silence: same-link',
    ],
    ['an unknown history, where it matters (F17, F20)', { sticky: UNKNOWN }, '10.0.0.255>10.0.1.9', 'depends: unknown-history'],
    ['not where it does not', { sticky: UNKNOWN }, FAR, 'reply: proxy-arp'],
    [
      'an unknown order of tables, where it matters (F21)',
      { sticky: { ...UNKNOWN, customLocalRoutes: true }, routes: ['local 10.55.0.0/16 dev lo', '10.55.1.0/24 dev eth0'] },
      '10.0.0.2>10.55.1.9',
      'depends: unknown-history',
    ],
    [
      'not where rules show that they were touched',
      { sticky: UNKNOWN, rules: [{ priority: 5, src: '10.77.0.0', srclen: 16, table: '100' }] },
      '10.0.0.255>10.0.1.9',
      'silence: source-rejected',
    ],
    [
      'not where a local route shows that one was added',
      { sticky: UNKNOWN, routes: ['local 10.55.0.0/24 dev lo'] },
      '10.0.0.255>10.0.1.9',
      'silence: source-rejected',
    ],
    [
      'a rule that selects by what is not known',
      { rules: [{ priority: 5, src: 'all', table: '100', colour: 'red' }] },
      FAR,
      'depends: unknown-rule',
    ],
  ])('%s', (_claim, state, asked, decision) => {
    expect(decided(proxyRouter(state), asked)).toBe(decision);
  });

  const chain = (more: object): object => ({ chain: { family: 'arp', table: 't', name: 'c', hook: 'input', policy: 'accept', ...more } });
  const rule = (verdict: object, more: object = {}): object => ({
    rule: { family: 'arp', table: 't', chain: 'c', expr: [{ match: {} }, verdict], ...more },
  });
  it.each<readonly [claim: string, nftables: readonly object[], decision: string]>([
    ['a chain of ARP that drops something (F34)', [chain({}), rule({ drop: null })], 'depends: filtered'],
    ['one that drops by its policy', [chain({ policy: 'drop' })], 'depends: filtered'],
    ['not one that only counts', [chain({}), rule({ counter: {} })], 'reply: proxy-arp'],
    ['not a rule of another chain', [chain({}), rule({ drop: null }, { chain: 'd' })], 'reply: proxy-arp'],
    ['not a chain of IP (F34)', [chain({ family: 'ip', policy: 'drop' })], 'reply: proxy-arp'],
    ['the ingress of the interface', [chain({ family: 'netdev', hook: 'ingress', dev: 'eth0', policy: 'drop' })], 'depends: filtered'],
    [
      'not that of family inet, which passes ARP on',
      [chain({ family: 'inet', hook: 'ingress', dev: 'eth0', policy: 'drop' })],
      'reply: proxy-arp',
    ],
    ['not that of another', [chain({ family: 'netdev', hook: 'ingress', dev: ['eth1', 'eth2'], policy: 'drop' })], 'reply: proxy-arp'],
    ['not a bridge’s chain where there is none', [chain({ family: 'bridge', policy: 'drop' })], 'reply: proxy-arp'],
  ])('%s', (_claim, nftables, decision) => {
    expect(decided({ ...proxyRouter(), nftables }, FAR)).toBe(decision);
    expect(decided({ ...proxyRouter(), nftables }, '0.0.0.0>10.0.1.9')).toBe('silence: probe');
  });

  it('says what it hangs on', () => {
    const state = proxyRouter({ routes: ['10.9.0.0/24 nexthop dev eth0 nexthop dev eth1'] });
    const decision = arpDecision(state, question('10.0.0.2>10.9.0.9'));
    expect({ ...decision, steps: storyOf(decision) }).toMatchObject({
      mac: '02:00:00:00:00:01',
      delayMs: { min: 0, max: 800 },
      steps: [
        'eth0 hears 10.0.0.2 ask everybody for 10.9.0.9',
        'The route to 10.9.0.9 is 10.9.0.0/24 dev eth0 or dev eth1 of table main',
        'forwarding of eth0 is on (conf/eth0/forwarding=1)',
        expect.stringContaining('10.0.0.2 is accepted'),
        expect.stringContaining('is on eth0 itself'),
        expect.stringContaining('behind eth1'),
        'Which of the hops is taken, a hash of the request decides',
        'The answer waits a random time of less than 800 ms (proxy_delay of eth0), and is dropped where 65 others wait (proxy_qlen)',
      ],
    });
  });
});
