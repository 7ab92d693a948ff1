import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { takeBack } from '../engine/execute.ts';
import { failpoint } from '../engine/failpoint.ts';
import type { LastTransaction, Phase } from '../engine/transaction.ts';
import type { Backend } from '../engine/backend.ts';
import { acquireLock, type LockBusy, type LockHeld } from '../host/file-lock.ts';
import { becomeGuard } from '../host/guard-process.ts';
import { createIproute2Backend } from '../host/iproute2-backend.ts';
import { bootMilliseconds } from '../host/libc.ts';
import { namespaceIdentity } from '../host/namespace-identity.ts';
import { isAlive, isStopped } from '../host/process-identity.ts';
import { RecordFiles } from '../host/records.ts';
import { keepOpenInHelpers } from '../host/run-helper.ts';
import { ensureFolder, stateFolder } from '../host/state-folder.ts';
import { announceRestored } from './announce-restored.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

const LOOK_EVERY_MS = 50;

/** How long the one who applies may still hold the lock behind the deadline, and how long if it is taking back by itself. */
const GRACE_MS = { writing: 1000, undoing: 30_000 };

/** How long after it the taking back is tried again, where the system refused something of it. */
const TRY_AGAIN_MS = { first: 1000, longest: 30_000 };

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
  // Before the journal is read: a mark that comes behind the reading must show as a change.
  const stamp = files.stamp();
  const first = files.follow();
  if (first === null || first.transaction.id !== id) return EXIT.refused;
  bootMilliseconds();
  const lock = await becomeGuard(folder, id);
  if (lock === undefined) return EXIT.busy;
  failpoint('guard.ready');
  const asked = new AbortController();
  for (const name of ['SIGHUP', 'SIGINT'] as const) process.on(name, () => undefined);
  process.on('SIGTERM', () => asked.abort());
  try {
    const watch: Guarded = { id, folder, files, backend, terminal, seen: { stamp, last: first }, asked: asked.signal };
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
  const stamp = stampOf(files, seen);
  if (stamp !== seen.stamp) {
    const last = readOn(files, seen.last);
    if (last === null || last.transaction.id !== id) return 'over';
    guarded.seen = { stamp, last };
  }
  const { phase } = guarded.seen.last;
  return phase === 'confirmed' || phase === 'undone' ? 'over' : phase;
}

/** What stands in the journal's place and cannot be read says nothing new. */
function stampOf(files: RecordFiles, { stamp }: Guarded['seen']): string {
  try {
    return files.stamp();
  } catch {
    return stamp;
  }
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

/**
 * Undoes the transaction under the namespace's lock, where it is not over by then; as often as it takes. Between two tries the lock is free for
 * whoever puts the obstacle right by hand.
 */
async function undoGuarded(guarded: Guarded): Promise<ExitCode> {
  for (let waitMs = TRY_AGAIN_MS.first; ; waitMs = Math.min(2 * waitMs, TRY_AGAIN_MS.longest)) {
    const lock = await lockForUndo(guarded);
    if (lock === 'over') return EXIT.done;
    keepOpenInHelpers(lock.descriptors);
    try {
      if (phaseNow(guarded) === 'over') return EXIT.done;
      if (await undoOnce(guarded)) return EXIT['rolled-back'];
    } finally {
      keepOpenInHelpers([]);
      lock.release();
    }
    await pause(waitMs);
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
 * lock is free. Of others only one that stands still with the lock is. Where the lock can no longer be had by anyone, it goes without.
 */
async function lockForUndo(guarded: Guarded): Promise<Pick<LockHeld, 'descriptors' | 'release'> | 'over'> {
  const since = bootMilliseconds();
  for (;;) {
    const phase = phaseNow(guarded);
    if (phase === 'over') return 'over';
    failpoint('guard.due');
    const lock = tryLock(guarded);
    if (lock?.kind === 'held') return lock;
    const { by } = guarded.seen.last.transaction;
    const waitedMs = bootMilliseconds() - since;
    const isOut = waitedMs > (phase === 'undoing' ? GRACE_MS.undoing : GRACE_MS.writing);
    // Up to `applied` the one who applies has the lock, be it one whose name is gone.
    const isIts = lock === undefined ? phase !== 'applied' : lock.by?.pid === by.pid;
    const holder = lock?.by?.pid;
    if (isOut && isIts && isAlive(by)) end(by.pid);
    else if (holder !== undefined && waitedMs > GRACE_MS.writing && isStopped(holder)) end(holder);
    else if (isOut && lock === undefined) return { descriptors: [], release: () => undefined };
    await pause(LOOK_EVERY_MS);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Undefined where something that cannot be locked stands in the lock's place. */
function tryLock({ folder, seen }: Guarded): LockHeld | LockBusy | undefined {
  try {
    ensureFolder(folder);
    return acquireLock(join(folder, 'lock'), `guard of "${seen.last.transaction.command}"`);
  } catch {
    return undefined;
  }
}
