import { describe, expect, it } from 'vitest';
import { parseAddressArguments } from '../../src/cli/address-arguments.ts';

describe('parseAddressArguments()', () => {
  it('takes addresses, ranges and prefixes, each address once and in ascending order', () => {
    expect(parseAddressArguments(['10.0.0.9', '10.0.0.4/30', '10.0.0.6-10.0.0.8', '10.0.0.1'])).toEqual([
      { first: 0x0a000001, last: 0x0a000001 },
      { first: 0x0a000004, last: 0x0a000009 },
    ]);
  });

  it.each([
    ['010.0.0.1', '"010.0.0.1" has leading zeros, which some programs read as octal; write 10.0.0.1'],
    ['10.0.0.1/24', '"10.0.0.1/24" has host bits set; write 10.0.0.0/24'],
    ['10.0.0.9-10.0.0.1', '"10.0.0.9-10.0.0.1" ends before it begins; write 10.0.0.1-10.0.0.9'],
    ['eth0', '"eth0" is not an IPv4 address'],
  ])('refuses %s', (text, message) => {
    expect(() => parseAddressArguments(['10.0.0.1', text])).toThrow(expect.objectContaining({ ending: 'invalid', code: 'usage', message }));
  });

  it('tells every mistake at once', () => {
    const details = [expect.stringContaining('"y"')];
    expect(() => parseAddressArguments(['x', '10.0.0.1', 'y'])).toThrow(expect.objectContaining({ details }));
  });

  it('refuses none at all', () => expect(() => parseAddressArguments([])).toThrow('No address is given'));

  it.each(['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '0.0.0.0/0', '126.255.255.255-127.0.0.0'])(
    'refuses %s, for which nobody answers ARP',
    (text) => {
      expect(() => parseAddressArguments([text])).toThrow('for which nobody answers ARP');
    },
  );
});
