import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostBackend } from '../engine/backend.ts';
import { Interrupted, takeBack, wayBack } from '../engine/execute.ts';
import { failpoint } from '../engine/failpoint.ts';
import { isUnfinished, type Records, type Transaction } from '../engine/transaction.ts';
import { requireCapabilities } from '../host/capabilities.ts';
import { createBackend } from '../host/create-backend.ts';
import { acquireLock, type LockBusy, type LockHeld } from '../host/file-lock.ts';
import { kernelUuid } from '../host/kernel-uuid.ts';
import { namespaceIdentity } from '../host/namespace-identity.ts';
import { requester } from '../host/process-identity.ts';
import { RecordFiles, RecordsDamaged } from '../host/records.ts';
import { keepOpenInHelpers } from '../host/run-helper.ts';
import { ensureFolder, stateFolder } from '../host/state-folder.ts';
import { Failure } from '../model/failure.ts';
import type { Plan } from '../model/plan.ts';
import { requireRuleset } from '../model/ruleset.ts';
import { announceRestored } from './announce-restored.ts';
import type { ExitCode } from './exit-code.ts';
import { followConfirmed } from './follow-confirmed.ts';
import { pendingIn, refusedWhilePending } from './pending.ts';
import type { Terminal } from './terminal.ts';
import { describeUndone } from './undone-text.ts';

/** What a command has that may change this namespace: the only one at a time. */
export interface Writer {
  readonly backend: HostBackend;
  readonly files: RecordFiles;
  readonly records: Records;
  /** The folder of this namespace's records. */
  readonly folder: string;
  /** What was taken back first, because it did not end or nobody confirmed it; null where there was nothing. */
  readonly recovered: Transaction | null;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** 130 or 143 once such a signal has come. */
  interruptedBy(): 130 | 143 | undefined;
  /** From now on a guard ends what this session cannot: the end of the terminal no longer stops the work. */
  outliveTerminal(): void;
  /** Brings what comes up at boot in line with what is confirmed by now. */
  persist(): Promise<void>;
  /** Lets others write; nothing may be written here behind it. */
  release(): void;
}

export interface WritingOptions {
  /** Whether the command has to do with a change that waits to be confirmed; others are refused meanwhile. */
  readonly whilePending?: boolean;
  /** How long it waits for another that writes, in milliseconds. */
  readonly patienceMs?: number;
  /** Whether it brings up what is enabled: that is no reason to write it anew. */
  readonly atBoot?: boolean;
  /** What is done where the records cannot be relied on; without it nothing is. */
  readonly onDamage?: (damage: RecordsDamaged, by: Pick<Writer, 'files' | 'backend'>) => Promise<ExitCode>;
}

/** A guard that looks whether an apply still lives holds the lock for a moment. */
const PATIENCE_MS = 250;
const TRY_EVERY_MS = 5;

/**
 * Takes the namespace's lock, finishes what a killed run left, and lets `work` write. Signals ask it to stop; they never cut it off, and
 * where they stopped it before it wrote anything, that is told here. Throws `Failure`: missing capabilities, an unsafe state folder, `busy`
 * with who holds the lock, or `pending`.
 */
export async function asWriter(
  command: string,
  terminal: Terminal,
  work: (writer: Writer) => Promise<ExitCode>,
  options: WritingOptions = {},
): Promise<ExitCode> {
  requireCapabilities([{ name: 'CAP_NET_ADMIN', need: 'change sysctls, addresses, routes, neighbours and nftables' }]);
  const identity = namespaceIdentity();
  const folder = stateFolder(terminal.globals.stateDir, identity.inode);
  ensureFolder(folder);
  const lock = await lockWithin(options.patienceMs ?? PATIENCE_MS, folder, command);
  keepOpenInHelpers(lock.descriptors);
  const signals = catchSignals(terminal);
  const files = new RecordFiles(folder, identity);
  const release = (): void => {
    keepOpenInHelpers([]);
    files.close();
    lock.release();
  };
  let backend: HostBackend | undefined;
  try {
    failpoint('writer.locked');
    backend = await createBackend(terminal.globals.engine);
    const { records, recovered } = await recover(files, backend, folder, terminal);
    const persist = async (): Promise<void> => {
      if (options.atBoot !== true) await followConfirmed(() => files.read().last, terminal);
    };
    // A run that was killed when its change was confirmed may not have come so far.
    await persist();
    const pending = pendingIn(records, folder);
    if (pending !== null && options.whilePending !== true) throw refusedWhilePending(pending, terminal.globals);
    return await work({
      backend,
      files,
      records,
      folder,
      recovered,
      signal: signals.signal,
      interruptedBy: signals.interruptedBy,
      outliveTerminal: signals.ignoreHangup,
      persist,
      release,
    });
  } catch (error) {
    if (error instanceof RecordsDamaged && backend !== undefined && options.onDamage !== undefined) {
      return await options.onDamage(error, { files, backend });
    }
    const code = signals.interruptedBy();
    if (!(error instanceof Interrupted) || code === undefined) throw error;
    terminal.document(command.replace(/ .*$/s, ''), { outcome: 'interrupted' });
    terminal.error('Interrupted before anything was written');
    return code;
  } finally {
    signals.restore();
    release();
  }
}

async function lockWithin(patienceMs: number, folder: string, command: string): Promise<LockHeld> {
  const path = join(folder, 'lock');
  let busy: LockBusy | undefined;
  for (let waited = 0; waited <= patienceMs; waited += TRY_EVERY_MS) {
    const lock = acquireLock(path, command);
    if (lock.kind === 'held') return lock;
    busy = lock;
    await pause(TRY_EVERY_MS);
  }
  throw new Failure('busy', 'locked', `Another parp is writing in this network namespace: ${busy?.holder ?? 'another parp'}`, {
    remedy: 'Wait until it has ended; a helper that outlived it ends within its time limit',
  });
}

/**
 * Takes back first what did not end, and what nobody confirmed in time or no guard watches any more: nothing new is built on what a
 * killed run left.
 */
async function recover(
  files: RecordFiles,
  backend: HostBackend,
  folder: string,
  terminal: Terminal,
): Promise<{ records: Records; recovered: Transaction | null }> {
  const records = files.read();
  const pending = pendingIn(records, folder);
  const isLost = pending !== null && (pending.leftMs === 0 || !pending.guarded);
  if (records.last === null || !(isUnfinished(records) || isLost)) return { records, recovered: null };
  const { transaction, phase } = records.last;
  const why =
    pending === null ? 'did not end' : pending.leftMs === 0 ? 'was not confirmed in time' : 'waits to be confirmed without its guard';
  terminal.note(`Notice: "${transaction.command}" of ${transaction.startedAt} ${why}; taking it back first`);
  await requireUndoable(transaction, backend, true);
  const undone = await takeBack(transaction, backend, files, { interrupted: pending === null, resumed: phase === 'undoing' });
  for (const line of describeUndone(undone)) terminal.note(line);
  if (undone.refused.length > 0) {
    throw new Failure('rollback-incomplete', 'recovery-incomplete', `Taking "${transaction.command}" back is incomplete`, {
      details: undone.refused.map(({ message }) => message),
    });
  }
  await announceRestored(transaction, undone.operations, new AbortController().signal, terminal);
  return { records: files.read(), recovered: transaction };
}

/** Throws `Failure` 'refused', nothing written yet, where the system would not let the transaction be taken back. */
export async function requireUndoable(transaction: Transaction, backend: HostBackend, interrupted: boolean): Promise<void> {
  const state = await backend.observe();
  requireRuleset(transaction.operations, state);
  backend.requireWritable(wayBack(transaction, state, interrupted).operations);
}

/** The transaction of a plan, named after what a person asked for. */
export function transactionOf(
  plan: Plan,
  command: string,
  records: Records,
  now: string,
  confirmWithinMs: number | null = null,
): Transaction {
  return {
    id: kernelUuid(),
    command,
    startedAt: now,
    by: requester(),
    links: plan.links,
    operations: plan.operations,
    ledgerBefore: records.ledger,
    ledgerAfter: plan.ledger,
    confirmWithinMs,
  };
}

/** What was asked for when the work is done is too late: the process ends at once, but with what came of its command. */
const LATE = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map(
  (name) => [name, (): never => process.exit(process.exitCode ?? (name === 'SIGINT' ? 130 : 143))] as const,
);

function catchSignals(terminal: Terminal) {
  const controller = new AbortController();
  for (const [name, handler] of LATE) process.off(name, handler);
  let code: 130 | 143 | undefined;
  let ignoresHangup = false;
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    const handler = (): void => {
      if (name === 'SIGHUP' && ignoresHangup) return;
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
    ignoreHangup: () => {
      ignoresHangup = true;
    },
    restore: () => {
      for (const { name, handler } of handlers) process.off(name, handler);
      for (const [name, handler] of LATE) process.on(name, handler);
    },
  };
}
