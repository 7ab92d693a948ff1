import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foretell } from '../../src/model/foretell.ts';
import type { Operation } from '../../src/model/operation.ts';
import { invert } from '../../src/model/operation.ts';
import type { HostState, RouteEntry } from '../../src/model/state.ts';
import { confPath, IP_FORWARD } from '../../src/net/sysctl-path.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { comparable } from '../support/laws.ts';
import { address, ip, link, operation, proxy, route, sysctl } from '../support/operations.ts';
import { router, type RouterWords } from '../support/router-state.ts';

const eth0 = link('eth0');

/** `local 10.0.0.1/32 dev eth0 table 255 src 10.0.0.1`, of the interface alone, in no order. */
function routesOver(state: HostState, at = 'eth0'): string[] {
  const words = ({ type, to, table, source }: RouteEntry): string =>
    `${type === 'unicast' ? '' : `${type} `}${to}${table === 254 ? '' : ` table ${table}`}${source === undefined ? '' : ` src ${source}`}`;
  return state.routes
    .filter((entry) => entry.interface === at || entry.hops?.some((hop) => hop.interface === at) === true)
    .map(words)
    .sort();
}

describe('foretell() of switches', () => {
  it('sets what is written', () => {
    const after = foretell(router({}), [
      sysctl('net/ipv4/conf/eth0/proxy_arp', '0', '1'),
      sysctl('net/ipv4/neigh/eth0/proxy_delay', '800ms', '0ms'),
    ]);
    expect(after.sysctls).toMatchObject({ [confPath(eth0, 'proxy_arp')]: '1', 'net/ipv4/neigh/eth0/proxy_delay': '0ms' });
  });

  it('spreads ip_forward over every interface, and turns accept_redirects of all (F47)', () => {
    const { sysctls } = foretell(router({}), [sysctl(IP_FORWARD, '0', '1')]);
    const spread = ['lo', 'eth0', 'eth1', 'eth2'].map((name) => sysctls[confPath(link(name), 'forwarding')]);
    expect(spread).toEqual(['1', '1', '1', '1']);
    expect(sysctls).toMatchObject({
      [confPath('default', 'forwarding')]: '1',
      [confPath('all', 'accept_redirects')]: '0',
      [IP_FORWARD]: '1',
    });
    expect(sysctls[confPath(eth0, 'accept_redirects')]).toBe('1');
  });

  it('lets a value written behind it stand (F49)', () => {
    const { sysctls } = foretell(router({}), [sysctl(IP_FORWARD, '0', '1'), sysctl('net/ipv4/conf/eth1/forwarding', '1', '0')]);
    expect(sysctls).toMatchObject({ [confPath(link('eth1'), 'forwarding')]: '0', [confPath(eth0, 'forwarding')]: '1' });
  });

  it('changes nothing where ip_forward stays as it is (F48)', () => {
    const state = router({ switches: { 'eth0/forwarding': '1' } });
    expect(foretell(state, [sysctl(IP_FORWARD, '0', '0')]).sysctls).toEqual(state.sysctls);
  });

  it('takes conf/all/forwarding for ip_forward, and keeps both alike (F47)', () => {
    const fresh = router({});
    const state = { ...fresh, sysctls: { ...fresh.sysctls, [confPath('all', 'forwarding')]: '0' } };
    expect(foretell(state, [sysctl('net/ipv4/conf/all/forwarding', '0', '1')]).sysctls).toMatchObject({
      [IP_FORWARD]: '1',
      [confPath('all', 'forwarding')]: '1',
      [confPath(eth0, 'forwarding')]: '1',
    });
  });

  it('makes no switch that the kernel has not', () => {
    const state = router({});
    expect(foretell(state, [sysctl('net/ipv4/conf/eth9/proxy_arp', '0', '1')]).sysctls).toEqual(state.sysctls);
  });
});

const NUMBERED: RouterWords = { addresses: ['10.0.0.1/24 eth0', '10.0.0.2/24 eth0'] };
const PROMOTED: RouterWords = { ...NUMBERED, switches: { 'all/promote_secondaries': '1' } };

describe('foretell() of addresses', () => {
  it.each<readonly [claim: string, words: RouterWords, own: string, routes: readonly string[]]>([
    [
      'local, connected and broadcast routes come with one',
      {},
      '10.0.0.1/24 eth0',
      ['10.0.0.0/24 src 10.0.0.1', 'broadcast 10.0.0.255/32 table 255 src 10.0.0.1', 'local 10.0.0.1/32 table 255 src 10.0.0.1'],
    ],
    ['no broadcast of a /31 (F12)', {}, '10.0.0.4/31 eth0', ['10.0.0.4/31 src 10.0.0.4', 'local 10.0.0.4/32 table 255 src 10.0.0.4']],
    ['nothing but itself of a /32 (F95)', {}, '10.0.0.4/32 eth0', ['local 10.0.0.4/32 table 255 src 10.0.0.4']],
    [
      'nothing but itself where the interface is down',
      { flags: { eth0: [] } },
      '10.0.0.1/24 eth0',
      ['local 10.0.0.1/32 table 255 src 10.0.0.1'],
    ],
    [
      'a secondary brings itself alone, and sends as the first',
      { addresses: ['10.0.0.1/24 eth0'] },
      '10.0.0.2/24 eth0',
      [
        '10.0.0.0/24 src 10.0.0.1',
        'broadcast 10.0.0.255/32 table 255 src 10.0.0.1',
        'local 10.0.0.1/32 table 255 src 10.0.0.1',
        'local 10.0.0.2/32 table 255 src 10.0.0.1',
      ],
    ],
  ])('%s', (_claim, words, own, routes) => {
    const [text = '', at = ''] = own.split(' ');
    const after = foretell(router(words), [address(text, at)]);
    expect(routesOver(after)).toEqual(routes);
    expect(after.addresses.at(-1)).toMatchObject({ address: text, interface: at, scope: 'global' });
  });

  it('an address of lo brings its whole prefix (F5)', () => {
    const after = foretell(router({}), [address('10.55.0.1/24', 'lo')]);
    expect(routesOver(after, 'lo')).toContain('local 10.55.0.0/24 table 255 src 10.55.0.1');
  });

  it('leaves the host as it was where it is there already', () => {
    const state = router(NUMBERED);
    expect(foretell(state, [address('10.0.0.1/24', 'eth0')])).toEqual(state);
  });

  it.each<readonly [claim: string, words: RouterWords, gone: string, routes: readonly string[]]>([
    ['takes its routes along, and its secondaries (F110)', NUMBERED, '10.0.0.1/24', []],
    [
      'leaves the first where a secondary goes',
      NUMBERED,
      '10.0.0.2/24',
      ['10.0.0.0/24 src 10.0.0.1', 'broadcast 10.0.0.255/32 table 255 src 10.0.0.1', 'local 10.0.0.1/32 table 255 src 10.0.0.1'],
    ],
    [
      'makes a secondary the first where that is promoted',
      PROMOTED,
      '10.0.0.1/24',
      ['10.0.0.0/24 src 10.0.0.2', 'broadcast 10.0.0.255/32 table 255 src 10.0.0.2', 'local 10.0.0.2/32 table 255 src 10.0.0.2'],
    ],
    [
      'takes every route over the interface with the last one (F110)',
      { addresses: ['10.0.0.1/24 eth0'], routes: ['10.9.0.0/24 dev eth0'] },
      '10.0.0.1/24',
      [],
    ],
    [
      'spares them while there is another',
      { addresses: ['10.0.0.1/32 eth0', '10.0.5.1/32 eth0'], routes: ['10.9.0.0/24 dev eth0'] },
      '10.0.0.1/32',
      ['10.9.0.0/24', 'local 10.0.5.1/32 table 255 src 10.0.5.1'],
    ],
    [
      'takes routes that name it as source',
      { addresses: ['10.0.0.1/32 eth0', '10.0.5.1/32 eth0'], routes: ['10.9.0.0/24 dev eth0 src 10.0.0.1'] },
      '10.0.0.1/32',
      ['local 10.0.5.1/32 table 255 src 10.0.5.1'],
    ],
  ])('a deletion %s', (_claim, words, gone, routes) => {
    const state = router(words);
    expect(routesOver(foretell(state, [invert(address(gone, 'eth0'))]))).toEqual(routes);
  });

  it('a deletion of the last one takes proxy neighbours and the hops of wider routes (F110)', () => {
    const state = router({
      addresses: ['10.0.0.1/24 eth0', '10.0.1.1/24 eth1'],
      proxies: ['10.7.0.7 eth0', '10.7.0.8 eth1'],
      routes: ['10.9.0.0/24 nexthop dev eth0 nexthop dev eth1'],
    });
    const after = foretell(state, [invert(address('10.0.0.1/24', 'eth0'))]);
    expect(after.proxies.map((entry) => entry.address)).toEqual(['10.7.0.8']);
    expect(after.routes.find((entry) => entry.to === '10.9.0.0/24')?.hops).toEqual([{ interface: 'eth1' }]);
  });

  it('taken back leaves the host as it was', () => {
    const state = router({ addresses: ['10.0.0.1/24 eth0'], routes: ['10.9.0.0/24 dev eth0'] });
    const there = [address('10.0.7.1/24', 'eth0'), address('10.0.0.9/24', 'eth0'), address('10.0.8.1/32', 'eth1')];
    const after = foretell(state, [...there, ...there.toReversed().map(invert)]);
    expect(after).toEqual({ ...state, routes: expect.any(Array) });
    expect(routesOver(after)).toEqual(routesOver(state));
  });
});

describe('foretell() of the rest', () => {
  it('adds, replaces and deletes routes', () => {
    const laid = route('10.9.0.0/24', 'eth0');
    const state = foretell(router({}), [laid]);
    expect(routesOver(state)).toEqual(['10.9.0.0/24']);
    const moved = { ...route('10.9.0.0/24', 'eth1'), from: laid.to } as Operation;
    expect([routesOver(foretell(state, [moved])), routesOver(foretell(state, [moved]), 'eth1')]).toEqual([[], ['10.9.0.0/24']]);
    expect(routesOver(foretell(state, [invert(laid)]))).toEqual([]);
  });

  it('leaves routes of another metric alone', () => {
    const state = router({ routes: ['10.9.0.0/24 dev eth0 metric 5'] });
    expect(foretell(state, [invert(route('10.9.0.0/24', 'eth0'))]).routes).toEqual(state.routes);
  });

  it('remembers a local route for ever (F20)', () => {
    const local = route('10.55.0.0/24', 'lo', { type: 'local', scope: 'host' }, { table: 255 });
    expect(foretell(router({}), [route('10.9.0.0/24', 'eth0')]).sticky.customLocalRoutes).toBe(false);
    expect(foretell(router({}), [local, invert(local)]).sticky).toEqual({ customRules: false, customLocalRoutes: true });
  });

  it('adds and deletes proxy neighbours, not those of all interfaces', () => {
    const state = router({ proxies: ['10.0.0.9', '10.0.0.9 eth1'] });
    const entries = (after: HostState): string[] => after.proxies.map((entry) => `${entry.address} ${entry.interface ?? '*'}`).sort();
    expect(entries(foretell(state, [proxy('10.0.0.9', 'eth0')]))).toEqual(['10.0.0.9 *', '10.0.0.9 eth0', '10.0.0.9 eth1']);
    expect(entries(foretell(state, [invert(proxy('10.0.0.9', 'eth1'))]))).toEqual(['10.0.0.9 *']);
  });

  it('adds and deletes tables', () => {
    const table = operation('nat', 'parp_edge', null, EXAMPLE_TABLE);
    const after = foretell(router({}), [table]);
    expect(after.nat).toEqual({ parp_edge: EXAMPLE_TABLE });
    expect(foretell(after, [invert(table)]).nat).toEqual({});
  });

  it('takes 100,000 routes and proxies in one go', () => {
    const operations: Operation[] = Array.from({ length: 50_000 }, (_, i) => [
      route(`10.${i >>> 8}.${i & 255}.0/24`, 'eth0'),
      proxy(`10.${i >>> 8}.${i & 255}.1`, 'eth1'),
    ]).flat();
    const started = performance.now();
    const after = foretell(router({}), operations);
    expect(performance.now() - started).toBeLessThan(5000);
    expect([routesOver(after).length, after.proxies.length]).toEqual([50_000, 50_000]);
  });

  it('comes to the same one by one as in one go', () => {
    const own = fc.constantFrom('10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/25', '10.0.0.1/32', '10.1.0.1/16', '10.1.0.2/16', '10.0.0.255/32');
    const on = fc.constantFrom('eth0', 'eth1');
    const added = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(own, on).map(([text, at]) => address(text, at)) },
      fc.tuple(on, fc.constantFrom({}, { source: ip('10.0.0.1') })).map(([at, value]) => route('10.9.0.0/24', at, value)),
      on.map((at) => proxy('10.0.0.9', at)),
    );
    const written = fc.tuple(added, fc.boolean()).map(([one, isDeleted]) => (isDeleted ? invert(one) : one));
    fc.assert(
      fc.property(fc.array(written, { maxLength: 12 }), fc.boolean(), (operations, promotes) => {
        const host = router({ addresses: ['10.0.0.7/24 eth0'], switches: promotes ? { 'all/promote_secondaries': '1' } : {} });
        const step = (state: HostState, one: Operation): HostState => foretell(state, [one]);
        expect(comparable(foretell(host, operations))).toEqual(comparable(operations.reduce(step, host)));
      }),
      { numRuns: 500 },
    );
  });
});
