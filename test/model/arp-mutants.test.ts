// What real kernels answered, as test/e2e/arp-decision.test.ts recorded it of random routers: a few questions, chosen so that each rule of the
// model is needed. The model as it is agrees with all of them, and every copy that gets one fact wrong is refuted by one at least. So no rule
// can be lost unnoticed, also where nobody may build networks. test/support/choose-records.mjs makes the records.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ARP_MUTANTS } from '../support/arp-mutants.ts';
import { readRecords, refutations } from '../support/arp-records.ts';
import { mutatedModel } from '../support/mutated-model.ts';

const RECORDS = readRecords(fileURLToPath(new URL('arp-records.jsonl.gz', import.meta.url)));

describe('the model of ARP', () => {
  it('agrees with what kernels answered', async () => {
    const genuine = await mutatedModel([]);
    expect(RECORDS.flatMap(({ asked }) => asked).length).toBeGreaterThan(ARP_MUTANTS.length);
    expect(RECORDS.flatMap((record) => refutations(genuine, record))).toEqual([]);
  });

  it('has mutants that differ', () => {
    expect(new Set(ARP_MUTANTS.map(({ belief }) => belief)).size).toBe(ARP_MUTANTS.length);
  });

  it.each(ARP_MUTANTS.map((mutant) => [mutant.belief, mutant.fact, mutant] as const))(
    'is refuted where it believes: %s (%s)',
    async (_belief, _fact, { edits }) => {
      const model = await mutatedModel(edits);
      expect(RECORDS.some((record) => refutations(model, record).length > 0)).toBe(true);
    },
  );
});
