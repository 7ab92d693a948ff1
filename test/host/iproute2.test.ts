import { describe, expect, it } from 'vitest';
import { parseIpJson } from '../../src/host/ip-json.ts';
import { readRoutes } from '../../src/host/iproute2-routes.ts';
import {
  readAddresses,
  readLinks,
  readNeighbours,
  readNeighTimes,
  readNexthops,
  readProxies,
  readRules,
} from '../../src/host/iproute2-state.ts';
import { stickyQuestions, stickyState } from '../../src/host/sticky.ts';
import type { AddressEntry, RouteEntry } from '../../src/model/state.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parseInterfaceAddress, parsePrefix } from '../../src/net/prefix.ts';
import { parseSysctlPath } from '../../src/net/sysctl-path.ts';

describe('parseIpJson()', () => {
  it('reads the arrays of a batch one by one', () => {
    expect(parseIpJson('[{"a":1}]\n[]\n[{"b":2},{"c":3}]\n\n')).toEqual([[{ a: 1 }], [], [{ b: 2 }, { c: 3 }]]);
    expect(parseIpJson('')).toEqual([]);
  });

  it('reads names with bytes that JSON forbids', () => {
    expect(parseIpJson('[{"ifname":"a\u0001\u001b[31m\tb\\"c"}]\n')).toEqual([[{ ifname: 'a\u0001\u001b[31m\tb"c' }]]);
  });

  it.each(['{}', 'BusyBox v1.36', '[{"a":1}', '7'])('refuses %s', (text) => {
    expect(() => parseIpJson(text)).toThrow(SyntaxError);
  });
});

describe('the readers of iproute2', () => {
  const odd = [
    {},
    { ifname: 7 },
    { ifindex: 'x', ifname: 'a' },
    { dst: 'fe80::1' },
    { dst: '10.0.0.0/99', type: '1' },
    { type: '77', dst: '10.0.0.1' },
  ];

  it('leave out what has not the shape', () => {
    expect(readLinks(odd)).toEqual([]);
    expect(readAddresses([...odd, { ifname: 'a' }, { ifname: 'a', addr_info: [{}, null, { local: 'x', prefixlen: 8 }] }])).toEqual([]);
    expect(readRoutes(odd)).toEqual([]);
    expect(readRules(odd)).toEqual([]);
    expect(readNexthops(odd)).toEqual([]);
    expect(readNeighbours(odd)).toEqual([]);
    expect(readProxies(odd.slice(0, 5))).toEqual([]);
    expect([...readNeighTimes(odd)]).toEqual([]);
  });

  it('see realms of routes, and of their hops', () => {
    const hops = [{ dev: 'a', flow: { to: '6' } }, { dev: 'b' }];
    const routes = readRoutes([
      { dst: 'default', flow: { to: '5' }, dev: 'a' },
      { dst: 'default', nexthops: hops },
      { dst: 'default', dev: 'a' },
    ]);
    expect(routes.map(({ realm }) => realm)).toEqual([true, true, undefined]);
  });

  it('read names where -N prints numbers', () => {
    expect(readRoutes([{ type: 'local', dst: '10.0.0.1', dev: 'lo', table: 255, scope: 'host', protocol: 2, flags: [] }])).toEqual([
      { to: '10.0.0.1/32', table: 255, metric: 0, type: 'local', scope: 'host', protocol: 2, interface: 'lo' },
    ]);
    expect(
      readLinks([{ ifindex: 1, ifname: 'e', link_type: 'ether', address: '02:00:00:00:00:01', flags: ['UP'], mtu: 1500 }])[0]?.mac,
    ).toBe('02:00:00:00:00:01');
  });

  it('keep unknown scopes as numbers, and the kernel’s flags apart from onlink', () => {
    expect(readRoutes([{ type: '1', dst: 'default', dev: 'a', scope: '42', flags: ['onlink', 'linkdown'] }])).toEqual([
      {
        to: '0.0.0.0/0',
        table: 254,
        metric: 0,
        type: 'unicast',
        scope: '42',
        protocol: 3,
        interface: 'a',
        onlink: true,
        flags: ['linkdown'],
      },
    ]);
  });

  it('read a proxy without a device', () => {
    expect(readProxies([{ dst: '10.0.0.1', proxy: null }])).toEqual([{ address: '10.0.0.1', interface: null, protocol: null }]);
  });
});

describe('stickyQuestions()', () => {
  const entry = (address: string, link: string): AddressEntry => ({
    address: must(parseInterfaceAddress(address)),
    interface: kernelLinkName(link),
    scope: 'global',
  });
  const broadcast = (to: string): RouteEntry => ({
    to: must(parsePrefix(to)),
    table: 255,
    metric: 0,
    type: 'broadcast',
    scope: 'link',
    protocol: 2,
  });
  const set = (path: string) => new Map([[must(parseSysctlPath(`net/ipv4/conf/${path}`)), '1']]);
  const own = [entry('127.0.0.1/8', 'lo'), entry('10.9.9.9/32', 'eth1'), entry('10.0.0.1/24', 'eth0'), entry('10.0.0.2/24', 'eth0')];

  it('asks about an own address with a neighbour, from a neighbour that is not its own', () => {
    expect(stickyQuestions(own, [broadcast('10.0.0.255/32')], new Map(), false)).toEqual({
      to: '10.0.0.1',
      link: 'eth0',
      neighbour: '10.0.0.254',
      broadcast: '10.0.0.255',
    });
  });

  it.each([
    ['rp_filter', [broadcast('10.0.0.255/32')], set('all/rp_filter'), false],
    ['accept_local', [broadcast('10.0.0.255/32')], set('eth0/accept_local'), false],
    ['a realm', [broadcast('10.0.0.255/32')], new Map(), true],
    ['no broadcast route', [], new Map(), false],
  ])('does not ask from the broadcast address with %s', (_what, routes, sysctls, realms) => {
    expect(stickyQuestions(own, routes, sysctls, realms)?.broadcast).toBeNull();
  });

  it('asks nothing without an address that has neighbours', () => {
    expect(stickyQuestions(own.slice(0, 2), [], new Map(), false)).toBeNull();
  });
});

describe('stickyState()', () => {
  it.each([
    [{ table: '254' }, { table: '254' }, false, false],
    [{ table: '254' }, null, false, true],
    [{ table: '255' }, null, true, null],
    [{ table: '254' }, undefined, false, null],
    [null, null, null, null],
    [{}, {}, null, null],
  ])('reads %j and %j', (toNeighbour, toBroadcast, customRules, customLocalRoutes) => {
    expect(stickyState(toNeighbour, toBroadcast)).toEqual({ customRules, customLocalRoutes });
  });
});
