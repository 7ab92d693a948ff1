import type { Journal, Phase, Records, Transaction } from '../../src/engine/transaction.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/ledger.ts';

/** Records in memory. They go through JSON, as those on disk do. */
export class MemoryJournal implements Journal {
  ledger: Ledger = EMPTY_LEDGER;
  last: Records['last'] = null;

  open(transaction: Transaction): void {
    this.last = { transaction: throughJson(transaction), phase: 'open' };
  }

  mark(phase: Exclude<Phase, 'open'>): void {
    if (this.last === null) throw new Error('No transaction is open');
    this.last = { ...this.last, phase };
  }

  saveLedger(ledger: Ledger): void {
    this.ledger = throughJson(ledger);
  }
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
