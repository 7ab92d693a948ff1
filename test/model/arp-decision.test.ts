import { describe, expect, it } from 'vitest';
import { decided, FAR, OWN, proxyRouter } from '../support/arp-words.ts';
import type { RouterWords } from '../support/router-state.ts';

type Case = readonly [claim: string, state: RouterWords, question: string, decision: string];

describe('arpDecision()', () => {
  it.each<Case>([
    ['answers for what is behind another interface (F10)', {}, FAR, 'reply: proxy-arp'],
    ['with proxy_arp of all alone', { switches: { 'eth0/proxy_arp': '0', 'all/proxy_arp': '1' } }, FAR, 'reply: proxy-arp'],
    ['and with any number that is not 0 (F40)', { switches: { 'eth0/proxy_arp': '-1' } }, FAR, 'reply: proxy-arp'],
    ['not without proxy_arp', { switches: { 'eth0/proxy_arp': '0' } }, FAR, 'silence: not-proxied'],
    [
      'not without forwarding of the interface that asks',
      { switches: { 'eth0/forwarding': '0', 'all/forwarding': '1' } },
      FAR,
      'silence: forwarding-off',
    ],
    ['whatever the forwarding of the other (F24)', { switches: { 'eth1/forwarding': '0' } }, FAR, 'reply: proxy-arp'],
    ['by a link without carrier, too (F10, F27)', { flags: { eth1: ['UP'] } }, FAR, 'reply: proxy-arp'],
    [
      'unless such links are to be ignored (F27)',
      { flags: { eth1: ['UP'] }, switches: { 'eth1/ignore_routes_with_linkdown': '1' } },
      FAR,
      'silence: no-route',
    ],
    [
      'for the whole world behind a default route (F85)',
      { routes: ['default via 10.0.1.9 dev eth1'] },
      '10.0.0.2>240.1.2.3',
      'reply: proxy-arp',
    ],
    ['for a route over lo (F10)', { routes: ['10.7.0.0/24 dev lo'] }, '10.0.0.2>10.7.0.7', 'reply: proxy-arp'],
    ['for the network address (F12)', {}, '10.0.0.2>10.0.1.0', 'reply: proxy-arp'],
    ['for 0.0.0.0/8 (F12)', { routes: ['0.0.0.0/8 dev eth1'] }, '10.0.0.2>0.1.2.3', 'reply: proxy-arp'],
    ['not for a broadcast address (F12)', {}, '10.0.0.2>10.0.1.255', 'silence: broadcast'],
    [
      'nor with bc_forwarding',
      { switches: { 'all/bc_forwarding': '1', 'eth0/bc_forwarding': '1' } },
      '10.0.0.2>10.0.1.255',
      'silence: broadcast',
    ],
    ['not for multicast', {}, '10.0.0.2>224.0.0.1', 'silence: target-not-unicast'],
    ['not for 255.255.255.255', { routes: ['default dev eth1'] }, '10.0.0.2>255.255.255.255', 'silence: target-not-unicast'],
    ['not for 0.0.0.0', { routes: ['default dev eth1'] }, '10.0.0.2>0.0.0.0', 'silence: target-not-unicast'],
    ['not for an anycast route', { routes: ['anycast 10.7.0.7/32 dev eth1'] }, '10.0.0.2>10.7.0.7', 'silence: target-not-unicast'],
    ['not for 127.0.0.0/8', {}, '10.0.0.2>127.0.0.1', 'silence: loopback-target'],
    ['but with route_localnet', { switches: { 'all/route_localnet': '1' } }, '10.0.0.2>127.0.0.1', 'reply: local-address'],
    ['not without a route', {}, '10.0.0.2>10.9.9.9', 'silence: no-route'],
    [
      'not for what a route refuses (F11)',
      { routes: ['default dev eth1', 'blackhole 10.9.9.0/24'] },
      '10.0.0.2>10.9.9.9',
      'silence: refusing-route',
    ],
    ['not behind throw (F11)', { routes: ['default dev eth1', 'throw 10.9.9.0/24'] }, '10.0.0.2>10.9.9.9', 'silence: no-route'],
    [
      'not for senders that a rule refuses (F23)',
      { rules: [{ priority: 5, src: '10.0.0.0', srclen: 30, action: '7' }] },
      FAR,
      'silence: refusing-route',
    ],
    [
      'by a rule for its interface (F23)',
      { routes: ['10.9.0.0/16 dev eth2 table 100'], rules: [{ priority: 5, src: 'all', iif: 'eth0', table: '100' }] },
      '10.0.0.2>10.9.0.1',
      'reply: proxy-arp',
    ],
    ['for an announcement of what is elsewhere (F9)', { routes: ['10.0.0.9/32 dev eth1'] }, '10.0.0.9>10.0.0.9', 'reply: proxy-arp'],
    [
      'unless drop_gratuitous_arp is on (F9)',
      { routes: ['10.0.0.9/32 dev eth1'], switches: { 'all/drop_gratuitous_arp': '1' } },
      '10.0.0.9>10.0.0.9',
      'silence: gratuitous-dropped',
    ],
    ['never a probe for others (F8)', {}, '0.0.0.0>10.0.1.9', 'silence: probe'],
  ])('answers by proxy_arp %s', (_claim, state, asked, decision) => {
    expect(decided(proxyRouter(state), asked)).toBe(decision);
  });

  it.each<readonly [here: string, there: string, decision: string]>([
    ['0', '-1', 'reply: proxy-arp'],
    ['5', '0', 'reply: proxy-arp'],
    ['5', '6', 'reply: proxy-arp'],
    ['5', '5', 'silence: medium-id'],
    ['5', '-1', 'silence: medium-id'],
    ['-1', '5', 'silence: medium-id'],
    ['-1', '0', 'silence: medium-id'],
    ['-2', '0', 'reply: proxy-arp'],
    ['-2', '-2', 'silence: medium-id'],
  ])('with medium_id %s on the asking side and %s on the other: %s (F25)', (here, there, decision) => {
    const switches = { 'eth0/medium_id': here, 'eth1/medium_id': there, 'all/medium_id': '5' };
    expect(decided(proxyRouter({ switches }), FAR)).toBe(decision);
  });

  const PVLAN = { switches: { 'eth0/proxy_arp_pvlan': '1' } };
  it.each<Case>([
    ['keeps silent about hosts of the link that asks', {}, '10.0.0.2>10.0.0.9', 'silence: same-link'],
    ['answers for them with proxy_arp_pvlan (F87)', PVLAN, '10.0.0.2>10.0.0.9', 'reply: private-vlan'],
    ['with that of all alone', { switches: { 'all/proxy_arp_pvlan': '1' } }, '10.0.0.2>10.0.0.9', 'reply: private-vlan'],
    [
      'whatever their medium (F25)',
      { switches: { 'eth0/proxy_arp_pvlan': '1', 'eth0/medium_id': '-1' } },
      '10.0.0.2>10.0.0.9',
      'reply: private-vlan',
    ],
    ['not for an announcement (F9)', PVLAN, '10.0.0.9>10.0.0.9', 'silence: announcement'],
    [
      'not without forwarding (F87)',
      { switches: { 'eth0/proxy_arp_pvlan': '1', 'eth0/forwarding': '0' } },
      '10.0.0.2>10.0.0.9',
      'silence: forwarding-off',
    ],
    ['and not for what is elsewhere', { switches: { 'eth0/proxy_arp_pvlan': '1', 'eth0/proxy_arp': '0' } }, FAR, 'silence: not-proxied'],
    [
      'for its own gateway, by a default route over that link (F85)',
      { ...PVLAN, routes: ['default via 10.0.0.254 dev eth0'] },
      '10.0.0.2>10.0.0.254',
      'reply: private-vlan',
    ],
  ])('on the same link %s', (_claim, state, asked, decision) => {
    expect(decided(proxyRouter(state), asked)).toBe(decision);
  });

  const LISTED = { 'eth0/proxy_arp': '0' };
  it.each<Case>([
    ['answers for it (F26)', { switches: LISTED, proxies: ['10.0.1.9 eth0'] }, FAR, 'reply: proxy-neighbour'],
    ['also one without an interface (F56)', { switches: LISTED, proxies: ['10.0.1.9'] }, FAR, 'reply: proxy-neighbour'],
    ['not one of another interface', { switches: LISTED, proxies: ['10.0.1.9 eth2'] }, FAR, 'silence: not-proxied'],
    [
      'not without forwarding (F26)',
      { switches: { ...LISTED, 'eth0/forwarding': '0' }, proxies: ['10.0.1.9 eth0'] },
      FAR,
      'silence: forwarding-off',
    ],
    ['not on the wire where it lives (F26)', { switches: LISTED, proxies: ['10.0.0.9 eth0'] }, '10.0.0.2>10.0.0.9', 'silence: same-link'],
    ['not without a route (F26)', { switches: LISTED, proxies: ['10.9.9.9 eth0'] }, '10.0.0.2>10.9.9.9', 'silence: no-route'],
    ['whatever the medium (F25)', { switches: { 'eth0/medium_id': '-1' }, proxies: ['10.0.1.9 eth0'] }, FAR, 'reply: proxy-neighbour'],
    ['not a probe (F8)', { switches: LISTED, proxies: ['10.0.1.9 eth0'] }, '0.0.0.0>10.0.1.9', 'silence: probe'],
  ])('a proxy neighbour %s', (_claim, state, asked, decision) => {
    expect(decided(proxyRouter(state), asked)).toBe(decision);
  });

  const SILENT = { 'eth0/forwarding': '0', 'eth0/proxy_arp': '0' };
  it.each<Case>([
    ['on every interface, without any switch (F1)', { switches: SILENT }, OWN, 'reply: local-address'],
    ['also of an interface that is down (F6)', { flags: { eth1: [] } }, OWN, 'reply: local-address'],
    ['also to a probe (F8)', { switches: SILENT }, '0.0.0.0>10.0.1.1', 'reply: local-address'],
    ['also a whole prefix by a local route (F5)', { routes: ['local 10.55.0.0/24 dev lo'] }, '10.0.0.2>10.55.0.9', 'reply: local-address'],
    ['also a whole prefix by an address of lo (F5)', { addresses: ['10.55.0.1/24 lo'] }, '10.0.0.2>10.55.0.9', 'reply: local-address'],
    [
      'but where a longer prefix leads elsewhere (F21)',
      { routes: ['local 10.55.0.0/16 dev lo', '10.55.1.0/24 dev eth1'] },
      '10.0.0.2>10.55.1.9',
      'reply: proxy-arp',
    ],
    [
      'which a probe hears as well (F21)',
      { routes: ['local 10.55.0.0/16 dev lo', '10.55.1.0/24 dev eth1'] },
      '0.0.0.0>10.55.1.9',
      'silence: probe',
    ],
    [
      'until rules were touched (F21)',
      { routes: ['local 10.55.0.0/16 dev lo', '10.55.1.0/24 dev eth1'], sticky: { customRules: true, customLocalRoutes: true } },
      '0.0.0.0>10.55.1.9',
      'reply: local-address',
    ],
    ['not with arp_ignore=1 on another interface (F2, F4)', { switches: { 'eth0/arp_ignore': '1' } }, OWN, 'silence: arp-ignore'],
    ['with arp_ignore=1 on its own', { switches: { 'eth0/arp_ignore': '1' } }, '10.9.9.9>10.0.0.1', 'reply: local-address'],
    ['with arp_ignore=2 to its own subnet (F4)', { switches: { 'all/arp_ignore': '2' } }, '10.0.0.2>10.0.0.1', 'reply: local-address'],
    ['with arp_ignore=2 to no other (F4)', { switches: { 'all/arp_ignore': '2' } }, '10.9.9.9>10.0.0.1', 'silence: arp-ignore'],
    ['with arp_ignore=2 to a probe (F4)', { switches: { 'all/arp_ignore': '2' } }, '0.0.0.0>10.0.0.1', 'reply: local-address'],
    [
      'with arp_ignore=2 and /32 to nobody (F4)',
      { addresses: ['10.0.7.1/32 eth0'], switches: { 'all/arp_ignore': '2' } },
      '10.0.0.2>10.0.7.1',
      'silence: arp-ignore',
    ],
    [
      'not with arp_ignore=3 and scope host (F4)',
      { addresses: ['10.0.7.1/32 eth0 host'], switches: { 'eth0/arp_ignore': '3' } },
      '10.0.0.2>10.0.7.1',
      'silence: arp-ignore',
    ],
    ['with arp_ignore=3 and another scope', { switches: { 'eth0/arp_ignore': '3' } }, OWN, 'reply: local-address'],
    [
      'not a prefix of lo with arp_ignore=3 (F5)',
      { routes: ['local 10.55.0.0/24 dev lo'], switches: { 'eth0/arp_ignore': '3' } },
      '10.0.0.2>10.55.0.9',
      'silence: arp-ignore',
    ],
    ['not with arp_ignore=8', { switches: { 'eth0/arp_ignore': '8' } }, '10.0.0.2>10.0.0.1', 'silence: arp-ignore'],
    ['with arp_ignore=4, which says nothing (F4)', { switches: { 'eth0/arp_ignore': '4' } }, OWN, 'reply: local-address'],
    [
      'with the larger arp_ignore of all and the interface',
      { switches: { 'eth0/arp_ignore': '1', 'all/arp_ignore': '4' } },
      OWN,
      'reply: local-address',
    ],
    [
      'not with arp_filter to who is reached otherwise (F7)',
      { switches: { 'eth0/arp_filter': '1' } },
      '10.0.1.5>10.0.0.1',
      'silence: arp-filter',
    ],
    ['with arp_filter to who is reached there (F7)', { switches: { 'eth0/arp_filter': '1' } }, '10.0.0.2>10.0.1.1', 'reply: local-address'],
    ['not with arp_filter to nobody’s neighbour (F7)', { switches: { 'all/arp_filter': '1' } }, '10.9.9.9>10.0.0.1', 'silence: arp-filter'],
    ['with arp_filter to a probe (F7)', { switches: { 'all/arp_filter': '1' } }, '0.0.0.0>10.0.1.1', 'reply: local-address'],
  ])('answers for its own address %s', (_claim, state, asked, decision) => {
    expect(decided(proxyRouter(state), asked)).toBe(decision);
  });

  it('restrains no proxied answer by arp_ignore and arp_filter (F3)', () => {
    const switches = { 'eth0/arp_ignore': '8', 'eth0/arp_filter': '1' };
    expect(decided(proxyRouter({ switches }), FAR)).toBe('reply: proxy-arp');
  });
});
