import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrapped } from '../../src/profile/wrapped.ts';

describe('wrapped()', () => {
  it.each<[string, number, readonly string[]]>([
    ['', 5, ['']],
    ['one two', 7, ['one two']],
    ['one two three', 8, ['one two', 'three']],
    ['  one two', 6, ['  one', '  two']],
    ['unbreakable', 4, ['unbreakable']],
    ['a unbreakable', 4, ['a', 'unbreakable']],
  ])('breaks %j at %i', (text, width, lines) => expect(wrapped(text, width)).toEqual(lines));

  it('loses no word, and keeps to the width wherever words allow it', () => {
    const words = fc.array(fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b', '-') }), { maxLength: 20 });
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 30 }), (list, width) => {
        const lines = wrapped(list.join(' '), width);
        expect(lines.join(' ')).toBe(list.join(' '));
        expect(lines.filter((line) => line.length > width)).toEqual([]);
      }),
    );
  });
});
