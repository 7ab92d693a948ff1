import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BROADCAST_MAC, macFromBytes, macToBytes, parseMac, ZERO_MAC } from '../../src/net/mac.ts';
import { must } from '../../src/net/parsed.ts';

describe('parseMac()', () => {
  it.each([
    ['02:00:00:00:00:01', '02:00:00:00:00:01'],
    ['02-AB-cd-00-00-01', '02:ab:cd:00:00:01'],
  ])('reads %s', (text, mac) => expect(parseMac(text)).toEqual({ ok: true, value: mac }));

  it.each(['', '02:00:00:00:00', '02:00:00:00:00:01:02', '0200.0000.0001', '2:0:0:0:0:1', '02:00:00:00:00:0g', '02:00:00:00:00:01 '])(
    'refuses %j',
    (text) => expect(parseMac(text)).toMatchObject({ ok: false, code: 'bad-mac' }),
  );

  it('takes what macFromBytes() gives, and macToBytes() gives the bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const mac = must(parseMac(macFromBytes(bytes)));
        expect(macToBytes(mac)).toEqual(Uint8Array.from(bytes));
      }),
    );
  });
});

describe('macFromBytes()', () => {
  it('refuses another number of bytes', () => expect(() => macFromBytes(new Uint8Array(5))).toThrow(RangeError));

  it('knows the two special ones', () => {
    expect(macFromBytes(new Uint8Array(6))).toBe(ZERO_MAC);
    expect(macFromBytes(new Uint8Array(6).fill(255))).toBe(BROADCAST_MAC);
  });
});
