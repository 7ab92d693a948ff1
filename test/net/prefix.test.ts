import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4FromNumber, ipv4ToNumber } from '../../src/net/ipv4.ts';
import { must, type Parsed } from '../../src/net/parsed.ts';
import {
  addressOf,
  contains,
  DEFAULT_PREFIX,
  hostPrefix,
  interfaceAddress,
  lengthOf,
  netmask,
  networkOf,
  parseInterfaceAddress,
  parsePrefix,
  parsePrefixOrAddress,
  prefixFrom,
  rangeOf,
} from '../../src/net/prefix.ts';

const number = fc.integer({ min: 0, max: 0xffffffff });
const length = fc.integer({ min: 0, max: 32 });

function told(result: Parsed<string>): unknown {
  return result.ok ? result.value : [result.code, result.instead];
}

describe('parsePrefix()', () => {
  it.each<[string, unknown]>([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.9/32', '10.0.0.9/32'],
    ['10.0.0.9', ['missing-prefix-length', '10.0.0.9/32']],
    ['10.0.0.9/24', ['host-bits-set', '10.0.0.0/24']],
    ['192.168.0.129/25', ['host-bits-set', '192.168.0.128/25']],
    ['10.0.0.1/0', ['host-bits-set', '0.0.0.0/0']],
    ['10.0.0.0/33', ['bad-prefix-length', undefined]],
    ['10.0.0.0/', ['bad-prefix-length', undefined]],
    ['10.0.0.0/-1', ['bad-prefix-length', undefined]],
    ['10.0.0.0/8/8', ['bad-prefix-length', undefined]],
    ['10.0.0.0/ 8', ['bad-prefix-length', undefined]],
    ['10.0.0.0/255.255.255.0', ['bad-prefix-length', '10.0.0.0/24']],
    ['10.0.0.0/255.0.255.0', ['bad-prefix-length', undefined]],
    ['10.0.0.0/08', ['leading-zeros', '10.0.0.0/8']],
    ['010.0.0.0/8', ['leading-zeros', '10.0.0.0/8']],
    ['10.1/16', ['bad-address', '10.0.0.1/16']],
    ['default', ['bad-address', undefined]],
    ['', ['bad-address', undefined]],
  ])('reads %j', (text, expected) => expect(told(parsePrefix(text))).toEqual(expected));

  it('takes what prefixFrom() gives', () => {
    fc.assert(
      fc.property(number, length, (value, bits) => {
        expect(parsePrefix(prefixFrom(value, bits)).ok).toBe(true);
      }),
    );
  });

  it('suggests what it takes', () => {
    fc.assert(
      fc.property(number, length, (value, bits) => {
        const result = parsePrefix(`${ipv4FromNumber(value)}/${bits}`);
        if (!result.ok) expect(parsePrefix(result.instead ?? '')).toEqual({ ok: true, value: prefixFrom(value, bits) });
      }),
    );
  });
});

describe('parsePrefixOrAddress()', () => {
  it.each<[string, unknown]>([
    ['10.0.0.9', '10.0.0.9/32'],
    ['10.0.0.0/24', '10.0.0.0/24'],
    ['10.0.0.9/24', ['host-bits-set', '10.0.0.0/24']],
    ['10.9', ['bad-address', '10.0.0.9']],
  ])('reads %j', (text, expected) => expect(told(parsePrefixOrAddress(text))).toEqual(expected));
});

describe('parseInterfaceAddress()', () => {
  it.each<[string, unknown]>([
    ['10.0.0.9/24', '10.0.0.9/24'],
    ['10.0.0.9/32', '10.0.0.9/32'],
    ['10.0.0.9', ['missing-prefix-length', '10.0.0.9/24']],
    ['10.0.0.9/40', ['bad-prefix-length', undefined]],
    ['10.0.0.9/255.255.0.0', ['bad-prefix-length', '10.0.0.9/16']],
  ])('reads %j', (text, expected) => expect(told(parseInterfaceAddress(text))).toEqual(expected));
});

describe('prefixes', () => {
  it('hold exactly the addresses of their range', () => {
    fc.assert(
      fc.property(number, length, number, (value, bits, other) => {
        const prefix = prefixFrom(value, bits);
        const { first, last } = rangeOf(prefix);
        expect(last - first + 1).toBe(2 ** (32 - bits));
        expect(contains(prefix, ipv4FromNumber(value))).toBe(true);
        expect(contains(prefix, ipv4FromNumber(other))).toBe(first <= other && other <= last);
      }),
    );
  });

  it('fall apart into address and length, and come together again', () => {
    fc.assert(
      fc.property(number, length, (value, bits) => {
        const address = interfaceAddress(ipv4FromNumber(value), bits);
        expect(interfaceAddress(addressOf(address), lengthOf(address))).toBe(address);
        expect(networkOf(address)).toBe(prefixFrom(ipv4ToNumber(addressOf(address)), bits));
      }),
    );
  });

  it('know their masks', () => {
    expect([0, 1, 8, 24, 31, 32].map((bits) => ipv4FromNumber(netmask(bits)))).toEqual([
      '0.0.0.0',
      '128.0.0.0',
      '255.0.0.0',
      '255.255.255.0',
      '255.255.255.254',
      '255.255.255.255',
    ]);
    expect(rangeOf(DEFAULT_PREFIX)).toEqual({ first: 0, last: 0xffffffff });
    expect(hostPrefix(ipv4FromNumber(5))).toBe(must(parsePrefix('0.0.0.5/32')));
  });
});
