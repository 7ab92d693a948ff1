import { describe, expect, it } from 'vitest';
import { WriteRefused, type Backend } from '../../src/engine/backend.ts';
import { execute, type Outcome } from '../../src/engine/execute.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import { makePlan } from '../../src/model/make-plan.ts';
import type { Operation } from '../../src/model/operation.ts';
import type { Plan } from '../../src/model/plan.ts';
import { transactionFor } from '../support/laws.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { freshHost, MemoryKernel } from '../support/memory-kernel.ts';
import { address } from '../support/operations.ts';

const OPERATIONS = ['10.0.1.1/24', '10.0.2.1/24', '10.0.3.1/24'].map((text) => address(text, 'eth0'));

/** Carries OPERATIONS out where somebody else does `theirs` right before the operation at `at`; gives the outcome and what addresses are there. */
async function against(theirs: readonly Operation[], at: number): Promise<{ outcome: Outcome; left: string[] }> {
  const host = { kernel: new MemoryKernel(freshHost(['eth0'])), journal: new MemoryJournal() };
  const state = await host.kernel.observe();
  const empty = makePlan({ state, ledger: EMPTY_LEDGER, apply: [], remove: [], now: '2030-01-01T00:00:00Z' });
  const plan: Plan = { ...empty, operations: OPERATIONS };
  let forward = true;
  const backend: Backend = {
    name: 'iproute2',
    observe: async () => host.kernel.observe(),
    flush: async () => 0,
    write: async (operations, progress) => {
      const first = forward;
      forward = false;
      for (const [index, one] of operations.entries()) {
        if (first && index === at) await host.kernel.write(theirs);
        try {
          await host.kernel.write([one]);
        } catch (error) {
          throw error instanceof WriteRefused ? new WriteRefused(one, error.message, 'EEXIST') : error;
        }
        progress?.(index + 1);
      }
    },
  };
  const outcome = await execute(plan, transactionFor(plan, host), backend, host.journal);
  return { outcome, left: host.kernel.state.addresses.map((entry) => entry.address) };
}

describe('execute()', () => {
  it.each([
    { what: 'the first address', theirs: [0], at: 0 },
    { what: 'the last address', theirs: [2], at: 2 },
    { what: 'an address, and one that would have come later', theirs: [1, 2], at: 1 },
    { what: 'all of them', theirs: [0, 1, 2], at: 0 },
  ])('takes back its own, and never what somebody else put in its way: $what', async ({ theirs, at }) => {
    const foreign = OPERATIONS.filter((_, index) => theirs.includes(index));
    const { outcome, left } = await against(foreign, at);
    expect(outcome).toMatchObject({ kind: 'rolled-back', left: [], refused: [] });
    expect(left).toEqual(foreign.map(({ subject }) => (subject as { address: string }).address));
  });
});
