import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { arpDecision } from '../../src/model/arp-decision.ts';
import { loadCapture } from '../../src/model/capture.ts';
import type { HostState } from '../../src/model/state.ts';
import { arpRemedy, remedyHeading } from '../../src/render/arp-remedy.ts';
import { questionOf, readRecords } from '../support/arp-records.ts';
import { FAR, OWN, proxyRouter, question } from '../support/arp-words.ts';
import type { RouterWords } from '../support/router-state.ts';

/** What a remedy says of a request to a router. */
function remedyOf(state: HostState, asked: string): string {
  const request = question(asked);
  const decision = arpDecision(state, request);
  return [remedyHeading(decision), ...arpRemedy(state, request, decision)].join('\n');
}

const RECORDS = fileURLToPath(new URL('../model/arp-records.jsonl.gz', import.meta.url));

const OFF = { 'eth0/proxy_arp': '0' };

type Row = readonly [because: string, state: RouterWords, question: string, said: readonly string[]];

/** What a remedy says to write into which sysctls, by its first sentence. */
function switchesIn(remedy: readonly string[]): readonly (readonly [path: string, value: string])[] {
  const [, paths, value] = /^Set (net\S+(?: and net\S+)*) to (-?\d+)/.exec(remedy[0] ?? '') ?? [];
  return (paths ?? '')
    .split(' and ')
    .filter((path) => path !== '')
    .map((path) => [path, path.includes('/neigh/') ? `${value}ms` : `${value}`] as const);
}

describe('arpRemedy()', () => {
  it('changes what decides, wherever it says what to write', () => {
    const cured = new Set<string>();
    const records = readRecords(RECORDS);
    const requests = records.flatMap(({ asked }) => asked.map(questionOf));
    for (const { capture } of records) {
      const state = loadCapture(JSON.stringify(capture));
      for (const request of requests) {
        const decision = arpDecision(state, request);
        const switches = switchesIn(arpRemedy(state, request, decision));
        if (switches.length === 0) continue;
        const changed = { ...state, sysctls: { ...state.sysctls, ...Object.fromEntries(switches) } };
        const after = arpDecision(changed, request).because;
        expect(after, `${decision.because} of ${JSON.stringify(request)} after ${switches.join()}`).not.toBe(decision.because);
        cured.add(decision.because);
      }
    }
    expect([...cured].toSorted()).toEqual([
      'arp-filter',
      'arp-ignore',
      'endless-delay',
      'forwarding-off',
      'gratuitous-dropped',
      'local-address',
      'loopback-target',
      'medium-id',
      'not-proxied',
      'private-vlan',
      'proxy-arp',
      'same-link',
    ]);
  });

  it.each<Row>([
    ['proxy-arp', {}, FAR, ['keep silent', 'net/ipv4/conf/eth0/proxy_arp to 0', 'answer: listed', 'ip route add 10.0.1.9 dev eth0']],
    [
      'proxy-arp of all',
      { switches: { 'all/proxy_arp': '1' } },
      FAR,
      ['Set net/ipv4/conf/eth0/proxy_arp and net/ipv4/conf/all/proxy_arp to 0'],
    ],
    ['proxy-arp by a host route', { routes: ['10.9.0.9/32 dev eth1'] }, '10.0.0.2>10.9.0.9', ['instead of 10.9.0.9/32']],
    [
      'private-vlan',
      { switches: { 'eth0/proxy_arp_pvlan': '1' } },
      '10.0.0.2>10.0.0.9',
      ['conf/eth0/proxy_arp_pvlan to 0', 'private-vlan'],
    ],
    ['proxy-neighbour', { switches: OFF, proxies: ['10.0.1.9 eth0'] }, FAR, ['ip neigh del proxy 10.0.1.9 dev eth0']],
    ['a proxy neighbour without a device', { switches: OFF, proxies: ['10.0.1.9'] }, FAR, ['that has no device']],
    ['local-address', {}, OWN, ['net/ipv4/conf/eth0/arp_ignore to 1', '10.0.1.1/24 from eth1']],
    ['local-address of the same interface', {}, '10.0.0.2>10.0.0.1', ['net/ipv4/conf/eth0/arp_ignore to 8']],
    ['AnyIP', { routes: ['local 10.55.0.0/24 dev lo'] }, '10.0.0.2>10.55.0.9', ['the local route that holds 10.55.0.9']],
    ['interface-down', { flags: { eth0: [] } }, FAR, ['answer', 'ip link set eth0 up']],
    ['probe', {}, '0.0.0.0>10.0.1.9', ['Ask with a sender', 'ip route add local 10.0.1.9 dev lo']],
    ['arp-ignore', { switches: { 'all/arp_ignore': '8' } }, OWN, ['net/ipv4/conf/all/arp_ignore to 0']],
    ['arp-filter', { switches: { 'eth0/arp_filter': '1' } }, '10.9.9.9>10.0.0.1', ['net/ipv4/conf/eth0/arp_filter to 0']],
    ['loopback-target', {}, '10.0.0.2>127.0.0.5', ['net/ipv4/conf/eth0/route_localnet to 1']],
    ['gratuitous-dropped', { switches: { 'all/drop_gratuitous_arp': '1' } }, '10.0.1.9>10.0.1.9', ['conf/all/drop_gratuitous_arp to 0']],
    ['an own sender', {}, '10.0.0.1>10.0.1.9', ['net/ipv4/conf/eth0/accept_local to 1']],
    [
      'a filtered sender',
      { switches: { 'all/rp_filter': '1' } },
      '10.0.1.7>10.0.1.9',
      ['ip route add 10.0.1.7 dev eth0', 'net/ipv4/conf/all/rp_filter to 2, or to 0'],
    ],
    ['a sender without any way back', { switches: { 'eth0/rp_filter': '2' } }, '10.9.9.9>10.0.1.9', ['net/ipv4/conf/eth0/rp_filter to 0']],
    ['a sender that is a broadcast address', { switches: { 'eth0/rp_filter': '2' } }, '10.0.0.255>10.0.1.9', ['broadcast 10.0.0.255/32']],
    ['a sender of loopback', {}, '127.0.0.9>10.0.1.9', ['net/ipv4/conf/eth0/route_localnet']],
    ['no-route', {}, '10.0.0.2>10.9.9.9', ['ip route add 10.9.9.9 dev IF']],
    ['refusing-route', { routes: ['blackhole 10.9.0.0/24'] }, '10.0.0.2>10.9.0.9', ['the route blackhole 10.9.0.0/24 of table main']],
    [
      'a refusing rule',
      { rules: [{ priority: 5, src: '10.0.0.0', srclen: 30, action: '7' }] },
      FAR,
      ['rule 5 (from 10.0.0.0/30 unreachable)'],
    ],
    ['broadcast', {}, '10.0.0.2>10.0.1.255', ['the route broadcast 10.0.1.255/32 of eth1']],
    ['an anycast route', { routes: ['anycast 10.7.0.7/32 dev eth1'] }, '10.0.0.2>10.7.0.7', ['anycast 10.7.0.7/32']],
    ['forwarding-off', { switches: { 'eth0/forwarding': '0' } }, FAR, ['net/ipv4/conf/eth0/forwarding to 1', 'forwarding: global']],
    ['same-link', {}, '10.0.0.2>10.0.0.9', ['net/ipv4/conf/eth0/proxy_arp_pvlan to 1', 'ip route add 10.0.0.9 dev IF']],
    ['announcement', { switches: { 'eth0/proxy_arp_pvlan': '1' } }, '10.0.0.9>10.0.0.9', ['another sender']],
    ['not-proxied', { switches: OFF }, FAR, ['net/ipv4/conf/eth0/proxy_arp to 1', 'ip neigh add proxy 10.0.1.9 dev eth0']],
    ['medium-id', { switches: { 'eth0/medium_id': '5', 'eth1/medium_id': '5' } }, FAR, ['conf/eth0/medium_id to 0', 'conf/eth1/medium_id']],
    ['endless-delay', { switches: { 'eth0/proxy_delay': '4294967292ms' } }, FAR, ['net/ipv4/neigh/eth0/proxy_delay to 0']],
    [
      'multipath',
      { routes: ['10.9.0.0/24 nexthop dev eth0 nexthop dev eth1'] },
      '10.0.0.2>10.9.0.9',
      ['for certain', 'the route 10.9.0.0/24'],
    ],
    ['unknown-history', { sticky: { customRules: null, customLocalRoutes: null } }, '10.0.0.255>10.0.1.9', ['Capture the host as root']],
    ['unknown-rule', { rules: [{ priority: 5, src: 'all', table: '100', colour: 'red' }] }, FAR, ['Delete the rule']],
  ])('for %s', (_because, state, asked, said) => {
    const remedy = remedyOf(proxyRouter(state), asked);
    for (const words of said) expect(remedy).toContain(words);
  });
});
