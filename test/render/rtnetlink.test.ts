import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, LinkNames, proxyOf, routeOf } from '../../src/host/netlink-state.ts';
import { invert, ROUTE_TYPES, type Hop, type Operation, type RouteSubject, type RouteValue } from '../../src/model/operation.ts';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import type { LinkName } from '../../src/net/link-name.ts';
import { interfaceAddress, prefixFrom } from '../../src/net/prefix.ts';
import { CONF_KEYS, confPath, NEIGH_KEYS, neighPath } from '../../src/net/sysctl-path.ts';
import { inverseStep, netlinkSysctl, stepsOf, writeStep, type NetlinkOperation, type Step } from '../../src/render/rtnetlink.ts';
import { decodeAddress } from '../../src/wire/netlink/address.ts';
import { decodeNeighbour } from '../../src/wire/netlink/neighbour.ts';
import { decodeNeighbourTable } from '../../src/wire/netlink/neighbour-table.ts';
import { decodeRoute } from '../../src/wire/netlink/route.ts';
import { address, ip, link, operation, proxy, route, sysctl } from '../support/operations.ts';
import { decoded, written } from '../wire/netlink/golden-messages.ts';
import { scopeName, scopeNumber } from '../../src/model/route-scope.ts';

const INDICES: ReadonlyMap<LinkName, number> = new Map([link('lo'), link('eth0'), link('eth0.100')].map((name, at) => [name, 7 + at]));
const NAMES = new LinkNames(
  [...INDICES].map(([name, index]) => ({
    index,
    name,
    mac: null,
    flags: 0,
    kind: null,
    mtu: 0,
    master: null,
    lower: null,
    conf: undefined,
  })),
);
const indexOf = (name: LinkName): number => INDICES.get(name) ?? -1;

function bytesOf(of: Operation, step: Step): Uint8Array {
  return written((writer) => writeStep(writer, 1, step, of as NetlinkOperation, indexOf));
}

const [RTM_NEWROUTE, RTM_DELROUTE, RTM_SETLINK] = [24, 25, 19];

function typeOf(bytes: Uint8Array): number | undefined {
  return decoded(bytes, (_, { type }) => type);
}

const names = fc.constantFrom(...INDICES.keys());
const addresses = fc.nat(0xffffffff).map(ipv4FromNumber);
const prefixes = fc.tuple(fc.nat(0xffffffff), fc.nat(32)).map(([number, length]) => prefixFrom(number, length));
const scopes = fc.nat(0xff).map(scopeName);
const optional = <K extends string, T>(key: K, values: fc.Arbitrary<T>): fc.Arbitrary<Partial<Record<K, T>>> =>
  fc.option(values, { nil: undefined }).map((value) => (value === undefined ? {} : { [key]: value }) as Partial<Record<K, T>>);
const hops: fc.Arbitrary<Hop> = fc
  .tuple(names, optional('via', addresses), optional('onlink', fc.constant(true as const)), fc.integer({ min: 1, max: 256 }))
  .map(([name, via, onlink, weight]) => ({ interface: name, ...via, ...onlink, weight }));
const ways: fc.Arbitrary<Partial<RouteValue>> = fc.oneof(
  fc.constant({}),
  hops.map(({ weight: _weight, ...hop }) => hop),
  fc.array(hops, { minLength: 2, maxLength: 4 }).map((list) => ({ hops: list })),
  fc.integer({ min: 1, max: 0xffffffff }).map((nexthop) => ({ nexthop })),
);
const subjects: fc.Arbitrary<RouteSubject> = fc
  .tuple(prefixes, fc.integer({ min: 1, max: 0xffffffff }), fc.nat(0xffffffff), optional('tos', fc.integer({ min: 1, max: 255 })))
  .map(([to, table, metric, tos]) => ({ to, table, metric, ...tos }));
const values: fc.Arbitrary<RouteValue> = fc
  .tuple(fc.constantFrom(...ROUTE_TYPES), scopes, fc.nat(0xff), optional('source', addresses), ways)
  .map(([type, scope, protocol, source, way]) => ({ type, scope, protocol, ...source, ...way }));

describe('writeStep()', () => {
  it('writes a route in which the state that is read finds the whole value, to add it and to delete it', () => {
    fc.assert(
      fc.property(subjects, values, (subject, value) => {
        const add = operation('route', subject, null, value);
        for (const [of, step, type] of [
          [add, 'add', RTM_NEWROUTE],
          [invert(add), 'delete', RTM_DELROUTE],
        ] as const) {
          const bytes = bytesOf(of, step);
          expect(typeOf(bytes)).toBe(type);
          const message = decoded(bytes, decodeRoute);
          expect(message === undefined ? undefined : routeOf(message, NAMES)).toEqual({ ...subject, ...value });
        }
      }),
    );
  });

  it('writes of a changed route the old value to delete it, and the new one to add it', () => {
    const old = route('10.0.0.9/32', 'eth0');
    const change = { ...old, from: old.to, to: route('10.0.0.9/32', 'eth0.100').to } as Operation;
    expect(stepsOf(change as NetlinkOperation)).toEqual(['delete', 'add']);
    expect(bytesOf(change, 'delete')).toEqual(bytesOf(invert(old), 'delete'));
    expect(decoded(bytesOf(change, 'add'), decodeRoute)).toMatchObject({ oif: 9 });
  });

  it('gives a route back without asking that no other one is there', () => {
    const of = route('10.0.0.9/32', 'eth0');
    const flags = (step: Step): number | undefined => decoded(bytesOf(of, step), (_, message) => message.flags);
    // NLM_F_CREATE, and NLM_F_EXCL.
    expect([flags('add'), flags('give-back')]).toEqual([0x601, 0x401]);
    expect(decoded(bytesOf(of, 'give-back'), decodeRoute)).toEqual(decoded(bytesOf(of, 'add'), decodeRoute));
  });

  it('leaves the way of a route to its nexthop object', () => {
    const of = route('10.5.0.0/24', 'eth0', { via: ip('192.168.0.5'), nexthop: 7, scope: 'global' });
    expect(decoded(bytesOf(of, 'add'), decodeRoute)).toMatchObject({ nexthop: 7, oif: undefined, gateway: undefined });
  });

  it('writes addresses and proxy neighbours that are read as they were', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(32), names, scopes, fc.option(fc.nat(0xff)), (number, length, name, scope, protocol) => {
        const own = interfaceAddress(ipv4FromNumber(number), length);
        const added = decoded(bytesOf(operation('address', { address: own, interface: name }, null, { scope }), 'add'), decodeAddress);
        expect(added === undefined ? undefined : addressOf(added, NAMES)).toEqual({ address: own, interface: name, scope });
        const target = { address: ipv4FromNumber(number), interface: name };
        const promised = decoded(bytesOf(operation('proxy', target, null, { protocol }), 'add'), decodeNeighbour);
        expect(promised === undefined ? undefined : proxyOf(promised, NAMES)).toEqual({ ...target, protocol });
      }),
    );
  });

  it('writes the keys of conf/<link> by RTM_SETLINK, and times in milliseconds', () => {
    for (const key of CONF_KEYS) expect(typeOf(bytesOf(sysctl(confPath(link('eth0'), key), '0', '1'), 'write'))).toBe(RTM_SETLINK);
    const read = NEIGH_KEYS.map((key) => {
      const value = key === 'proxy_qlen' ? '1000' : '1000ms';
      return decoded(bytesOf(sysctl(neighPath(link('eth0.100'), key), '1', value), 'write'), decodeNeighbourTable);
    });
    const none = { index: 9, locktime: undefined, proxyDelay: undefined, proxyQlen: undefined };
    expect(read).toEqual([
      { ...none, locktime: 1000 },
      { ...none, proxyDelay: 1000 },
      { ...none, proxyQlen: 1000 },
    ]);
  });

  it.each([
    ['net/ipv4/ip_forward', '1'],
    ['net/ipv4/conf/all/proxy_arp', '1'],
    ['net/ipv4/conf/default/proxy_arp', '1'],
    ['net/ipv4/conf/eth0/proxy_arp', 'on'],
    ['net/ipv4/conf/eth0/proxy_arp', ''],
    ['net/ipv4/neigh/eth0/proxy_delay', '1e3'],
  ])('throws for %s = %s, which rtnetlink cannot write', (path, value) => {
    expect(() => bytesOf(sysctl(path, '0', value), 'write')).toThrow(TypeError);
  });
});

describe('stepsOf() and inverseStep()', () => {
  const hold = (of: Operation): Operation => ({ ...of, to: of.from }) as Operation;
  it.each<[what: string, of: Operation, steps: readonly Step[]]>([
    ['an addition', proxy('10.0.0.9', 'eth0'), ['add']],
    ['a deletion', invert(address('10.3.0.1/24', 'eth0')), ['delete']],
    ['a switch', sysctl('net/ipv4/conf/eth0/proxy_arp', '0', '1'), ['write']],
    ['a held switch', sysctl('net/ipv4/conf/eth0/proxy_arp', '1', '1'), ['write']],
    ['a switch without a value', operation('sysctl', confPath(link('eth0'), 'proxy_arp'), '1', null), []],
    ['nothing', hold(proxy('10.0.0.9', 'eth0')), []],
  ])('%s', (_what, of, steps) => {
    expect(stepsOf(of as NetlinkOperation)).toEqual(steps);
    const back = stepsOf(invert(of) as NetlinkOperation);
    const inverses = steps.map(inverseStep).toReversed();
    if (of.kind !== 'sysctl') expect(inverses.map((step) => (step === 'give-back' ? 'add' : step))).toEqual(back);
  });
});

describe('scopeNumber() and scopeName()', () => {
  it('are inverse for every scope', () => {
    for (let number = 0; number < 256; number++) expect(scopeNumber(scopeName(number))).toBe(number);
    expect([0, 200, 253, 254, 255, 7].map(scopeName)).toEqual(['global', 'site', 'link', 'host', 'nowhere', '7']);
  });
});

describe('netlinkSysctl()', () => {
  it('names link and key of what rtnetlink can write', () => {
    expect(netlinkSysctl(confPath(link('eth0.100'), 'proxy_arp'))).toEqual({ link: 'eth0.100', key: 'proxy_arp' });
    expect(netlinkSysctl(neighPath(link('eth0'), 'locktime'))).toEqual({ link: 'eth0', key: 'locktime' });
    expect(netlinkSysctl(confPath('all', 'proxy_arp'))).toBeNull();
  });
});
