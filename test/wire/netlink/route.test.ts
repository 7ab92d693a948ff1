import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeRoute,
  requestRouteOf,
  requestRoutes,
  writeRoute,
  type HopMessage,
  type RouteMessage,
} from '../../../src/wire/netlink/route.ts';
import { decoded, golden, partsOf, written, type Parts } from './golden-messages.ts';

const RTMSG = 12;
const [ETH0, P0, LO] = [10, 11, 1];
const [GLOBAL, LINK, HOST] = [0, 253, 254];

const EMPTY: RouteMessage = {
  to: 0,
  length: 0,
  table: 254,
  priority: 0,
  tos: 0,
  type: 1,
  scope: GLOBAL,
  protocol: 97,
  flags: 0,
  oif: undefined,
  gateway: undefined,
  source: undefined,
  nexthop: undefined,
  hops: undefined,
  realm: false,
};
const HOPS: readonly HopMessage[] = [
  { oif: ETH0, gateway: 0xc0a80005, flags: 0, weight: 3 },
  { oif: P0, gateway: 0x63010101, flags: 4, weight: 1 },
];

describe('writeRoute()', () => {
  it.each<[words: string, verb: Parameters<typeof writeRoute>[2], route: Partial<RouteMessage>]>([
    [
      'route add 10.0.0.9/32 dev eth0 src 192.168.0.1 proto 97',
      'add',
      { to: 0x0a000009, length: 32, scope: LINK, oif: ETH0, source: 0xc0a80001 },
    ],
    [
      'route add 10.7.0.0/24 tos 0x10 via 99.1.1.1 dev eth0 onlink proto 97',
      'add',
      { to: 0x0a070000, length: 24, tos: 16, flags: 4, oif: ETH0, gateway: 0x63010101 },
    ],
    ['route add local 203.0.113.10/32 dev lo proto 97', 'add', { to: 0xcb00710a, length: 32, table: 255, type: 2, scope: HOST, oif: LO }],
    ['route prepend 10.0.0.9/32 dev eth0 proto 97', 'give-back', { to: 0x0a000009, length: 32, scope: LINK, oif: ETH0 }],
    ['route add blackhole 10.8.0.0/24 proto 97', 'add', { to: 0x0a080000, length: 24, type: 6 }],
    ['route add 10.5.0.0/24 proto 97 nhid 7', 'add', { to: 0x0a050000, length: 24, nexthop: 7 }],
    [
      'route add 10.6.0.0/24 proto 97 nexthop via 192.168.0.5 dev eth0 weight 3 nexthop via 99.1.1.1 dev p0 onlink',
      'add',
      { to: 0x0a060000, length: 24, hops: HOPS },
    ],
  ])('writes what ip -4 %s sends', (words, verb, route) => {
    const own = written((writer) => writeRoute(writer, 1, verb, { ...EMPTY, ...route }));
    expect(partsOf(own, RTMSG)).toEqual(partsOf(golden('written', `-4 ${words}`), RTMSG));
  });

  // Of two routes that differ in nothing else, the one goes that is meant: ip leaves type and scope open where they are not said.
  it.each<[words: string, header: string, route: Partial<RouteMessage>]>([
    [
      'route del 10.0.0.9/32 dev eth0 src 192.168.0.1 proto 97 scope link',
      '02200000fe61fd0100000000',
      { to: 0x0a000009, length: 32, scope: LINK, oif: ETH0, source: 0xc0a80001 },
    ],
    [
      'route del default via 192.168.0.254 dev eth0 proto 97 metric 100 table 1000',
      '020000000061000100000000',
      { table: 1000, priority: 100, oif: ETH0, gateway: 0xc0a800fe },
    ],
  ])('writes what ip -4 %s sends, but names type and scope', (words, header, route) => {
    const own = written((writer) => writeRoute(writer, 1, 'delete', { ...EMPTY, ...route }));
    expect(partsOf(own, RTMSG)).toEqual({ ...withoutEmptyDestination(golden('written', `-4 ${words}`)), header });
  });

  it('writes to a default route in another table what ip sends, but for the empty destination', () => {
    const words = '-4 route add default via 192.168.0.254 dev eth0 proto 97 metric 100 table 1000';
    const route = { ...EMPTY, table: 1000, priority: 100, oif: ETH0, gateway: 0xc0a800fe };
    const own = written((writer) => writeRoute(writer, 1, 'add', route));
    expect(partsOf(own, RTMSG)).toEqual(withoutEmptyDestination(golden('written', words)));
  });

  it('and decodeRoute() are inverse', () => {
    fc.assert(
      fc.property(routes, fc.constantFrom('add' as const, 'delete' as const), (route, verb) => {
        const bytes = written((writer) => writeRoute(writer, 1, verb, route));
        expect(decoded(bytes, decodeRoute)).toEqual(route);
      }),
    );
  });
});

function withoutEmptyDestination(bytes: Uint8Array): Parts {
  const parts = partsOf(bytes, RTMSG);
  const { 1: destination, ...attributes } = parts.attributes;
  return destination === '00000000' ? { ...parts, attributes } : parts;
}

const u8 = fc.nat(0xff);
const u32 = fc.nat(0xffffffff);
const index = fc.integer({ min: 1, max: 0x7fffffff });
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });
const routes: fc.Arbitrary<RouteMessage> = fc
  .record({
    to: u32,
    length: fc.nat(32),
    table: fc.oneof(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 256, max: 0xffffffff })),
    priority: u32,
    tos: u8,
    type: u8,
    scope: u8,
    protocol: u8,
    flags: u32,
    oif: maybe(index),
    gateway: maybe(u32),
    source: maybe(u32),
    nexthop: maybe(index),
    hops: maybe(fc.array(fc.record({ oif: index, gateway: maybe(u32), flags: u8, weight: fc.integer({ min: 1, max: 256 }) }))),
    realm: fc.constant(false),
  })
  .map((route) => (route.length === 0 ? { ...route, to: 0 } : route));

describe('requestRoutes()', () => {
  it('asks what ip -4 route show table all asks', () => {
    expect(written((writer) => requestRoutes(writer, 1))).toEqual(golden('written', '-4 route show table all'));
  });
});

describe('requestRouteOf()', () => {
  it('asks what ip -4 route get asks, in the name of a host of that wire', () => {
    const own = written((writer) => requestRouteOf(writer, 1, { to: 0x0a000001, from: 0xc0a80009, iif: ETH0 }));
    expect(own).toEqual(golden('written', '-4 route get 10.0.0.1 from 192.168.0.9 iif eth0'));
  });
});

describe('decodeRoute()', () => {
  const boot = { ...EMPTY, protocol: 3 };
  it.each<[words: string, route: RouteMessage]>([
    [
      'route add 10.0.0.9/32 dev eth0 proto 97 src 192.168.0.1',
      { ...EMPTY, to: 0x0a000009, length: 32, scope: LINK, oif: ETH0, source: 0xc0a80001 },
    ],
    [
      'route add 0.0.0.0/0 via 192.168.0.254 metric 100 table 1000',
      { ...boot, table: 1000, priority: 100, oif: ETH0, gateway: 0xc0a800fe },
    ],
    [
      'route add 10.7.0.0/24 tos 0x10 via 99.1.1.1 dev eth0 onlink',
      { ...boot, to: 0x0a070000, length: 24, tos: 16, flags: 4, oif: ETH0, gateway: 0x63010101 },
    ],
    ['route add local 203.0.113.10/32 dev lo', { ...boot, to: 0xcb00710a, length: 32, table: 255, type: 2, scope: HOST, oif: LO }],
    ['route add blackhole 10.8.0.0/24', { ...boot, to: 0x0a080000, length: 24, type: 6 }],
    ['route add unreachable 10.8.1.0/24 table 5', { ...boot, to: 0x0a080100, length: 24, type: 7, table: 5 }],
    ['route add prohibit 10.8.2.0/24', { ...boot, to: 0x0a080200, length: 24, type: 8 }],
    ['route add throw 10.8.3.0/24 table 5', { ...boot, to: 0x0a080300, length: 24, type: 9, table: 5 }],
    ['route add multicast 224.1.0.0/16 dev eth0', { ...boot, to: 0xe0010000, length: 16, type: 5, scope: LINK, oif: ETH0 }],
    [
      'route add 10.6.0.0/24 nexthop via 192.168.0.5 dev eth0 weight 3 nexthop via 99.1.1.1 dev p0 onlink',
      { ...boot, to: 0x0a060000, length: 24, hops: HOPS },
    ],
    [
      'nexthop add id 7 via 192.168.0.5 dev eth0; route add 10.5.0.0/24 nhid 7',
      { ...boot, to: 0x0a050000, length: 24, nexthop: 7, oif: ETH0, gateway: 0xc0a80005 },
    ],
    [
      'nexthop add id 10 group 7,3/8,2; route add 10.5.1.0/24 nhid 10',
      {
        ...boot,
        to: 0x0a050100,
        length: 24,
        nexthop: 10,
        hops: [
          { oif: ETH0, gateway: 0xc0a80005, flags: 0, weight: 3 },
          { oif: P0, gateway: undefined, flags: 0, weight: 2 },
        ],
      },
    ],
    // Its gateway is of IPv6, which has no ARP.
    ['route add 10.5.2.0/24 via inet6 fe80::1 dev eth0', { ...boot, to: 0x0a050200, length: 24, oif: ETH0 }],
    ['route add 10.5.3.0/24 dev eth0 realm 5', { ...boot, to: 0x0a050300, length: 24, scope: LINK, oif: ETH0, realm: true }],
    [
      'route add 10.6.1.0/24 nexthop via 192.168.0.5 dev eth0 realm 6 nexthop dev p0',
      {
        ...boot,
        to: 0x0a060100,
        length: 24,
        hops: [
          { oif: ETH0, gateway: 0xc0a80005, flags: 0, weight: 1 },
          { oif: P0, gateway: undefined, flags: 0, weight: 1 },
        ],
        realm: true,
      },
    ],
  ])('reads %s', (words, route) => {
    expect(decoded(golden('read', words), decodeRoute)).toEqual(route);
  });

  it('takes no route of IPv6', () => {
    const bytes = golden('read', 'route add blackhole 10.8.0.0/24');
    bytes[16] = 10;
    expect(decoded(bytes, decodeRoute)).toBeUndefined();
  });
});
