import { takeBack } from '../engine/execute.ts';
import type { Transaction } from '../engine/transaction.ts';
import { missingCapabilities } from '../host/capabilities.ts';
import { dueAnnouncements } from '../model/due.ts';
import { Failure } from '../model/failure.ts';
import { sameValue } from '../model/operation.ts';
import type { DueAnnouncement } from '../model/plan.ts';
import { announceDue } from './announce-due.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { printChanges } from './print-plan.ts';
import type { Terminal } from './terminal.ts';
import { describeUndone } from './undone-text.ts';
import { asWriter, requireUndoable } from './writer.ts';

/** `parp rollback`: undoes the last writing command, also after it was confirmed. */
export async function rollback(terminal: Terminal): Promise<ExitCode> {
  return asWriter('rollback', terminal, async (writer) => {
    const { last } = writer.records;
    if (last === null || last.phase !== 'confirmed') {
      throw new Failure('refused', 'nothing-to-roll-back', 'There is nothing to roll back here', {
        remedy: 'parp status shows what is in force; parp remove NAME takes it out',
      });
    }
    const { transaction } = last;
    await requireUndoable(transaction, writer.backend, false);
    const undone = await takeBack(transaction, writer.backend, writer.files, false);
    const lines = describeUndone(undone);
    const complete = undone.refused.length === 0;
    terminal.document('rollback', {
      command: transaction.command,
      operations: undone.operations,
      left: undone.left,
      refused: undone.refused,
      outcome: complete ? 'undone' : 'incomplete',
    });
    if (terminal.globals.verbosity >= 0) printChanges(undone.operations, terminal);
    for (const line of lines) terminal.note(line);
    if (!complete) return EXIT['rollback-incomplete'];
    const due = restoredAnnouncements(transaction, undone.operations);
    const missing = missingCapabilities([{ name: 'CAP_NET_RAW', need: 'announce with raw ARP frames' }]);
    if (due.length > 0 && missing !== null) terminal.note(`Warning: ${missing.message}; nothing is announced`);
    else if (due.length > 0) {
      const update = (title: string): void => terminal.detail(title);
      await announceDue(due, { wait: true, ledger: transaction.ledgerBefore, signal: writer.signal, terminal, update });
    }
    terminal.note(
      `Took back "${transaction.command}" of ${transaction.startedAt}. Neighbours that learned of it heal by themselves within 60 s.`,
    );
    return EXIT.done;
  });
}

/** What the restored state answers for: the announcements of profiles that the transaction had changed or removed. */
function restoredAnnouncements(transaction: Transaction, operations: Transaction['operations']): DueAnnouncement[] {
  const after = transaction.ledgerAfter.profiles;
  return Object.entries(transaction.ledgerBefore.profiles)
    .filter(([name, before]) => !sameValue(before.settings, after[name]?.settings))
    .flatMap(([name, { settings }]) => dueAnnouncements(settings, after[name]?.settings, operations));
}
