import type { Transaction } from '../engine/transaction.ts';
import { missingCapabilities } from '../host/capabilities.ts';
import { dueAnnouncements } from '../model/due.ts';
import { sameValue } from '../model/operation.ts';
import type { DueAnnouncement } from '../model/plan.ts';
import { announceDue } from './announce-due.ts';
import type { Terminal } from './terminal.ts';

/**
 * Tells the wire, after a transaction was taken back, what the restored state answers for: the addresses of profiles that it had changed
 * or removed. For what was given up nothing is sent; those neighbours heal by themselves.
 */
export async function announceRestored(
  transaction: Transaction,
  operations: Transaction['operations'],
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  const due = restoredAnnouncements(transaction, operations);
  if (due.length === 0) return;
  const missing = missingCapabilities([{ name: 'CAP_NET_RAW', need: 'announce with raw ARP frames' }]);
  if (missing !== null) {
    terminal.note(`Warning: ${missing.message}; nothing is announced`);
    return;
  }
  const update = (title: string): void => terminal.detail(title);
  await announceDue(due, { wait: true, ledger: transaction.ledgerBefore, signal, terminal, update });
}

function restoredAnnouncements(transaction: Transaction, operations: Transaction['operations']): DueAnnouncement[] {
  const after = transaction.ledgerAfter.profiles;
  return Object.entries(transaction.ledgerBefore.profiles)
    .filter(([name, before]) => !sameValue(before.settings, after[name]?.settings))
    .flatMap(([name, { settings }]) => dueAnnouncements(settings, after[name]?.settings, operations));
}
