import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAddress, requestAddresses, writeAddress, type AddressMessage } from '../../../src/wire/netlink/address.ts';
import { decoded, golden, partsOf, written } from './golden-messages.ts';

const IFADDRMSG = 8;
const [ETH0, P0] = [10, 11];
const [GLOBAL, LINK] = [0, 253];

describe('writeAddress()', () => {
  it.each<[words: string, verb: 'add' | 'delete', length: number, scope: number]>([
    ['addr add 10.3.0.1/24 dev eth0', 'add', 24, GLOBAL],
    ['addr add 10.3.0.1/32 dev eth0 scope link', 'add', 32, LINK],
    ['addr del 10.3.0.1/24 dev eth0', 'delete', 24, LINK],
  ])('writes what ip -4 %s sends', (words, verb, length, scope) => {
    const own = written((writer) => writeAddress(writer, 1, verb, { index: ETH0, local: 0x0a030001, length, scope }));
    expect(partsOf(own, IFADDRMSG)).toEqual(partsOf(golden('written', `-4 ${words}`), IFADDRMSG));
  });

  it('and decodeAddress() are inverse', () => {
    const addresses = fc.record({ index: fc.nat(0x7fffffff), local: fc.nat(0xffffffff), length: fc.nat(32), scope: fc.nat(0xff) });
    fc.assert(
      fc.property(addresses, (address) => {
        const bytes = written((writer) => writeAddress(writer, 1, 'add', address));
        expect(decoded(bytes, decodeAddress)).toEqual({ ...address, secondary: false, peer: undefined });
      }),
    );
  });
});

describe('requestAddresses()', () => {
  it('asks what ip -4 addr show asks', () => {
    expect(written((writer) => requestAddresses(writer, 1))).toEqual(golden('written', '-4 addr show'));
  });
});

describe('decodeAddress()', () => {
  const plain = { scope: GLOBAL, secondary: false, peer: undefined };
  it.each<[words: string, address: AddressMessage]>([
    ['addr add 192.168.0.1/24 dev eth0', { ...plain, index: ETH0, local: 0xc0a80001, length: 24 }],
    ['addr add 192.168.0.2/24 dev eth0', { ...plain, index: ETH0, local: 0xc0a80002, length: 24, secondary: true }],
    ['addr add 10.9.9.9/32 dev p0 scope link label p0:x', { ...plain, index: P0, local: 0x0a090909, length: 32, scope: LINK }],
    ['addr add 10.1.1.1 peer 10.1.1.2/32 dev p0', { ...plain, index: P0, local: 0x0a010101, length: 32, peer: 0x0a010102 }],
  ])('reads %s', (words, address) => {
    expect(decoded(golden('read', words), decodeAddress)).toEqual(address);
  });
});
