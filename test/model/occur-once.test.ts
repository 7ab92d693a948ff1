import fc from 'fast-check';
import { expect, it } from 'vitest';
import { occurOnce, subjectKey, type Subject } from '../../src/model/operation.ts';
import { prefixFrom } from '../../src/net/prefix.ts';
import { link, ip } from '../support/operations.ts';

const usual = fc
  .record({ address: fc.integer({ min: 0xfffffff0, max: 0xffffffff }), length: fc.integer({ min: 30, max: 32 }) })
  .map(({ address, length }): Subject => ({ kind: 'route', subject: { to: prefixFrom(address, length), table: 254, metric: 0 } }));
const unusual = fc
  .record({ table: fc.constantFrom(254, 1000), metric: fc.nat(1), tos: fc.constantFrom(undefined, 16) })
  .map(({ table, metric, tos }): Subject => {
    const to = prefixFrom(0xfffffff0, 32);
    return { kind: 'route', subject: tos === undefined ? { to, table, metric } : { to, table, metric, tos } };
  });
const proxy = fc
  .constantFrom('10.0.0.1', '10.0.0.2')
  .map((address): Subject => ({ kind: 'proxy', subject: { address: ip(address), interface: link('eth0') } }));

it('occurOnce() says what the keys say', () => {
  let [once, twice] = [0, 0];
  fc.assert(
    fc.property(fc.array(fc.oneof(usual, unusual, proxy), { maxLength: 6 }), (subjects) => {
      const isOnce = new Set(subjects.map((of) => `${of.kind} ${subjectKey(of)}`)).size === subjects.length;
      if (isOnce) once++;
      else twice++;
      expect(occurOnce(subjects)).toBe(isOnce);
    }),
    { numRuns: 1000 },
  );
  expect(Math.min(once, twice)).toBeGreaterThan(50);
});
