import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyForwarding, anyProfile, LINKS } from '../support/arbitrary-profile.ts';
import { takeBack, type Undone } from '../../src/engine/execute.ts';
import { Failure } from '../../src/model/failure.ts';
import { carryOut, comparable, planOn, returnsTo, stepLawfully, transactionFor, type Host } from '../support/laws.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { freshHost, MemoryKernel } from '../support/memory-kernel.ts';

const LONG = process.env['PARP_TEST_LONG'] !== undefined;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(anyProfile, { minLength: 1, maxLength: 2 }).map((profiles) => ({ apply: profiles })) },
  { weight: 1, arbitrary: fc.constantFrom('alpha', 'beta', 'gamma').map((name) => ({ remove: name })) },
);

function hostWith(sysctls: Readonly<Record<string, string>>): Host {
  const state = freshHost(LINKS);
  return { kernel: new MemoryKernel({ ...state, sysctls: { ...state.sysctls, ...sysctls } }), journal: new MemoryJournal() };
}

describe('random walks over profiles', { timeout: LONG ? 3_600_000 : 60_000 }, () => {
  it('every step keeps the laws, and the way back ends where the walk began', async () => {
    await fc.assert(
      fc.asyncProperty(anyForwarding, fc.array(step, { minLength: 1, maxLength: 6 }), async (sysctls, steps) => {
        const host = hostWith(sysctls);
        const first = comparable(host.kernel.state);
        for (const one of steps) {
          if ('apply' in one) {
            const names = new Set(one.apply.map(({ name }) => name));
            if (names.size === one.apply.length) await stepLawfully(host, one.apply);
          } else if (host.journal.ledger.profiles[one.remove] !== undefined) await stepLawfully(host, [], [one.remove]);
        }
        await returnsTo(host, first);
      }),
      { numRuns: LONG ? 20_000 : 250 },
    );
  });

  it('a refusal at any operation takes everything back', async () => {
    await fc.assert(
      fc.asyncProperty(anyForwarding, anyProfile, anyProfile, fc.nat(60), async (sysctls, first, second, at) => {
        const host = hostWith(sysctls);
        if ((await stepLawfully(host, [first])) === 'refused') return;
        const before = comparable(host.kernel.state);
        const plan = await planOn(host, [second]);
        if (plan.conflicts.length > 0 || at >= plan.operations.length) return;
        const refused = plan.operations[at];
        let once = false;
        host.kernel.refuse = (operation) => {
          if (once || operation !== refused) return undefined;
          once = true;
          return 'Operation not permitted';
        };
        const outcome = await carryOut(plan, host);
        expect(outcome.kind).toBe('rolled-back');
        expect(comparable(host.kernel.state)).toEqual(before);
        expect(Object.keys(host.journal.ledger.profiles)).toEqual([first.name]);
      }),
      { numRuns: LONG ? 20_000 : 250 },
    );
  });

  it('a kill behind any operation, of the apply and of its recovery, leaves nothing once a recovery runs through', async () => {
    await fc.assert(
      fc.asyncProperty(anyForwarding, anyProfile, anyProfile, fc.nat(60), fc.nat(60), async (sysctls, first, second, at, then) => {
        const host = hostWith(sysctls);
        if ((await stepLawfully(host, [first])) === 'refused') return;
        const before = comparable(host.kernel.state);
        const ledger = host.journal.ledger;
        const plan = await planOn(host, [second]);
        if (plan.conflicts.length > 0) return;
        const transaction = transactionFor(plan, host);
        host.journal.open(transaction);
        await killBehind(host, at, () => host.kernel.write(plan.operations));
        await killBehind(host, then, () => recover(host));
        expect(await recover(host)).toMatchObject({ left: [], refused: [] });
        expect(host.journal.last?.phase).toBe('undone');
        expect(comparable(host.kernel.state)).toEqual(before);
        expect(host.journal.ledger).toEqual(ledger);
      }),
      { numRuns: LONG ? 20_000 : 250 },
    );
  });
});

/** What the next run does: nothing where the transaction was undone already. */
async function recover({ kernel, journal }: Host): Promise<Pick<Undone, 'left' | 'refused'>> {
  if (journal.last === null || journal.last.phase === 'undone') return { left: [], refused: [] };
  const { transaction, phase } = journal.last;
  return takeBack(transaction, kernel, journal, { interrupted: true, resumed: phase === 'undoing' });
}

/** A kill cannot be caught: nothing behind it runs, whoever would go on after a refusal. */
class Killed extends Error {}

async function killBehind(host: Host, operations: number, work: () => Promise<unknown>): Promise<void> {
  const end = host.kernel.written + operations;
  host.kernel.refuse = () => {
    if (host.kernel.written >= end) throw new Killed();
    return undefined;
  };
  try {
    await work();
  } catch (error) {
    const cause = error instanceof Failure ? error.cause : error;
    if (!(cause instanceof Killed)) throw error;
  } finally {
    host.kernel.refuse = () => undefined;
  }
}
