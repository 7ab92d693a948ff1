import type { Ledger } from '../model/ledger.ts';
import type { Operation } from '../model/operation.ts';

/** The operations of one writing command, durable before the first of them is written. */
export interface Transaction {
  /** Random, so that no two are confused. */
  readonly id: string;
  /** `apply office`, `remove office`: what a person asked for. */
  readonly command: string;
  readonly startedAt: string;
  /** In the order of writing. */
  readonly operations: readonly Operation[];
  readonly ledgerBefore: Ledger;
  readonly ledgerAfter: Ledger;
}

/**
 * How far a transaction came. `open`: writing; `confirmed`: kept, and the ledger is the one after it; `undoing`: a rollback was begun;
 * `undone`: the host and the ledger are as before. Only confirmed and undone ones need nothing from the next run.
 */
export type Phase = 'open' | 'confirmed' | 'undoing' | 'undone';

/** The durable side of a transaction. Each call returns when the disk has it. */
export interface Journal {
  open(transaction: Transaction): void;
  mark(phase: Exclude<Phase, 'open'>): void;
  saveLedger(ledger: Ledger): void;
}

/** What an earlier run left behind. */
export interface Records {
  readonly ledger: Ledger;
  readonly last: { readonly transaction: Transaction; readonly phase: Phase } | null;
}

export function isUnfinished(records: Records): boolean {
  return records.last !== null && (records.last.phase === 'open' || records.last.phase === 'undoing');
}
