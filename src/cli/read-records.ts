import type { Records } from '../engine/transaction.ts';
import { errnoOf } from '../host/errno.ts';
import { namespaceIdentity } from '../host/namespace-identity.ts';
import { RecordFiles } from '../host/records.ts';
import { stateFolder } from '../host/state-folder.ts';
import { Failure } from '../model/failure.ts';
import { EMPTY_LEDGER } from '../model/ledger.ts';
import type { Terminal } from './terminal.ts';

/** The folder of this namespace's records. */
export function recordsFolder(terminal: Terminal): string {
  return stateFolder(terminal.globals.stateDir, namespaceIdentity().inode);
}

/** The records of this namespace for commands that only look: nothing is locked or recovered. */
export function readRecords(terminal: Terminal, must = false): Records {
  const identity = namespaceIdentity();
  const folder = stateFolder(terminal.globals.stateDir, identity.inode);
  try {
    return new RecordFiles(folder, identity).read();
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
    if (must) {
      throw new Failure('refused', 'unreadable-records', `The records in ${folder} cannot be read without privileges`, {
        remedy: 'Run it as root: sudo parp …',
        cause: error,
      });
    }
    terminal.note(`Notice: ${folder} cannot be read without privileges, so this goes as though no profile were in force`);
    return { ledger: EMPTY_LEDGER, last: null };
  }
}
