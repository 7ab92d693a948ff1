import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeNeighbour,
  deleteNeighbour,
  requestNeighbours,
  requestProxies,
  writeProxy,
  type NeighbourMessage,
} from '../../../src/wire/netlink/neighbour.ts';
import { decoded, golden, partsOf, written } from './golden-messages.ts';

const NDMSG = 12;
const [ETH0, P0] = [10, 11];
const PERMANENT = 0x80;

describe('writeProxy()', () => {
  const proxy = { index: ETH0, address: 0x0a000009, protocol: 97 };

  it('adds what ip -4 neigh add proxy adds', () => {
    const own = written((writer) => writeProxy(writer, 1, 'add', proxy));
    expect(partsOf(own, NDMSG)).toEqual(partsOf(golden('written', '-4 neigh add proxy 10.0.0.9 dev eth0 protocol 97'), NDMSG));
  });

  it('deletes what ip -4 neigh del proxy deletes, and leaves the state open, which the kernel does not ask for', () => {
    const own = written((writer) => writeProxy(writer, 1, 'delete', proxy));
    const ip = partsOf(golden('written', '-4 neigh del proxy 10.0.0.9 dev eth0'), NDMSG);
    expect(ip.header).toBe('020000000a00000080000800');
    expect(partsOf(own, NDMSG)).toEqual({ ...ip, header: '020000000a00000000000800' });
  });

  it('and decodeNeighbour() are inverse', () => {
    const proxies = fc.record({
      index: fc.nat(0x7fffffff),
      address: fc.nat(0xffffffff),
      protocol: fc.option(fc.nat(0xff)),
    });
    fc.assert(
      fc.property(proxies, ({ index, address, protocol }) => {
        const bytes = written((writer) => writeProxy(writer, 1, 'add', { index, address, protocol }));
        const read = { index, address, state: PERMANENT, proxy: true, lladdr: undefined, protocol: protocol ?? undefined };
        expect(decoded(bytes, decodeNeighbour)).toEqual(read);
      }),
    );
  });
});

describe('deleteNeighbour()', () => {
  it('deletes what ip -4 neigh del deletes, and leaves the state open, which the kernel does not ask for', () => {
    const own = written((writer) => deleteNeighbour(writer, 1, ETH0, 0xc0a80007));
    const ip = partsOf(golden('written', '-4 neigh del 192.168.0.7 dev eth0'), NDMSG);
    expect(ip.header).toBe('020000000a00000080000000');
    expect(partsOf(own, NDMSG)).toEqual({ ...ip, header: '020000000a00000000000000' });
  });
});

describe('requestNeighbours() and requestProxies()', () => {
  it('ask what ip -4 neigh show asks', () => {
    expect(written((writer) => requestNeighbours(writer, 1))).toEqual(golden('written', '-4 neigh show nud all'));
    expect(written((writer) => requestProxies(writer, 1))).toEqual(golden('written', '-4 neigh show proxy'));
  });
});

describe('decodeNeighbour()', () => {
  const mac = (last: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, 0, last);
  const entry = { index: ETH0, proxy: false, protocol: undefined };
  const proxy = { state: 0, proxy: true, lladdr: undefined, protocol: undefined };

  it.each<[words: string, neighbour: NeighbourMessage]>([
    ['neigh add 192.168.0.7 lladdr 02:00:00:00:00:07 dev eth0', { ...entry, address: 0xc0a80007, state: PERMANENT, lladdr: mac(7) }],
    ['neigh add 192.168.0.8 lladdr 02:00:00:00:00:08 nud stale dev eth0', { ...entry, address: 0xc0a80008, state: 4, lladdr: mac(8) }],
    ['neigh add proxy 10.0.0.9 dev eth0 protocol 97', { ...proxy, index: ETH0, address: 0x0a000009, protocol: 97 }],
    ['neigh add proxy 10.0.0.10 dev p0', { ...proxy, index: P0, address: 0x0a00000a }],
    [
      '(a proxy neighbour of no interface, 10.0.0.11, which ip cannot add: RTM_NEWNEIGH with ndm_ifindex 0)',
      { ...proxy, index: 0, address: 0x0a00000b },
    ],
  ])('reads %s', (words, neighbour) => {
    expect(decoded(golden('read', words), decodeNeighbour)).toEqual(neighbour);
  });
});
