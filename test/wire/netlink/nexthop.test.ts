import { describe, expect, it } from 'vitest';
import { decodeNexthop, requestNexthops, type NexthopMessage } from '../../../src/wire/netlink/nexthop.ts';
import { decoded, golden, written } from './golden-messages.ts';

const [ETH0, P0] = [10, 11];

describe('requestNexthops()', () => {
  it('asks what ip nexthop show asks', () => {
    expect(written((writer) => requestNexthops(writer, 1))).toEqual(golden('written', 'nexthop show'));
  });
});

describe('decodeNexthop()', () => {
  const none = { oif: undefined, gateway: undefined, flags: 0, blackhole: false, group: undefined };
  it.each<[words: string, nexthop: NexthopMessage]>([
    ['nexthop add id 7 via 192.168.0.5 dev eth0', { ...none, id: 7, oif: ETH0, gateway: 0xc0a80005 }],
    ['nexthop add id 8 dev p0', { ...none, id: 8, oif: P0 }],
    ['nexthop add id 9 blackhole', { ...none, id: 9, blackhole: true }],
    [
      'nexthop add id 10 group 7,3/8,2',
      {
        ...none,
        id: 10,
        group: [
          { id: 7, weight: 3 },
          { id: 8, weight: 2 },
        ],
      },
    ],
    ['nexthop add id 11 via 99.1.1.1 dev eth0 onlink', { ...none, id: 11, oif: ETH0, gateway: 0x63010101, flags: 4 }],
    ['-6 nexthop add id 12 via fe80::1 dev eth0', { ...none, id: 12, oif: ETH0 }],
  ])('reads %s', (words, nexthop) => {
    expect(decoded(golden('read', words), decodeNexthop)).toEqual(nexthop);
  });
});
