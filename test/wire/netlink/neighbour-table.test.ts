import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNeighbourTable, requestNeighbourTables, writeNeighbourTable } from '../../../src/wire/netlink/neighbour-table.ts';
import { decoded, golden, partsOf, written } from './golden-messages.ts';

const NDTMSG = 4;
const ETH0 = 10;

describe('writeNeighbourTable()', () => {
  it.each<[words: string, key: Parameters<typeof writeNeighbourTable>[3], value: number]>([
    ['proxy_delay 12', 'proxy_delay', 12],
    ['proxy_queue 1000', 'proxy_qlen', 1000],
    ['locktime 600', 'locktime', 600],
  ])('writes what ip -4 ntable change name arp_cache dev eth0 %s sends', (words, key, value) => {
    const own = written((writer) => writeNeighbourTable(writer, 1, ETH0, key, value));
    const ip = golden('written', `-4 ntable change name arp_cache dev eth0 ${words}`);
    // ip asks for NLM_F_REPLACE, which the kernel does not look at.
    expect(partsOf(ip, NDTMSG).flags).toBe(0x101);
    expect(partsOf(own, NDTMSG)).toEqual({ ...partsOf(ip, NDTMSG), flags: 0x1 });
  });

  it('and decodeNeighbourTable() are inverse', () => {
    const keys = fc.constantFrom('proxy_delay' as const, 'proxy_qlen' as const, 'locktime' as const);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0x7fffffff }), keys, fc.nat(0xffffffff), (index, key, value) => {
        const bytes = written((writer) => writeNeighbourTable(writer, 1, index, key, value));
        expect(decoded(bytes, decodeNeighbourTable)).toEqual({
          index,
          proxyDelay: key === 'proxy_delay' ? value : undefined,
          proxyQlen: key === 'proxy_qlen' ? value : undefined,
          locktime: key === 'locktime' ? value : undefined,
        });
      }),
    );
  });
});

describe('requestNeighbourTables()', () => {
  it('asks what ip -4 ntable show asks', () => {
    expect(written((writer) => requestNeighbourTables(writer, 1))).toEqual(golden('written', '-4 ntable show name arp_cache'));
  });
});

describe('decodeNeighbourTable()', () => {
  const words = 'ntable change name arp_cache dev eth0 proxy_delay 12 locktime 600 proxy_queue 1000';

  it('reads the values of an interface', () => {
    expect(decoded(golden('read', words), decodeNeighbourTable)).toEqual({ index: ETH0, proxyDelay: 12, proxyQlen: 1000, locktime: 600 });
  });

  it('takes neither the defaults of the table, nor what new interfaces begin with, nor another table', () => {
    const defaults = golden('read', 'ntable show name arp_cache, the part that has no device');
    expect(decoded(defaults, decodeNeighbourTable)).toBeUndefined();
    const ofNewInterfaces = written((writer) => writeNeighbourTable(writer, 1, 0, 'proxy_delay', 800));
    expect(decoded(ofNewInterfaces, decodeNeighbourTable)).toBeUndefined();
    const other = golden('read', words);
    other.set(Buffer.from('ndp_cache'), 24);
    expect(decoded(other, decodeNeighbourTable)).toBeUndefined();
  });
});
