import { describe, expect, it } from 'vitest';
import { decided, FAR, OWN, proxyRouter } from '../support/arp-words.ts';
import type { RouterWords } from '../support/router-state.ts';

const PROXIED = 'reply: proxy-arp';
const REJECTED = 'silence: source-rejected';
const STRICT = { 'eth0/rp_filter': '1' };
const LOOSE = { 'all/rp_filter': '2' };
/** Somebody of eth2's subnet, who asks on eth0. */
const STRANGER = '10.0.2.5>10.0.1.9';
const BROADCAST = '10.0.0.255>10.0.1.9';
const ETH2 = ['10.0.2.1/24 eth2'];
const AFTER_RULES = { customRules: true, customLocalRoutes: false };
const AFTER_LOCAL_ROUTES = { customRules: false, customLocalRoutes: true };

describe('validateSource()', () => {
  it.each<readonly [claim: string, state: RouterWords, question: string, decision: string]>([
    ['accepts any sender without rp_filter', {}, '10.9.9.9>10.0.1.9', PROXIED],
    ['accepts with rp_filter=1 who is reached there (F15)', { switches: STRICT }, FAR, PROXIED],
    ['rejects with rp_filter=1 who is reached elsewhere (F15)', { addresses: ETH2, switches: STRICT }, STRANGER, REJECTED],
    ['until a host route leads there (F94)', { addresses: ETH2, switches: STRICT, routes: ['10.0.2.5/32 dev eth0'] }, STRANGER, PROXIED],
    [
      'or any hop of several',
      { addresses: ETH2, switches: STRICT, routes: ['10.0.2.5/32 nexthop dev eth2 nexthop dev eth0'] },
      STRANGER,
      PROXIED,
    ],
    ['also for own addresses (F15)', { addresses: ETH2, switches: STRICT }, '10.0.2.5>10.0.0.1', REJECTED],
    ['but not a probe (F8)', { switches: STRICT }, '0.0.0.0>10.0.0.1', 'reply: local-address'],
    ['accepts with rp_filter=2 who is reached anywhere (F15)', { addresses: ETH2, switches: LOOSE }, STRANGER, PROXIED],
    ['rejects with rp_filter=2 who is reached nowhere (F15)', { switches: LOOSE }, '10.9.9.9>10.0.1.9', REJECTED],
    ['takes the larger of all and the interface', { addresses: ETH2, switches: { ...STRICT, ...LOOSE } }, STRANGER, PROXIED],
    ['takes rp_filter=3 for 2 (F15)', { addresses: ETH2, switches: { 'eth0/rp_filter': '3' } }, STRANGER, PROXIED],
    ['rejects whom a route refuses, with rp_filter', { switches: LOOSE, routes: ['blackhole 10.9.9.0/24'] }, '10.9.9.9>10.0.1.9', REJECTED],
    ['rejects an own address (F16)', {}, '10.0.1.1>10.0.1.9', REJECTED],
    ['also for an own address', {}, '10.0.0.1>10.0.1.1', REJECTED],
    ['unless accept_local is on (F16)', { switches: { 'all/accept_local': '1' } }, '10.0.1.1>10.0.1.9', PROXIED],
    ['rejects multicast senders (F16)', {}, '224.0.0.5>10.0.1.9', REJECTED],
    ['rejects 255.255.255.255 (F16)', {}, '255.255.255.255>10.0.1.9', REJECTED],
    ['rejects loopback senders (F16)', {}, '127.0.0.1>10.0.1.9', REJECTED],
    [
      'unless route_localnet is on, and accept_local',
      { switches: { 'eth0/route_localnet': '1', 'eth0/accept_local': '1' } },
      '127.0.0.1>10.0.1.9',
      PROXIED,
    ],
    ['accepts senders of 0.0.0.0/8 (F12)', {}, '0.1.2.3>10.0.1.9', PROXIED],
    ['accepts the broadcast address in the short check (F17)', {}, BROADCAST, PROXIED],
    ['and rejects it in the full one (F17)', { switches: LOOSE }, BROADCAST, REJECTED],
    ['which rules of any time bring (F20)', { sticky: AFTER_RULES }, BROADCAST, REJECTED],
    ['and local routes of any time (F20)', { sticky: AFTER_LOCAL_ROUTES }, BROADCAST, REJECTED],
    ['seen or not', { routes: ['local 10.55.0.0/24 dev lo'] }, BROADCAST, REJECTED],
    ['and realms (F19)', { rules: [{ priority: 9, src: '10.77.0.0', srclen: 16, table: '254', flow_to: '5' }] }, BROADCAST, REJECTED],
    ['those of routes, too (F19)', { routes: ['10.77.0.0/16 dev eth1 realm 5'] }, BROADCAST, REJECTED],
    ['rejects own addresses in the full check, too', { sticky: AFTER_RULES }, '10.0.1.1>10.0.1.9', REJECTED],
    ['accepts unknown senders there', { sticky: AFTER_RULES }, '10.9.9.9>10.0.1.9', PROXIED],
    [
      'short for pvlan without send_redirects (F18)',
      { switches: { 'eth0/proxy_arp_pvlan': '1', 'eth0/send_redirects': '0', 'all/send_redirects': '0' } },
      '10.0.0.255>10.0.0.9',
      'reply: private-vlan',
    ],
    [
      'full for pvlan with it (F18)',
      { switches: { 'eth0/proxy_arp_pvlan': '1', 'eth0/send_redirects': '0' } },
      '10.0.0.255>10.0.0.9',
      REJECTED,
    ],
    [
      'looks back by the rules of the way out',
      { routes: ['10.0.0.0/24 dev eth2 table 100'], rules: [{ priority: 9, src: 'all', iif: 'eth1', table: '100' }], switches: STRICT },
      FAR,
      REJECTED,
    ],
    [
      'looks back from lo for an own address',
      { routes: ['10.0.0.0/24 dev eth2 table 100'], rules: [{ priority: 9, src: 'all', iif: 'lo', table: '100' }], switches: STRICT },
      OWN,
      REJECTED,
    ],
  ])('%s', (_claim, state, asked, decision) => {
    expect(decided(proxyRouter(state), asked)).toBe(decision);
  });

  it.each<readonly [filter: string, question: string, decision: string]>([
    ['0', 'eth2 10.0.0.5>10.0.1.9', PROXIED],
    ['1', 'eth2 10.0.0.5>10.0.1.9', REJECTED],
    ['2', 'eth2 10.0.0.5>10.0.1.9', REJECTED],
    ['2', 'eth2 10.0.2.5>10.0.1.9', PROXIED],
  ])('on an interface without address, with rp_filter=%s: %s gets %s (F13)', (filter, asked, decision) => {
    const switches = { 'eth2/forwarding': '1', 'eth2/proxy_arp': '1', 'eth2/rp_filter': filter };
    expect(decided(proxyRouter({ switches, routes: ['10.0.2.5/32 dev eth2'] }), asked)).toBe(decision);
  });
});
