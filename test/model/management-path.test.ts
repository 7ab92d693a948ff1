import { describe, expect, it } from 'vitest';
import { foretell } from '../../src/model/foretell.ts';
import { managementPath } from '../../src/model/management-path.ts';
import { invert, type Operation } from '../../src/model/operation.ts';
import type { OperatorPeer } from '../../src/model/operator-peer.ts';
import type { HostState } from '../../src/model/state.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { address, ip, link, operation, prefix, proxy, route, sysctl } from '../support/operations.ts';
import { router, routeOf, type RouterWords } from '../support/router-state.ts';

/** eth0 is the LAN with the gateway .254, eth1 another segment, eth2 has nothing yet. */
const HOST: RouterWords = {
  addresses: ['10.0.0.1/24 eth0', '10.0.1.1/24 eth1'],
  routes: ['default via 10.0.0.254 dev eth0', '10.8.0.0/16 via 10.0.1.254 dev eth1'],
  switches: { 'eth0/forwarding': '1', 'eth1/forwarding': '1' },
};
const NEAR: OperatorPeer = { peer: ip('10.0.0.9'), local: ip('10.0.0.1'), port: 22, why: 'SSH_CONNECTION of process 812' };
const FAR: OperatorPeer = { peer: ip('203.0.113.7'), local: ip('10.0.0.1'), why: 'a connection of sshd' };
const NAMED: OperatorPeer = { peer: ip('10.0.0.9'), local: null, why: '--protect' };

const on = (key: string, to = '1', from = '0'): Operation => sysctl(`net/ipv4/conf/${key}`, from, to);
const added = (text: string): Operation => {
  const { to, table, metric, ...value } = routeOf(text);
  return operation('route', { to, table, metric }, null, value);
};

/** What is found, in short: severity, `!` for always, code. */
function found(operations: readonly Operation[], peer: OperatorPeer = NEAR, words: RouterWords = {}): { kinds: string[]; text: string } {
  const state = router({ ...HOST, ...words, switches: { ...HOST.switches, ...words.switches } });
  const findings = managementPath(state, foretell(state, operations), [peer]);
  return {
    kinds: findings.map(({ severity, always, code }) => `${severity}${always ? '!' : ''} ${code}`),
    text: findings.map(({ message }) => message).join('\n'),
  };
}

const LOST = ['refusal management-path'];

describe('managementPath()', () => {
  it.each<readonly [claim: string, operations: readonly Operation[]]>([
    ['a change of nothing', []],
    ['forwarding and proxy_arp on another segment', [on('eth1/proxy_arp'), sysctl('net/ipv4/ip_forward', '0', '1')]],
    ['proxy_arp on its own link, where the way to it stays', [on('eth0/proxy_arp'), route('10.0.1.66/32', 'eth1')]],
    ['a host route to it by the same link', [route('10.0.0.9/32', 'eth0')]],
    ['a second address', [address('10.0.0.3/24', 'eth0')]],
    ['an answer for it on another segment, as pseudo-bridges give', [on('eth1/proxy_arp'), on('all/proxy_arp')]],
    ['proxy neighbours of others on its link', [proxy('10.0.1.66', 'eth0')]],
  ])('finds nothing about %s', (_claim, operations) => {
    expect(found(operations)).toEqual({ kinds: [], text: '' });
    expect(found(operations, NAMED)).toEqual({ kinds: [], text: '' });
    expect(found(operations, FAR)).toEqual({ kinds: [], text: '' });
  });

  it.each<readonly [claim: string, operations: readonly Operation[], peer: OperatorPeer, words: RegExp]>([
    [
      'arp_ignore=8 on its link',
      [on('eth0/arp_ignore', '8')],
      NEAR,
      /when it asks by ARP for 10\.0\.0\.1 on eth0, this host would no longer answer \(arp-ignore\)/,
    ],
    ['the same for one who is only named', [on('eth0/arp_ignore', '8')], NAMED, /asks by ARP for 10\.0\.0\.1 on eth0/],
    ['and for the gateway towards one far away', [on('eth0/arp_ignore', '8')], FAR, /when its next hop 10\.0\.0\.254 asks/],
    [
      'arp_ignore=1 where the session goes to an address of another link',
      [on('eth0/arp_ignore')],
      { ...NEAR, local: ip('10.0.1.1') },
      /arp-ignore/,
    ],
    ['arp_filter with a way back that leaves elsewhere', [on('eth0/arp_filter'), added('10.0.0.9/32 dev eth1')], NEAR, /arp-filter/],
    [
      'a route to it that leads elsewhere',
      [added('203.0.113.0/24 via 10.0.1.254 dev eth1')],
      FAR,
      /the way back would lead by 10\.0\.1\.254 on eth1 instead of 10\.0\.0\.254 on eth0/,
    ],
    ['another gateway on the same link', [added('203.0.113.0/24 via 10.0.0.253 dev eth0')], FAR, /by 10\.0\.0\.253 on eth0 instead of/],
    ['a route that goes', [invert(added('default via 10.0.0.254 dev eth0'))], FAR, /no route would lead back/],
    ['a blackhole in the way', [added('blackhole 203.0.113.0/24')], FAR, /no route would lead back/],
    ['an address that goes', [invert(address('10.0.0.1/24', 'eth0'))], NEAR, /no route would lead back/],
    ['an answer that would hang on a hash (F14)', [added('10.0.0.9/32 nexthop dev eth0 nexthop dev eth1')], NEAR, /instead of/],
  ])('refuses %s', (_claim, operations, peer, words) => {
    const { kinds, text } = found(operations, peer);
    expect(new Set(kinds)).toEqual(new Set(LOST));
    expect(text).toMatch(words);
    expect(text).toContain('apply with --confirm');
  });

  it('refuses rp_filter that would drop packets which come in otherwise than the way back leaves (row 83)', () => {
    // The session goes to eth1's address, and comes in there; the way back leaves by eth0.
    const crosswise: OperatorPeer = { ...NEAR, local: ip('10.0.1.1') };
    const { kinds, text } = found([on('eth1/rp_filter')], crosswise);
    expect(kinds).toEqual(LOST);
    expect(text).toContain('its packets to 10.0.1.1 that come in by eth1 would be dropped');
    expect(found([on('eth0/rp_filter')], crosswise).kinds).toEqual([]);
    const words: RouterWords = { switches: { 'eth1/rp_filter': '1' } };
    expect(found([on('eth1/proxy_arp')], crosswise, words).kinds, 'dropped before').toEqual([]);
  });

  it('refuses a translation that takes its port, and no other (row 84)', () => {
    const table = (port: number): Operation =>
      operation('nat', 'parp_edge', null, {
        ...EXAMPLE_TABLE,
        inwards: [{ match: 'port', public: ip('10.0.0.1'), protocol: 'tcp', port, to: ip('10.0.1.5'), toPort: 22 }],
        guarded: [],
      });
    expect(found([table(22)]).text).toContain('its packets to 10.0.0.1 would be translated by table parp_edge');
    expect(found([table(443)]).kinds).toEqual([]);
  });

  it('refuses a guard that drops what goes to its address', () => {
    const table = operation('nat', 'parp_edge', null, { ...EXAMPLE_TABLE, inwards: [], guarded: [prefix('10.0.0.0/30')] });
    expect(found([table]).text).toContain('its packets to 10.0.0.1 would be dropped by table parp_edge');
  });

  it.each<readonly [claim: string, peer: OperatorPeer]>([
    ['of this host itself', { ...NEAR, peer: ip('10.0.1.1') }],
    ['of no route', { ...NEAR, peer: ip('127.0.0.1') }],
  ])('finds nothing about a peer %s', (_claim, peer) => {
    expect(found([on('eth0/arp_ignore', '8'), on('lo/arp_ignore', '8')], peer).kinds).toEqual([]);
  });

  it('finds nothing about what was lost before', () => {
    expect(found([on('eth0/arp_filter')], NEAR, { switches: { 'eth0/arp_ignore': '8' } }).kinds).toEqual([]);
  });
});

const PROXY = [on('eth0/proxy_arp')];

describe('managementPath() about answers for next hops on their own link', () => {
  it.each<readonly [claim: string, operations: readonly Operation[], kind: string, words: string]>([
    [
      'the default gateway, by a host route elsewhere',
      [...PROXY, route('10.0.0.254/32', 'eth1')],
      'refusal! gateway-proxied',
      'for 10.0.0.254 (the default gateway) on eth0, where it lives (proxy-arp): let the route to 10.0.0.254 lead by eth0',
    ],
    [
      'the default gateway, by a proxy neighbour and a route elsewhere',
      [proxy('10.0.0.254', 'eth0'), route('10.0.0.254/32', 'eth1')],
      'refusal! gateway-proxied',
      '(proxy-neighbour)',
    ],
    [
      'the default gateway, by proxy_arp_pvlan (F85)',
      [on('eth0/proxy_arp_pvlan')],
      'refusal! gateway-proxied',
      '(private-vlan): leave eth0 out of the private VLAN',
    ],
    [
      'the default gateway, whose address it takes',
      [added('local 10.0.0.254/32 dev lo')],
      'refusal! gateway-proxied',
      '(local-address): leave 10.0.0.254 to its owner',
    ],
    [
      'the operator',
      [...PROXY, route('10.0.0.9/32', 'eth1')],
      'refusal! management-path',
      'for 10.0.0.9 (the operator: SSH_CONNECTION of process 812) on eth0',
    ],
    [
      'the operator, within a longer prefix elsewhere',
      [...PROXY, route('10.0.0.8/29', 'eth1')],
      'refusal! management-path',
      'for 10.0.0.9',
    ],
    [
      'the gateway of another route',
      [on('eth1/proxy_arp'), route('10.0.1.254/32', 'eth0')],
      'refusal! gateway-proxied',
      'for 10.0.1.254 (the gateway of a route) on eth1',
    ],
  ])('refuses them always: %s', (_claim, operations, kind, words) => {
    const { kinds, text } = found(operations);
    expect(kinds).toContain(kind);
    expect(text).toContain(words);
  });

  it('refuses them for the gateway towards the operator, once', () => {
    const { kinds } = found([on('eth1/proxy_arp'), route('10.0.1.254/32', 'eth2')], { ...FAR, peer: ip('10.8.0.8') });
    expect(kinds.filter((kind) => kind.startsWith('refusal!'))).toEqual(['refusal! management-path']);
  });

  it('warns of what was so before', () => {
    const words: RouterWords = { switches: { 'eth0/proxy_arp_pvlan': '1' } };
    const { kinds, text } = found([on('eth1/proxy_arp')], NEAR, words);
    expect(new Set(kinds)).toEqual(new Set(['warning gateway-proxied', 'warning management-path']));
    expect(text).toContain('and did so before');
  });

  it('asks with senders of the subnet: rp_filter and rules let only some through', () => {
    const crosswise: readonly Operation[] = [...PROXY, route('10.0.0.254/32', 'eth1'), on('eth0/rp_filter')];
    expect(found(crosswise).kinds).toContain('refusal! gateway-proxied');
  });

  it('refuses what may be so: one hop of several (F14)', () => {
    expect(found([...PROXY, added('10.0.0.254/32 nexthop dev eth0 nexthop dev eth1')]).kinds).toContain('refusal! gateway-proxied');
  });

  it('finds nothing where this host is the gateway', () => {
    const state: HostState = router({ ...HOST, routes: ['default via 10.0.0.1 dev eth0'] });
    expect(managementPath(state, foretell(state, [...PROXY, route('10.0.0.1/32', 'eth1')]), [])).toEqual([]);
  });

  it('counts gateways of nexthop objects, and of routes with several hops', () => {
    const after = [on('eth1/proxy_arp'), on('eth0/proxy_arp'), route('10.0.1.77/32', 'eth0'), route('10.0.0.77/32', 'eth1')];
    const words: RouterWords = {
      routes: ['10.7.0.0/16 nexthop via 10.0.1.77 dev eth1 nexthop via 10.0.1.254 dev eth1'],
      nexthops: [{ id: 7, interface: link('eth0'), via: ip('10.0.0.77') }],
    };
    expect(found(after, NEAR, words).kinds).toEqual(['refusal! gateway-proxied', 'refusal! gateway-proxied']);
  });
});
