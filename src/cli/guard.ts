import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { takeBack } from '../engine/execute.ts';
import type { LastTransaction, Phase } from '../engine/transaction.ts';
import type { Backend } from '../engine/backend.ts';
import { acquireLock, type LockHeld } from '../host/file-lock.ts';
import { becomeGuard } from '../host/guard-process.ts';
import { createIproute2Backend } from '../host/iproute2-backend.ts';
import { bootMilliseconds } from '../host/libc.ts';
import { namespaceIdentity } from '../host/namespace-identity.ts';
import { isAlive } from '../host/process-identity.ts';
import { RecordFiles } from '../host/records.ts';
import { keepOpenInHelpers } from '../host/run-helper.ts';
import { ensureFolder, stateFolder } from '../host/state-folder.ts';
import { announceRestored } from './announce-restored.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

const LOOK_EVERY_MS = 50;

/** How long the one who applies may still hold the lock behind the deadline, and how long if it is taking back by itself. */
const GRACE_MS = { writing: 1000, undoing: 30_000 };

/** How often taking back is tried where the system refuses something of it, and how far apart. */
const TRIES = 10;
const TRY_AGAIN_MS = 1000;

/**
 * Guards the transaction that is open now: undoes it at its deadline unless it was confirmed, at once when the process that applies it
 * dies before it is done, and at once on SIGTERM. Everything that this needs is loaded before it says that it is ready: the package may be
 * replaced meanwhile. It hears of the rest by the journal alone, which it opens now, so that it outlives the folder.
 */
export async function guard(id: string | undefined, terminal: Terminal): Promise<ExitCode> {
  const backend = createIproute2Backend();
  const identity = namespaceIdentity();
  const folder = stateFolder(terminal.globals.stateDir, identity.inode);
  const files = new RecordFiles(folder, identity);
  const first = files.follow();
  if (first === null || first.transaction.id !== id) return EXIT.refused;
  bootMilliseconds();
  const lock = await becomeGuard(folder, id);
  if (lock === undefined) return EXIT.busy;
  const asked = new AbortController();
  for (const name of ['SIGHUP', 'SIGINT'] as const) process.on(name, () => undefined);
  process.on('SIGTERM', () => asked.abort());
  try {
    const watch: Guarded = { id, folder, files, backend, terminal, seen: { stamp: files.stamp(), last: first }, asked: asked.signal };
    return (await untilDue(watch)) === 'over' ? EXIT.done : await undoGuarded(watch);
  } finally {
    lock.release();
  }
}

interface Guarded {
  readonly id: string;
  readonly folder: string;
  readonly files: RecordFiles;
  readonly backend: Backend;
  readonly terminal: Terminal;
  /** Aborted by SIGTERM. */
  readonly asked: AbortSignal;
  /** What the journal said last, and its stamp then. */
  seen: { stamp: string; last: LastTransaction };
}

/** How far the transaction is, or that it is over: kept, undone, or followed by another one. */
function phaseNow(guarded: Guarded): Phase | 'over' {
  const { files, seen, id } = guarded;
  const stamp = files.stamp();
  if (stamp !== seen.stamp) {
    const last = readOn(files, seen.last);
    if (last === null || last.transaction.id !== id) return 'over';
    guarded.seen = { stamp, last };
  }
  const { phase } = guarded.seen.last;
  return phase === 'confirmed' || phase === 'undone' ? 'over' : phase;
}

/** A journal that can no longer be read does not keep the transaction from being undone: what it last said is known. */
function readOn(files: RecordFiles, last: LastTransaction): LastTransaction | null {
  try {
    return files.follow();
  } catch {
    return last;
  }
}

/** Waits until the transaction has to be undone, or is over. */
async function untilDue(guarded: Guarded): Promise<'due' | 'over'> {
  for (;;) {
    const phase = phaseNow(guarded);
    if (phase === 'over') return 'over';
    const { deadlineMs, transaction } = guarded.seen.last;
    if (guarded.asked.aborted || (deadlineMs !== null && bootMilliseconds() >= deadlineMs)) return 'due';
    if (phase !== 'applied' && !isAlive(transaction.by)) return 'due';
    await pause(LOOK_EVERY_MS);
  }
}

/** Undoes the transaction under the namespace's lock, where it is not over by then. */
async function undoGuarded(guarded: Guarded): Promise<ExitCode> {
  const lock = await lockForUndo(guarded);
  if (lock === 'over') return EXIT.done;
  keepOpenInHelpers(lock.descriptors);
  try {
    for (let tries = 1; ; tries++) {
      if (phaseNow(guarded) === 'over') return EXIT.done;
      if (await undoOnce(guarded)) return EXIT['rolled-back'];
      if (tries === TRIES) return EXIT['rollback-incomplete'];
      await pause(TRY_AGAIN_MS);
    }
  } finally {
    keepOpenInHelpers([]);
    lock.release();
  }
}

async function undoOnce({ seen, backend, files, terminal }: Guarded): Promise<boolean> {
  const { transaction, phase } = seen.last;
  try {
    const undone = await takeBack(transaction, backend, files, { interrupted: phase !== 'applied', resumed: phase === 'undoing' });
    if (undone.refused.length > 0) return false;
    await announceRestored(transaction, undone.operations, new AbortController().signal, terminal);
    return true;
  } catch {
    return false;
  }
}

/**
 * The namespace's lock. The process that applies may hold it, stopped or stuck: behind the deadline it is killed, and by the kernel's hand the
 * lock is free. Nobody else is.
 */
async function lockForUndo(guarded: Guarded): Promise<LockHeld | 'over'> {
  const since = bootMilliseconds();
  for (;;) {
    const phase = phaseNow(guarded);
    if (phase === 'over') return 'over';
    ensureFolder(guarded.folder);
    const lock = acquireLock(join(guarded.folder, 'lock'), `guard of "${guarded.seen.last.transaction.command}"`);
    if (lock.kind === 'held') return lock;
    const { by } = guarded.seen.last.transaction;
    const grace = phase === 'undoing' ? GRACE_MS.undoing : GRACE_MS.writing;
    if (lock.by?.pid === by.pid && isAlive(by) && bootMilliseconds() - since > grace) process.kill(by.pid, 'SIGKILL');
    await pause(LOOK_EVERY_MS);
  }
}
