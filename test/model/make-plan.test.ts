import { describe, expect, it } from 'vitest';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/ledger.ts';
import { isEmptyPlan, makePlan } from '../../src/model/make-plan.ts';
import type { NatTable } from '../../src/model/nat-table.ts';
import { isHold, type Setting } from '../../src/model/operation.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Settings } from '../../src/model/settings.ts';
import type { HostState } from '../../src/model/state.ts';
import type { Ipv4 } from '../../src/net/ipv4.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parseInterfaceAddress, parsePrefix, type Prefix } from '../../src/net/prefix.ts';
import { confPath, IP_FORWARD, neighPath } from '../../src/net/sysctl-path.ts';
import { ANNOUNCE_DEFAULTS } from '../../src/model/settings.ts';
import { operationWords } from '../../src/render/words.ts';
import { freshHost, MemoryKernel } from '../support/memory-kernel.ts';

const eth0 = kernelLinkName('eth0');
const eth1 = kernelLinkName('eth1');
const HOST = freshHost(['eth0', 'eth1']);
const NOW = '2030-01-01T00:00:00.000Z';

function settings(profile: string, wanted: readonly Setting[], more: Partial<Settings> = {}): Settings {
  return {
    profile,
    kind: 'custom',
    settings: wanted,
    announcements: [],
    announce: ANNOUNCE_DEFAULTS,
    claims: [],
    probe: true,
    stale: [],
    flush: true,
    risks: [],
    acceptRisks: [],
    origin: {},
    ...more,
  };
}

const proxyArp = (value: string): Setting => ({ kind: 'sysctl', subject: confPath(eth0, 'proxy_arp'), value });
const route = (name: string): Setting => ({
  kind: 'route',
  subject: { to: must(parsePrefix('10.0.0.9/32')), table: 254, metric: 0 },
  value: { type: 'unicast', interface: kernelLinkName(name), scope: 'link', protocol: 97 },
});

function plan(apply: readonly Settings[], { state = HOST, ledger = EMPTY_LEDGER, remove = [] as string[] } = {}) {
  return makePlan({ state, ledger, apply, remove, now: NOW });
}

function sysctlsOf(state: HostState, values: Readonly<Record<string, string>>): HostState {
  return { ...state, sysctls: { ...state.sysctls, ...values } };
}

describe('makePlan()', () => {
  it('establishes a path before it promises anything on the wire', () => {
    const wanted: Setting[] = [
      proxyArp('1'),
      { kind: 'proxy', subject: { address: '10.0.0.9' as Ipv4, interface: eth1 }, value: { protocol: 97 } },
      { kind: 'sysctl', subject: confPath(eth0, 'send_redirects'), value: '0' },
      route('eth1'),
      { kind: 'sysctl', subject: IP_FORWARD, value: '1' },
      { kind: 'sysctl', subject: neighPath(eth0, 'proxy_delay'), value: '0ms' },
    ];
    const kinds = plan([settings('a', wanted)])
      .operations.filter((operation) => !isHold(operation))
      .map(({ kind, subject }) => (kind === 'sysctl' ? subject.split('/').at(-1) : kind));
    expect(kinds.filter((kind) => kind !== 'forwarding' && kind !== 'accept_redirects')).toEqual([
      'proxy_delay',
      'ip_forward',
      'route',
      'send_redirects',
      'proxy',
      'proxy_arp',
    ]);
  });

  it('spells out what ip_forward changes besides itself', () => {
    const changed = plan([settings('a', [{ kind: 'sysctl', subject: IP_FORWARD, value: '1' }])]).operations.filter(
      (operation) => !isHold(operation),
    );
    expect(changed.map(({ subject, from, to }) => [subject, from, to])).toEqual([
      [IP_FORWARD, '0', '1'],
      ['net/ipv4/conf/all/accept_redirects', '1', '0'],
      ['net/ipv4/conf/default/forwarding', '0', '1'],
      ['net/ipv4/conf/lo/forwarding', '0', '1'],
      ['net/ipv4/conf/eth0/forwarding', '0', '1'],
      ['net/ipv4/conf/eth1/forwarding', '0', '1'],
    ]);
  });

  it('claims a switch that is set already, and not an address or a proxy neighbour that others made', () => {
    const state: HostState = {
      ...sysctlsOf(HOST, { [confPath(eth0, 'proxy_arp')]: '1' }),
      proxies: [{ address: '10.0.0.9' as Ipv4, interface: eth1, protocol: null }],
    };
    const made = plan(
      [
        settings('a', [
          proxyArp('1'),
          { kind: 'proxy', subject: { address: '10.0.0.9' as Ipv4, interface: eth1 }, value: { protocol: 97 } },
        ]),
      ],
      { state },
    );
    expect(made.operations).toEqual([]);
    expect([...made.ledger.entries.values()].map(({ operation }) => [operation.subject, operation.from, operation.to])).toEqual([
      [confPath(eth0, 'proxy_arp'), '1', '1'],
    ]);
  });

  it('names both profiles that want different values', () => {
    const first = plan([settings('a', [proxyArp('1')])]);
    const second = plan([settings('b', [proxyArp('0')])], { ledger: first.ledger });
    expect(second.conflicts).toMatchObject([{ code: 'profiles-disagree', profile: 'b' }]);
    expect(second.conflicts[0]?.message).toContain('"a" and "b"');
  });

  it('gives a shared switch back with its last claimant, to what was there before the first', () => {
    const one = plan([settings('a', [proxyArp('1')])]).ledger;
    const on = sysctlsOf(HOST, { [confPath(eth0, 'proxy_arp')]: '1' });
    const both = plan([settings('b', [proxyArp('1')])], { state: on, ledger: one }).ledger;
    const without = plan([], { state: on, ledger: both, remove: ['a'] });
    expect(without.operations).toEqual([]);
    expect(plan([], { state: on, ledger: without.ledger, remove: ['b'] })).toMatchObject({
      operations: [{ from: '1', to: '0' }],
      ledger: EMPTY_LEDGER,
    });
  });

  const foreign = (protocol: number, name = 'eth1'): HostState => ({
    ...HOST,
    routes: [
      { to: '10.0.0.9/32' as Prefix, table: 254, metric: 0, type: 'unicast', scope: 'link', interface: kernelLinkName(name), protocol },
    ],
  });
  const LEDGER_WITH_ROUTE: Ledger = plan([settings('a', [route('eth1')])]).ledger;

  it.each([
    ['adds a route that is absent', HOST, EMPTY_LEDGER, 1, [], 1],
    ['refuses an identical route of somebody else', foreign(4), EMPTY_LEDGER, 0, ['foreign-route'], 0],
    ['refuses another route of somebody else', foreign(4, 'eth0'), EMPTY_LEDGER, 0, ['foreign-route'], 0],
    ['is content with an identical route of the kernel', foreign(2), EMPTY_LEDGER, 0, [], 0],
    ['adopts its own leftover', foreign(97), EMPTY_LEDGER, 0, [], 1],
    ['finds its own in place', foreign(97), LEDGER_WITH_ROUTE, 0, [], 1],
  ])('%s', (_claim, state, ledger, operations, conflicts, entries) => {
    const made = plan([settings('a', [route('eth1')])], { state, ledger });
    expect(made.operations).toHaveLength(operations);
    expect(made.conflicts.map(({ code }) => code)).toEqual(conflicts);
    expect(made.ledger.entries.size).toBe(entries);
  });

  it('lays its own route another way by taking it up first', () => {
    const made = plan([settings('a', [route('eth0')])], { state: foreign(97), ledger: LEDGER_WITH_ROUTE });
    expect(made.operations.map(({ from, to }) => [from === null ? null : 'eth1', to === null ? null : 'eth0'])).toEqual([
      ['eth1', null],
      [null, 'eth0'],
    ]);
  });

  it('refuses a route over an interface that is down', () => {
    const down: HostState = { ...HOST, links: HOST.links.map((link) => (link.name === eth1 ? { ...link, flags: [] } : link)) };
    expect(plan([settings('a', [route('eth1')])], { state: down }).conflicts).toMatchObject([{ code: 'link-down' }]);
  });

  const address = (text: string, name: string): Setting => ({
    kind: 'address',
    subject: { address: must(parseInterfaceAddress(text)), interface: kernelLinkName(name) },
    value: { scope: 'global' },
  });
  const network = (name: string): Setting => ({
    kind: 'route',
    subject: { to: must(parsePrefix('10.0.0.0/24')), table: 254, metric: 0 },
    value: { type: 'unicast', interface: kernelLinkName(name), scope: 'link', protocol: 97 },
  });
  const changes = ({ operations }: Plan): string[] => operations.map(operationWords);

  it('lays no route that an address of the plan brings anyway, and none where that brings another', () => {
    expect(changes(plan([settings('a', [address('10.0.0.1/24', 'eth1'), network('eth1')])]))).toEqual(['add address 10.0.0.1/24 on eth1']);
    const other = plan([settings('a', [address('10.0.0.1/24', 'eth1'), network('eth0')])]);
    expect(other.conflicts).toMatchObject([{ code: 'foreign-route' }]);
  });

  it('lays the route of another profile when the address goes that brought it, and makes room when it comes', async () => {
    const kernel = new MemoryKernel(HOST);
    const addressed = plan([settings('a', [address('10.0.0.1/24', 'eth1')])]);
    await kernel.write(addressed.operations);
    const routed = plan([settings('b', [network('eth1')])], { state: await kernel.observe(), ledger: addressed.ledger });
    expect(changes(routed)).toEqual([]);
    const alone = plan([], { state: await kernel.observe(), ledger: routed.ledger, remove: ['a'] });
    expect(changes(alone)).toEqual(['delete address 10.0.0.1/24 on eth1', 'add route 10.0.0.0/24 dev eth1']);
    expect([...alone.ledger.entries.values()].map(({ claims }) => claims)).toEqual([['b']]);
    await kernel.write(alone.operations);
    const again = plan([settings('a', [address('10.0.0.1/24', 'eth1')])], { state: await kernel.observe(), ledger: alone.ledger });
    expect(changes(again)).toEqual(['delete route 10.0.0.0/24 dev eth1', 'add address 10.0.0.1/24 on eth1']);
  });

  it.each([
    ['eth0', ['no-such-sysctl']],
    ['eth9', []],
  ])('refuses a switch that the kernel does not have for %s, and leaves a missing interface to be told by its name', (name, codes) => {
    const { [confPath(eth0, 'proxy_arp')]: _none, ...sysctls } = HOST.sysctls;
    const wanted: Setting = { kind: 'sysctl', subject: confPath(kernelLinkName(name), 'proxy_arp'), value: '1' };
    expect(plan([settings('a', [wanted])], { state: { ...HOST, sysctls } }).conflicts.map(({ code }) => code)).toEqual(codes);
  });

  it('refuses to forget a table that it cannot see', () => {
    const table: NatTable = { comment: 'parp a', outside: eth0, inwards: [], outwards: [], guarded: [] };
    const { ledger } = plan([settings('a', [{ kind: 'nat', subject: 'parp_a', value: table }])]);
    const seen = { ...HOST, nat: { parp_a: table } };
    expect(plan([], { state: seen, ledger, remove: ['a'] })).toMatchObject({ operations: [{ kind: 'nat', to: null }], conflicts: [] });
    const unseen = plan([], { state: { ...HOST, nftables: null }, ledger, remove: ['a'] });
    expect(unseen.conflicts).toMatchObject([{ code: 'unreadable-ruleset', profile: 'a' }]);
  });

  it('announces and asks for what is new alone', () => {
    const hosts = (...addresses: string[]): Partial<Settings> => {
      const entry = {
        interface: eth0,
        addresses: addresses.map((address) => must(parsePrefix(address))),
        role: 'host' as const,
        because: [{ kind: 'sysctl' as const, subject: confPath(eth0, 'proxy_arp') }],
      };
      return { announcements: [entry], claims: [entry] };
    };
    const first = plan([settings('a', [proxyArp('1')], hosts('10.0.0.1/32', '10.0.0.2/32'))]);
    expect(first.announcements.map(({ addresses }) => addresses)).toEqual([['10.0.0.1/32', '10.0.0.2/32']]);
    const on = sysctlsOf(HOST, { [confPath(eth0, 'proxy_arp')]: '1' });
    const again = plan([settings('a', [proxyArp('1')], hosts('10.0.0.1/32', '10.0.0.2/32'))], { state: on, ledger: first.ledger });
    expect(again).toMatchObject({ announcements: [], claims: [] });
    expect(isEmptyPlan(again, first.ledger)).toBe(true);
    const more = plan([settings('a', [proxyArp('1'), route('eth1')], hosts('10.0.0.1/32', '10.0.0.2/32', '10.0.0.9/32'))], {
      state: on,
      ledger: first.ledger,
    });
    expect(more.announcements.map(({ addresses }) => addresses)).toEqual([['10.0.0.9/32']]);
    expect(more.claims.map(({ addresses }) => addresses)).toEqual([['10.0.0.9/32']]);
  });

  it('flushes dynamic entries of its hosts on other interfaces, never permanent ones', () => {
    const state: HostState = {
      ...HOST,
      neighbours: [
        { address: '10.0.0.9' as Ipv4, interface: eth0, mac: '02:00:00:00:00:09', state: 'STALE' },
        { address: '10.0.0.9' as Ipv4, interface: eth1, mac: '02:00:00:00:00:09', state: 'REACHABLE' },
        { address: '10.0.0.8' as Ipv4, interface: eth0, mac: '02:00:00:00:00:08', state: 'PERMANENT' },
        { address: '10.0.0.9' as Ipv4, interface: 'eth2' as typeof eth0, mac: null, state: 'NOARP' },
      ],
    };
    const stale = [{ addresses: [must(parsePrefix('10.0.0.8/31'))], except: eth1 }];
    expect(plan([settings('a', [route('eth1')], { stale })], { state }).flush).toMatchObject([{ address: '10.0.0.9', interface: 'eth0' }]);
  });

  it('replaces a table of its own that somebody edited, and tells how to be rid of a foreign one', () => {
    const table = { comment: 'parp a 1', outside: eth0, inwards: [], outwards: [], guarded: [must(parsePrefix('203.0.113.9/32'))] };
    const wanted = settings('a', [{ kind: 'nat', subject: 'parp_a', value: table }]);
    const { ledger } = plan([wanted]);
    const edited: HostState = { ...HOST, nat: { parp_a: { unrecognised: 'an extra rule' } } };
    expect(plan([wanted], { state: edited, ledger }).operations.filter((operation) => !isHold(operation))).toMatchObject([{ to: table }]);
    expect(plan([], { state: edited, ledger, remove: ['a'] }).left).toMatchObject([
      { reason: expect.stringContaining('nft delete table ip parp_a') },
    ]);
    expect(plan([wanted], { state: edited }).conflicts).toMatchObject([
      { code: 'foreign-table', message: expect.stringContaining('nft delete table ip parp_a') },
    ]);
  });

  it('refuses profiles that place a host on different wires', () => {
    const lives = (prefix: string, link: typeof eth0): Partial<Settings> => ({
      stale: [{ addresses: [must(parsePrefix(prefix))], except: link }],
    });
    const office = plan([settings('office', [], lives('10.0.0.0/24', eth0))]).ledger;
    expect(plan([settings('annex', [], lives('10.0.0.3/32', eth1))], { ledger: office }).conflicts).toMatchObject([
      { code: 'profiles-disagree', message: 'Profiles "annex" and "office" place 10.0.0.3 on different wires: eth1 and eth0' },
    ]);
    expect(plan([settings('annex', [], lives('10.0.0.3/32', eth0))], { ledger: office }).conflicts).toEqual([]);
    expect(plan([settings('annex', [], lives('10.0.1.3/32', eth1))], { ledger: office }).conflicts).toEqual([]);
  });
});
