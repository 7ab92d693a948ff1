import { takeBack } from '../engine/execute.ts';
import { isPending } from '../engine/transaction.ts';
import { Failure } from '../model/failure.ts';
import { commandWords } from './command-line.ts';
import { announceRestored } from './announce-restored.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { printChanges } from './print-plan.ts';
import type { Terminal } from './terminal.ts';
import { describeUndone } from './undone-text.ts';
import { asWriter, requireUndoable, type Writer } from './writer.ts';

/** How long it waits for another that writes: a guard at its deadline does the same as this. */
const PATIENCE_MS = 10_000;

/** `parp rollback`: undoes the last writing command, also after it was confirmed. */
export async function rollback(terminal: Terminal): Promise<ExitCode> {
  return asWriter('rollback', terminal, async (writer) => takeLastBack(writer, terminal), { whilePending: true, patienceMs: PATIENCE_MS });
}

async function takeLastBack(writer: Writer, terminal: Terminal): Promise<ExitCode> {
  const { last } = writer.records;
  if (writer.recovered !== null) {
    const { command, startedAt } = writer.recovered;
    terminal.document('rollback', { command, outcome: 'undone' });
    terminal.note(`Took back "${command}" of ${startedAt}.`);
    terminal.next(['status']);
    return EXIT.done;
  }
  if (last === null || !(last.phase === 'confirmed' || isPending(writer.records))) {
    const typed = (...words: string[]): string => commandWords(words, terminal.globals);
    throw new Failure('refused', 'nothing-to-roll-back', 'There is nothing to roll back here', {
      remedy: `${typed('status')} shows what is in force; ${typed('remove', 'NAME')} takes it out`,
    });
  }
  const { transaction } = last;
  await requireUndoable(transaction, writer.backend, false);
  const undone = await takeBack(transaction, writer.backend, writer.files, { interrupted: false, journalFirst: true });
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
  await writer.persist();
  await announceRestored(transaction, undone.operations, writer.signal, terminal);
  terminal.note(
    `Took back "${transaction.command}" of ${transaction.startedAt}. Neighbours that learned of it heal by themselves within 60 s.`,
  );
  terminal.next(['status']);
  return EXIT.done;
}
