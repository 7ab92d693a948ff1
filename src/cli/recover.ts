import { EXIT, type ExitCode } from './exit-code.ts';
import { pendingIn, timeLeft } from './pending.ts';
import { salvage } from './salvage.ts';
import type { Terminal } from './terminal.ts';
import { asWriter, type Writer } from './writer.ts';

/** `parp recover`: takes back what a killed run left, as every writing command does first, and says what it found. */
export async function recover(terminal: Terminal): Promise<ExitCode> {
  return asWriter('recover', terminal, (writer) => Promise.resolve(tell(writer, terminal)), {
    whilePending: true,
    onDamage: async (damage, { files, backend }) => salvage(damage, files, backend, terminal),
  });
}

function tell({ records, recovered, folder }: Writer, terminal: Terminal): ExitCode {
  const pending = pendingIn(records, folder);
  terminal.document('recover', { recovered: recovered?.command ?? null, pending: pending?.transaction.command ?? null });
  if (recovered !== null) terminal.print(`Took back "${recovered.command}" of ${recovered.startedAt}.`);
  else if (pending === null) terminal.print('Nothing to recover: no command was cut off.');
  else {
    terminal.print(
      `Nothing to recover: "${pending.transaction.command}" waits to be confirmed, for ${timeLeft(pending)}; its guard is at its place.`,
    );
  }
  terminal.next(['status']);
  return EXIT.done;
}
