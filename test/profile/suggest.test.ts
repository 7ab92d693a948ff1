import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from '../../src/profile/suggest.ts';

describe('editDistance()', () => {
  it.each<[string, string, number]>([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['adresses', 'addresses', 1],
    ['interfcae', 'interface', 1],
    ['kitten', 'sitting', 3],
  ])('from %j to %j is %i', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  it('is the same in both directions, and no more than the longer text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe('suggest()', () => {
  const keys = ['addresses', 'interface', 'hosts', 'hosts_file', 'proxy_delay', 'to', 'via'];

  it.each<[string, string | undefined]>([
    ['adresses', 'addresses'],
    ['address', 'addresses'],
    ['Interface', 'interface'],
    ['proxy-delay', 'proxy_delay'],
    ['host', 'hosts'],
    ['hostsfile', 'hosts_file'],
    ['vai', 'via'],
    ['x', undefined],
    ['something', undefined],
    ['a'.repeat(1000), undefined],
  ])('for %s is %s', (text, instead) => expect(suggest(text, keys)).toBe(instead));
});
