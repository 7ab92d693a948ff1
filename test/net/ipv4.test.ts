import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4FromNumber, ipv4ToNumber, parseIpv4, UNSPECIFIED } from '../../src/net/ipv4.ts';
import { must } from '../../src/net/parsed.ts';

const number = fc.integer({ min: 0, max: 0xffffffff });

describe('parseIpv4()', () => {
  it.each(['0.0.0.0', '10.0.0.9', '127.0.0.1', '192.168.0.255', '255.255.255.255', '1.20.30.4'])('takes %s as it is', (text) => {
    expect(parseIpv4(text)).toEqual({ ok: true, value: text });
  });

  it.each([
    ['010.0.0.1', 'leading-zeros', '10.0.0.1'],
    ['10.0.0.00', 'leading-zeros', '10.0.0.0'],
    ['10.000000001.0.1', 'leading-zeros', '10.1.0.1'],
    ['10.1', 'bad-address', '10.0.0.1'],
    ['10.1.2', 'bad-address', '10.1.0.2'],
    ['1.2.3.', 'bad-address', undefined],
    ['.1.2.3', 'bad-address', undefined],
    ['1..2.3', 'bad-address', undefined],
    ['1.2.3.4.5', 'bad-address', undefined],
    ['1.2.3.256', 'bad-address', undefined],
    ['1.2.3.99999999999', 'bad-address', undefined],
    ['0x7f.1', 'bad-address', undefined],
    ['1.2.3.4 ', 'bad-address', undefined],
    [' 1.2.3.4', 'bad-address', undefined],
    ['1.2.3.4\n', 'bad-address', undefined],
    ['1.2.3.-4', 'bad-address', undefined],
    ['+1.2.3.4', 'bad-address', undefined],
    ['1.2.3.4/24', 'bad-address', undefined],
    ['::ffff:1.2.3.4', 'bad-address', undefined],
    ['١.2.3.4', 'bad-address', undefined],
    ['１.2.3.4', 'bad-address', undefined],
    ['167772161', 'bad-address', undefined],
    ['', 'bad-address', undefined],
  ])('refuses %j', (text, code, instead) => {
    const result = parseIpv4(text);
    expect(result).toMatchObject({ ok: false, code });
    expect(result.ok ? 'parsed' : result.instead).toBe(instead);
  });

  it('refuses whatever is not the canonical text of a number', () => {
    const looking = fc.stringMatching(/^[0-9.]{1,16}$/);
    fc.assert(
      fc.property(looking, (text) => {
        const result = parseIpv4(text);
        const octets = text.split('.');
        const canonical =
          octets.length === 4 && octets.every((octet) => octet !== '' && String(Number(octet)) === octet && Number(octet) < 256);
        expect(result.ok).toBe(canonical);
      }),
    );
  });
});

describe('ipv4ToNumber()', () => {
  it('is the inverse of ipv4FromNumber()', () => {
    fc.assert(
      fc.property(number, (value) => {
        expect(ipv4ToNumber(ipv4FromNumber(value))).toBe(value);
      }),
    );
  });

  it('keeps the order of the bytes', () => {
    expect(ipv4ToNumber(must(parseIpv4('1.2.3.4')))).toBe(0x01020304);
    expect(ipv4ToNumber(must(parseIpv4('255.0.0.1')))).toBe(0xff000001);
    expect(ipv4ToNumber(UNSPECIFIED)).toBe(0);
  });
});

describe('ipv4FromNumber()', () => {
  it('gives what parseIpv4() takes', () => {
    fc.assert(
      fc.property(number, (value) => {
        expect(parseIpv4(ipv4FromNumber(value)).ok).toBe(true);
      }),
    );
  });

  it('counts the low 32 bits alone', () => {
    expect(ipv4FromNumber(2 ** 32 + 5)).toBe('0.0.0.5');
    expect(ipv4FromNumber(-1)).toBe('255.255.255.255');
  });
});

describe('must()', () => {
  it('throws the problem of a text that was thought to be right', () => {
    expect(() => must(parseIpv4('10.1'))).toThrow(TypeError);
  });
});
