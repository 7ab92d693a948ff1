import fc from 'fast-check';
import { expect, it } from 'vitest';
import { walk } from '../../src/model/walk.ts';

it('walk() gives what the map has, in whatever order it is asked', () => {
  const keys = fc.array(fc.stringMatching(/^[ab]{1,4}$/), { maxLength: 80 });
  fc.assert(
    fc.property(keys, keys, (held, asked) => {
      const map = new Map(held.map((key, at) => [key, at]));
      const get = walk(map);
      for (const key of [...map.keys(), ...asked, ...map.keys()]) expect(get(key)).toBe(map.get(key));
    }),
  );
});
