import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Backend } from '../engine/backend.ts';
import { Interrupted, takeBack } from '../engine/execute.ts';
import { isUnfinished, type Records, type Transaction } from '../engine/transaction.ts';
import { requireCapabilities, requireWritable } from '../host/capabilities.ts';
import { createBackend } from '../host/create-backend.ts';
import { acquireLock } from '../host/file-lock.ts';
import { namespaceIdentity } from '../host/namespace-identity.ts';
import { RecordFiles } from '../host/records.ts';
import { keepOpenInHelpers } from '../host/run-helper.ts';
import { ensureFolder, stateFolder } from '../host/state-folder.ts';
import { Failure } from '../model/failure.ts';
import type { Plan } from '../model/plan.ts';
import { requireRuleset } from '../model/ruleset.ts';
import { undo } from '../model/undo.ts';
import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { describeUndone } from './undone-text.ts';

/** What a command has that may change this namespace: the only one at a time. */
export interface Writer {
  readonly backend: Backend;
  readonly files: RecordFiles;
  readonly records: Records;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** 130 or 143 once such a signal has come. */
  interruptedBy(): 130 | 143 | undefined;
}

/**
 * Takes the namespace's lock, finishes what a killed run left, and lets `work` write. Signals ask it to stop; they never cut it off, and
 * where they stopped it before it wrote anything, that is told here. Throws `Failure`: missing capabilities, an unsafe state folder, or `busy` with who holds the lock.
 */
export async function asWriter(command: string, terminal: Terminal, work: (writer: Writer) => Promise<ExitCode>): Promise<ExitCode> {
  requireCapabilities([{ name: 'CAP_NET_ADMIN', need: 'change sysctls, addresses, routes, neighbours and nftables' }]);
  const identity = namespaceIdentity();
  const folder = stateFolder(terminal.globals.stateDir, identity.inode);
  ensureFolder(folder);
  const lock = acquireLock(join(folder, 'lock'), command);
  if (lock.kind === 'busy') {
    throw new Failure('busy', 'locked', `Another parp is writing in this network namespace: ${lock.holder}`, {
      remedy: 'Wait until it has ended; a helper that outlived it ends within its time limit',
    });
  }
  keepOpenInHelpers(lock.descriptors);
  const signals = catchSignals(terminal);
  try {
    const backend = await createBackend(terminal.globals.engine);
    const files = new RecordFiles(folder, identity);
    const records = await recovered(files, backend, terminal);
    return await work({ backend, files, records, signal: signals.signal, interruptedBy: signals.interruptedBy });
  } catch (error) {
    const code = signals.interruptedBy();
    if (!(error instanceof Interrupted) || code === undefined) throw error;
    terminal.document(command.replace(/ .*$/s, ''), { outcome: 'interrupted' });
    terminal.error('Interrupted before anything was written');
    return code;
  } finally {
    signals.restore();
    keepOpenInHelpers([]);
    lock.release();
  }
}

/** Takes an unfinished transaction back first: nothing new is built on what a killed run left. */
async function recovered(files: RecordFiles, backend: Backend, terminal: Terminal): Promise<Records> {
  const records = files.read();
  if (records.last === null || !isUnfinished(records)) return records;
  const { transaction } = records.last;
  terminal.note(`Notice: "${transaction.command}" of ${transaction.startedAt} did not end; taking it back first`);
  await requireUndoable(transaction, backend, true);
  const undone = await takeBack(transaction, backend, files, true);
  for (const line of describeUndone(undone)) terminal.note(line);
  if (undone.refused.length > 0) {
    throw new Failure('rollback-incomplete', 'recovery-incomplete', `Taking "${transaction.command}" back is incomplete`, {
      details: undone.refused.map(({ message }) => message),
    });
  }
  return files.read();
}

/** Throws `Failure` 'refused', nothing written yet, where the system would not let the transaction be taken back. */
export async function requireUndoable(transaction: Transaction, backend: Backend, interrupted: boolean): Promise<void> {
  const state = await backend.observe();
  requireRuleset(transaction.operations, state);
  requireWritable(undo(transaction.operations, state, interrupted, transaction.ledgerBefore).operations);
}

/** The transaction of a plan, named after what a person asked for. */
export function transactionOf(plan: Plan, command: string, records: Records, now: string): Transaction {
  return {
    id: randomUUID(),
    command,
    startedAt: now,
    operations: plan.operations,
    ledgerBefore: records.ledger,
    ledgerAfter: plan.ledger,
  };
}

function catchSignals(terminal: Terminal) {
  const controller = new AbortController();
  let code: 130 | 143 | undefined;
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    const handler = (): void => {
      terminal.note(code === undefined ? `Notice: ${name}: stopping` : `Notice: ${name}: already stopping`);
      code ??= name === 'SIGINT' ? 130 : 143;
      controller.abort();
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    interruptedBy: () => code,
    restore: () => {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
