import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameValue } from '../../src/model/operation.ts';

/** The same text for plain data that is the same, whatever the order of its keys. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .sort()
    .join()}}`;
}

/** Few keys and values, some of which every object inherits. */
const data = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom(null, 1, 'a', true), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 2 }),
  map: fc.dictionary(fc.constantFrom('x', 'y', '__proto__', 'constructor', 'toString'), tie('value'), { maxKeys: 3 }),
})).value;

describe('sameValue()', () => {
  it('tells plain data apart as JSON does', () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        expect(sameValue(a, b)).toBe(canonical(a) === canonical(b));
        expect(sameValue(a, structuredClone(a))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [JSON.parse('{"__proto__":{}}'), { x: 1 }, false],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: undefined }, {}, true],
    [{ constructor: 1 }, {}, false],
    [[], {}, false],
  ])('of %j and %j says %s', (a, b, same) => {
    expect(sameValue(a, b)).toBe(same);
    expect(sameValue(b, a)).toBe(same);
  });
});
