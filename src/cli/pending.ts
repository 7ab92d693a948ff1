import { isPending, type Records, type Transaction } from '../engine/transaction.ts';
import { isGuarded } from '../host/guard-process.ts';
import { bootMilliseconds } from '../host/libc.ts';
import { Failure } from '../model/failure.ts';
import type { Ledger } from '../model/ledger.ts';
import { commandWords, type Place } from './command-line.ts';
import { appliedProfiles, areInForce } from './in-force.ts';
import type { Writer } from './writer.ts';

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

/** What became of a change while it was announced: it still waits, or somebody has decided. */
export type Waiting = Pending | 'confirmed' | 'taken-back';

/** What has become of what was applied at `now`, with this ledger, to be confirmed. */
export function waitingIn(ledger: Ledger, now: string, { files, folder }: Pick<Writer, 'files' | 'folder'>): Waiting {
  const records = files.read();
  // Behind the decision, somebody else's change can be the one that waits.
  const pending = records.last?.transaction.startedAt === now ? pendingIn(records, folder) : null;
  if (pending !== null) return pending.leftMs > 0 ? pending : 'taken-back';
  return areInForce(appliedProfiles(ledger), records) ? 'confirmed' : 'taken-back';
}

/** `117 s (until 14:03:20)`, by the wall clock of now. */
export function timeLeft({ leftMs }: Pick<Pending, 'leftMs'>): string {
  const until = new Date(Date.now() + leftMs);
  const clock = [until.getHours(), until.getMinutes(), until.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
  return `${Math.floor(leftMs / 1000)} s (until ${clock})`;
}

/** Why nothing else can be written now. */
export function refusedWhilePending(pending: Pending, place: Place): Failure {
  const { command, startedAt, by } = pending.transaction;
  const who = by.user === null ? `user ${by.uid}` : by.user;
  return new Failure('refused', 'pending', `"${command}" by ${who} of ${startedAt} waits to be confirmed, for ${timeLeft(pending)}`, {
    remedy: `Keep it with: ${commandWords(['confirm'], place)}; take it back with: ${commandWords(['rollback'], place)}`,
  });
}
