import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { readRecords } from './read-records.ts';
import { isUnfinished } from '../engine/transaction.ts';
import { asWriter } from './writer.ts';

/** `parp recover`: takes back what a killed run left, as every writing command does first. */
export async function recover(terminal: Terminal): Promise<ExitCode> {
  const before = readRecords(terminal);
  const command = isUnfinished(before) ? (before.last?.transaction.command ?? null) : null;
  return asWriter('recover', terminal, () => {
    terminal.document('recover', { recovered: command });
    terminal.print(command === null ? 'Nothing to recover: no command was cut off.' : `Took back "${command}", which had been cut off.`);
    return Promise.resolve(EXIT.done);
  });
}
