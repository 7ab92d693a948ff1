import { expect, it } from 'vitest';
import { watchForce } from '../../src/cli/in-force.ts';
import { recordsOf } from '../../src/engine/transaction.ts';
import type { RecordFiles } from '../../src/host/records.ts';

it('watchForce() gives up where there are no records, from the first look on', () => {
  const gone = { stamp: () => '', read: () => recordsOf(null) } as RecordFiles;
  const { look, givenUp } = watchForce(gone, { office: '2026-01-01T00:00:00Z' });
  expect(givenUp.aborted).toBe(false);
  look();
  expect(givenUp.aborted).toBe(true);
});
