import { NEXT_PHASES, recordsOf, type Journal, type Phase, type Records, type Transaction } from '../../src/engine/transaction.ts';
import { packTransaction, unpackTransaction } from '../../src/host/journal-format.ts';
import type { Ledger } from '../../src/model/ledger.ts';

/** Records in memory. They go through JSON, as those on disk do. */
export class MemoryJournal implements Journal {
  last: Records['last'] = null;

  get ledger(): Ledger {
    return recordsOf(this.last).ledger;
  }

  open(transaction: Transaction): void {
    this.last = { transaction: throughJson(transaction), phase: 'open', deadlineMs: null };
  }

  mark(phase: Exclude<Phase, 'open'>): void {
    if (this.last === null) throw new Error('No transaction is open');
    if (!NEXT_PHASES[this.last.phase].includes(phase)) throw new Error(`"${phase}" behind "${this.last.phase}"`);
    this.last = { ...this.last, phase };
  }
}

function throughJson(transaction: Transaction): Transaction {
  const read = unpackTransaction(JSON.parse(JSON.stringify(packTransaction(transaction))));
  if (read === undefined) throw new Error('The transaction does not read back');
  return read;
}
