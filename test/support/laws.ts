import { expect } from 'vitest';
import { execute, takeBack, type Outcome } from '../../src/engine/execute.ts';
import type { Transaction } from '../../src/engine/transaction.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import { isEmptyPlan, makePlan } from '../../src/model/make-plan.ts';
import { isHold } from '../../src/model/operation.ts';
import type { Plan } from '../../src/model/plan.ts';
import { remaining } from '../../src/model/remaining.ts';
import type { HostState } from '../../src/model/state.ts';
import { withoutParp } from '../../src/model/without-parp.ts';
import { desire } from '../../src/profile/desire.ts';
import type { Profile } from '../../src/profile/profile.ts';
import type { MemoryJournal } from './memory-journal.ts';
import type { MemoryKernel } from './memory-kernel.ts';

export interface Host {
  readonly kernel: MemoryKernel;
  readonly journal: MemoryJournal;
}

const NOW = '2030-01-01T00:00:00.000Z';

/** What is asked of a host to plan on it. */
export interface Planned {
  readonly kernel: Pick<MemoryKernel, 'observe'>;
  readonly journal: MemoryJournal;
}

export async function planOn(host: Planned, profiles: readonly Profile[], remove: readonly string[] = []): Promise<Plan> {
  const state = await host.kernel.observe();
  const desired = profiles.map((profile) => desire(profile, withoutParp(state, host.journal.ledger), state));
  const conflicts = desired.flatMap((one) => one.conflicts);
  return makePlan({ state, ledger: host.journal.ledger, apply: desired.map(({ settings }) => settings), remove, conflicts, now: NOW });
}

export function transactionFor(plan: Plan, host: Pick<Host, 'journal'>): Transaction {
  const { ledger } = host.journal;
  return {
    id: 'test',
    command: 'test',
    startedAt: NOW,
    by: { pid: 1, startTicks: 1, uid: 0, user: null },
    links: plan.links,
    operations: plan.operations,
    ledgerBefore: ledger,
    ledgerAfter: plan.ledger,
    confirmWithinMs: null,
  };
}

export async function carryOut(plan: Plan, host: Host): Promise<Outcome> {
  return execute(plan, transactionFor(plan, host), host.kernel, host.journal);
}

/** A host without what has no order: compared as sets. */
export function comparable(state: HostState): object {
  const sorted = (list: readonly unknown[]): string[] => list.map((entry) => JSON.stringify(sortKeys(entry))).toSorted();
  return {
    sysctls: sortKeys(state.sysctls),
    addresses: sorted(state.addresses),
    routes: sorted(state.routes),
    proxies: sorted(state.proxies),
    nat: sortKeys(state.nat),
  };
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Puts profiles in force, or out of it, and asks the laws on the way: rollback restores host and ledger; after execute nothing remains;
 * planning again plans nothing. A plan that is refused must leave the host as it is.
 */
export async function stepLawfully(host: Host, profiles: readonly Profile[], remove: readonly string[] = []): Promise<'done' | 'refused'> {
  const before = comparable(host.kernel.state);
  const ledgerBefore = host.journal.ledger;
  const plan = await planOn(host, profiles, remove);
  if (plan.conflicts.length > 0) return 'refused';

  expect((await carryOut(plan, host)).kind).toBe('done');
  const { last } = host.journal;
  if (last === null) throw new Error('An execution without a journal');
  const undone = await takeBack(last.transaction, host.kernel, host.journal, { interrupted: false });
  expect(undone).toMatchObject({ left: [], refused: [] });
  expect(comparable(host.kernel.state)).toEqual(before);
  expect(host.journal.ledger).toEqual(ledgerBefore);

  expect((await carryOut(plan, host)).kind).toBe('done');
  expect(remaining(plan.desired, await host.kernel.observe())).toEqual([]);
  const again = await planOn(host, profiles, []);
  expect(again.operations.filter((operation) => !isHold(operation))).toEqual([]);
  if (profiles.length > 0) expect(isEmptyPlan(again, host.journal.ledger)).toBe(true);
  return 'done';
}

/** From anywhere, planning toward nothing returns to the first host with an empty ledger. */
export async function returnsTo(host: Host, first: object): Promise<void> {
  const names = Object.keys(host.journal.ledger.profiles);
  const plan = await planOn(host, [], names);
  expect(plan.left).toEqual([]);
  expect((await carryOut(plan, host)).kind).toBe('done');
  expect(comparable(host.kernel.state)).toEqual(first);
  expect(host.journal.ledger).toEqual(EMPTY_LEDGER);
}
