import { takeBack } from '../engine/execute.ts';
import { failpoint } from '../engine/failpoint.ts';
import { isPending, type Records, type Transaction } from '../engine/transaction.ts';
import { bootMilliseconds } from '../host/libc.ts';
import { Failure } from '../model/failure.ts';
import { followLedger } from '../model/link-identity.ts';
import { commandWords } from './command-line.ts';
import { announceRestored } from './announce-restored.ts';
import { driftOf } from './drift.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { remainingWords } from './remaining-text.ts';
import type { Terminal } from './terminal.ts';
import { describeUndone } from './undone-text.ts';
import { asWriter, type Writer } from './writer.ts';

/** How long it waits for another that writes: the guard may be at its deadline, and then there is an answer soon. */
const PATIENCE_MS = 10_000;

/** `parp confirm`: keeps the change that waits for it. Exit codes: 0 kept, 4 nothing pending, 5 taken back already. */
export async function confirm(terminal: Terminal): Promise<ExitCode> {
  return asWriter('confirm', terminal, async (writer) => keep(writer, terminal), { whilePending: true, patienceMs: PATIENCE_MS });
}

async function keep(writer: Writer, terminal: Terminal): Promise<ExitCode> {
  const { records, files } = writer;
  const { last } = records;
  if (last === null || !isPending(records)) return nothingPending(writer, terminal);
  const { transaction, deadlineMs } = last;
  await requireInForce(records, writer);
  failpoint('confirm.verified');
  // Whoever has the lock decides; the guard undoes nothing without it.
  if (deadlineMs !== null && bootMilliseconds() >= deadlineMs) {
    throw new Failure('rolled-back', 'too-late', `"${transaction.command}" was to be confirmed earlier; its guard takes it back now`);
  }
  try {
    files.mark('confirmed');
  } catch (cause) {
    if (files.follow()?.phase !== 'confirmed') throw cause;
    return await giveUp(transaction, cause, writer, terminal);
  }
  await writer.persist();
  terminal.document('confirm', { command: transaction.command, outcome: 'confirmed' });
  terminal.print(
    `Kept "${transaction.command}" of ${transaction.startedAt}. Take it back with: ${commandWords(['rollback'], terminal.globals)}`,
  );
  terminal.next(['status']);
  return EXIT.done;
}

/** The mark is written, but perhaps not for good: whoever reads it must not take for kept what was never said to be. */
async function giveUp(transaction: Transaction, cause: unknown, { backend, files, signal }: Writer, terminal: Terminal): Promise<never> {
  const undone = await takeBack(transaction, backend, files, { interrupted: false });
  for (const line of describeUndone(undone)) terminal.note(line);
  const answer = cause instanceof Error ? cause.message : String(cause);
  if (undone.refused.length > 0) {
    throw new Failure('rollback-incomplete', 'not-kept', `"${transaction.command}" could neither be kept nor taken back whole: ${answer}`, {
      cause,
    });
  }
  await announceRestored(transaction, undone.operations, signal, terminal);
  throw new Failure('rolled-back', 'not-kept', `"${transaction.command}" could not be kept, and was taken back: ${answer}`, { cause });
}

function nothingPending({ records: { last }, recovered }: Writer, terminal: Terminal): ExitCode {
  const undone = recovered ?? (last?.phase === 'undone' && last.transaction.confirmWithinMs !== null ? last.transaction : null);
  if (undone === null) {
    throw new Failure('refused', 'nothing-pending', 'Nothing waits to be confirmed here', { remedy: 'parp status shows what is in force' });
  }
  terminal.document('confirm', { command: undone.command, outcome: 'rolled-back' });
  terminal.error(`Too late: "${undone.command}" of ${undone.startedAt} was taken back already`);
  return EXIT['rolled-back'];
}

/** Throws `Failure` 'refused' where the host does not have what was applied: confirming it would keep something else. */
async function requireInForce({ ledger, last }: Records, { backend }: Writer): Promise<void> {
  const state = await backend.observe();
  const before = last?.transaction.ledgerBefore.profiles ?? {};
  const drift = Object.entries(followLedger(ledger, state.links).profiles)
    .filter(([name, { appliedAt }]) => before[name]?.appliedAt !== appliedAt)
    .flatMap(([, profile]) => driftOf(profile, state));
  if (drift.length === 0) return;
  throw new Failure('refused', 'drifted', 'The host does not have what was applied; it is not confirmed, and its guard goes on waiting', {
    details: drift.map(remainingWords),
    remedy: 'Put that right and confirm, or take it back with: parp rollback',
  });
}
