import type { Backend } from '../engine/backend.ts';
import { WriteRefused } from '../engine/backend.ts';
import { unpackTransaction } from '../host/journal-format.ts';
import type { RecordFiles, RecordsDamaged } from '../host/records.ts';
import { readIfThere } from '../host/state-folder.ts';
import { identitiesOf, namesIn, type LinkIdentities } from '../model/link-identity.ts';
import type { Operation } from '../model/operation.ts';
import { salvageable } from '../model/salvage.ts';
import { isFields } from '../model/shape.ts';
import type { HostState } from '../model/state.ts';
import { undo } from '../model/undo.ts';
import { shellOf } from '../render/shell.ts';
import { operationWords, printable } from '../render/words.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { printChanges } from './print-plan.ts';
import type { Terminal } from './terminal.ts';

/**
 * What can be done without records that can be relied on: gives back what the kernel itself marks as parp's, puts the damaged records aside,
 * and lists the commands for the rest, as far as the damaged records still tell of it. None of those is run: they may be wrong.
 */
export async function salvage(damage: RecordsDamaged, files: RecordFiles, backend: Backend, terminal: Terminal): Promise<ExitCode> {
  terminal.error(`Warning: ${damage.message}`);
  const state = await backend.observe();
  const operations = salvageable(state);
  const refused = await writeEach(operations, backend, identitiesOf(state.links, namesIn(operations)));
  const rest = doubtfulCommands(readIfThere(damage.path)?.toString('utf8') ?? '', await backend.observe());
  const aside = files.setAside();
  terminal.document('recover', { recovered: null, damaged: damage.message, operations, refused, commands: rest, aside });
  if (operations.length > 0) printChanges(operations, terminal);
  for (const words of refused) terminal.error(`Not taken back: ${words}`);
  terminal.print(`Gave back what the kernel marks as parp's: ${operations.length - refused.length} of ${operations.length}.`);
  if (rest.length > 0) {
    terminal.print('What the damaged records tell of sysctls and addresses; read each before you run it:');
    for (const command of rest) terminal.print(`  ${command}`);
  } else {
    terminal.print(
      'Sysctls and addresses bear no mark, and the records tell nothing of them. Look at: ip addr; sysctl -a --pattern proxy_arp',
    );
  }
  terminal.print(`The damaged records lie in ${printable(aside)}.`);
  return refused.length > 0 ? EXIT['rollback-incomplete'] : EXIT.done;
}

async function writeEach(operations: readonly Operation[], backend: Backend, links: LinkIdentities): Promise<string[]> {
  const refused: string[] = [];
  for (const operation of operations) {
    try {
      await backend.write([operation], undefined, links);
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error;
      refused.push(`${operationWords(operation)}: ${printable(error.message)}`);
    }
  }
  return refused;
}

/**
 * Commands that would give back what the damaged text says parp set, where the host still has it: in the order of an undo, with what ip_forward writes
 * over on the way put right behind it.
 */
function doubtfulCommands(text: string, state: HostState): string[] {
  const told = text.split('\n').flatMap((line) => operationsIn(line.slice(line.indexOf('{'))));
  return [...new Set(shellOf(undo(told, state).operations).map(printable))];
}

/** The sysctls and addresses of a line that may be a transaction. */
function operationsIn(line: string): Operation[] {
  try {
    const list: readonly unknown[] = unpackTransaction(JSON.parse(line))?.operations ?? [];
    return list.filter(isUnmarked);
  } catch {
    return [];
  }
}

function isUnmarked(value: unknown): value is Operation {
  if (!isFields(value)) return false;
  const { kind, subject, from, to } = value;
  if (kind === 'sysctl') return typeof subject === 'string' && typeof from === 'string' && typeof to === 'string';
  return (
    kind === 'address' &&
    isFields(subject) &&
    typeof subject['address'] === 'string' &&
    typeof subject['interface'] === 'string' &&
    from === null
  );
}
