import { EMPTY_LEDGER, type Ledger } from '../model/ledger.ts';
import type { LinkIdentities } from '../model/link-identity.ts';
import type { Operation } from '../model/operation.ts';

/** Who asked for a transaction, as far as the process can tell. */
export interface Requester {
  readonly pid: number;
  /** When that process began, in clock ticks since boot: with the pid, no other process. */
  readonly startTicks: number;
  readonly uid: number;
  /** Who stands behind sudo, or the login name; null where nothing says so. */
  readonly user: string | null;
}

/** The operations of one writing command, durable before the first of them is written. */
export interface Transaction {
  /** Random, so that no two are confused. */
  readonly id: string;
  /** `apply office`, `remove office`: what a person asked for. */
  readonly command: string;
  readonly startedAt: string;
  readonly by: Requester;
  /** Which interfaces the names in the operations meant when they were planned. */
  readonly links: LinkIdentities;
  /** In the order of writing. */
  readonly operations: readonly Operation[];
  readonly ledgerBefore: Ledger;
  readonly ledgerAfter: Ledger;
  /** How long, in milliseconds, somebody has to confirm it before it is undone; null where the end of the command confirms it. */
  readonly confirmWithinMs: number | null;
}

/**
 * How far a transaction came. `open`: nothing or something is written; `armed`: a guard undoes it at the deadline; `applied`: all is written
 * and verified, and waits for `confirm`; `confirmed`: kept; `undoing`: a rollback was begun; `undone`: the host is as before.
 */
export type Phase = 'open' | 'armed' | 'applied' | 'confirmed' | 'undoing' | 'undone';

/** What may come behind each phase; anything else in a journal is damage. */
export const NEXT_PHASES: Readonly<Record<Phase, readonly Phase[]>> = {
  open: ['armed', 'confirmed', 'undoing'],
  armed: ['applied', 'undoing'],
  applied: ['confirmed', 'undoing'],
  confirmed: ['undoing'],
  undoing: ['undone'],
  undone: [],
};

/** The durable side of a transaction. Each call returns when the disk has it. */
export interface Journal {
  open(transaction: Transaction): void;
  /** `deadlineMs`, on the boot clock, belongs to `armed` alone. */
  mark(phase: Exclude<Phase, 'open'>, deadlineMs?: number): void;
}

/** The last transaction, and how far it came. */
export interface LastTransaction {
  readonly transaction: Transaction;
  readonly phase: Phase;
  /** When a guard undoes it, in milliseconds of the boot clock; null where none was armed. */
  readonly deadlineMs: number | null;
}

/** What an earlier run left behind. */
export interface Records {
  /** What parp holds: derived from the last transaction. */
  readonly ledger: Ledger;
  readonly last: LastTransaction | null;
}

/** The records of a last transaction. What it wrote counts as held once it was verified, and no longer once a rollback was begun. */
export function recordsOf(last: LastTransaction | null): Records {
  if (last === null) return { ledger: EMPTY_LEDGER, last };
  const { transaction, phase } = last;
  return { ledger: phase === 'applied' || phase === 'confirmed' ? transaction.ledgerAfter : transaction.ledgerBefore, last };
}

/** Whether the transaction was cut off, so that the next writing command takes it back first. */
export function isUnfinished({ last }: Records): boolean {
  return last !== null && (last.phase === 'open' || last.phase === 'armed' || last.phase === 'undoing');
}

/** Whether the transaction is in force and waits for `confirm`. */
export function isPending({ last }: Records): boolean {
  return last?.phase === 'applied';
}
