import { isPending, type Records, type Transaction } from '../engine/transaction.ts';
import { isGuarded } from '../host/guard-process.ts';
import { bootMilliseconds } from '../host/libc.ts';
import { Failure } from '../model/failure.ts';

/** A transaction that waits for `parp confirm`. */
export interface Pending {
  readonly transaction: Transaction;
  /** How long it still waits; 0 where it is due. */
  readonly leftMs: number;
  /** Whether the guard that will undo it lives. */
  readonly guarded: boolean;
}

/** What waits for a confirmation in this namespace, if anything does. `folder` is that of its records. */
export function pendingIn(records: Records, folder: string): Pending | null {
  if (!isPending(records) || records.last === null) return null;
  const { transaction, deadlineMs } = records.last;
  return {
    transaction,
    leftMs: Math.max(0, (deadlineMs ?? 0) - bootMilliseconds()),
    guarded: isGuarded(folder, transaction.id),
  };
}

/** `117 s (until 14:03:20)`, by the wall clock of now. */
export function timeLeft({ leftMs }: Pick<Pending, 'leftMs'>): string {
  const until = new Date(Date.now() + leftMs);
  const clock = [until.getHours(), until.getMinutes(), until.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
  return `${Math.floor(leftMs / 1000)} s (until ${clock})`;
}

/** Why nothing else can be written now. */
export function refusedWhilePending(pending: Pending): Failure {
  const { command, startedAt, by } = pending.transaction;
  const who = by.user === null ? `user ${by.uid}` : by.user;
  return new Failure('refused', 'pending', `"${command}" by ${who} of ${startedAt} waits to be confirmed, for ${timeLeft(pending)}`, {
    remedy: 'Keep it with: parp confirm; take it back with: parp rollback',
  });
}
