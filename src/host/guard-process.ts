import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../model/failure.ts';
import { startDetached } from './detached.ts';
import { acquireLock, type LockHeld } from './file-lock.ts';
import { GUARD_COMMAND } from './hidden-commands.ts';
import { runHelper } from './run-helper.ts';
import { ensureFolder } from './state-folder.ts';

/** How long a guard may take to answer that it is ready. */
const READY_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 10;

/** Behind the deadline a timer of systemd's runs `parp recover`, should the guard be gone by then. */
const SECOND_LINE_MS = 2000;

/** Where a guard's lock lies: it holds it as long as it lives, and says there which transaction it guards. */
function lockOf(folder: string): string {
  return join(folder, 'guard', 'lock');
}

function words(id: string): string {
  return `${GUARD_COMMAND} ${id}`;
}

/** Whoever looks whether there is a guard has its lock for a moment, and the guard of a transaction that is over until it has seen that. */
const LOOKS_LAST_MS = 4000;

/** Says that this process guards the transaction from now on; undefined where another one does. */
export async function becomeGuard(folder: string, id: string): Promise<LockHeld | undefined> {
  ensureFolder(join(folder, 'guard'));
  for (let waited = 0; waited < LOOKS_LAST_MS; waited += LOOK_EVERY_MS) {
    const lock = acquireLock(lockOf(folder), words(id));
    if (lock.kind === 'held') return lock;
    await pause(LOOK_EVERY_MS);
  }
  return undefined;
}

/** Whether a process lives that guards the transaction. The kernel gives the lock of a dead one back. */
export function isGuarded(folder: string, id: string): boolean {
  if (!existsSync(lockOf(folder))) return false;
  const lock = acquireLock(lockOf(folder), 'a look at the guard');
  if (lock.kind === 'busy') return lock.by?.command === words(id);
  lock.release();
  return false;
}

/**
 * Starts the guard of a transaction outside of this session, and comes back when it is ready: as a service of systemd's where that runs and
 * shares our namespaces, else as a process in a session of its own. `globals` are the options that every parp command takes, `folder` is that of this namespace's records.
 * Throws `Failure` 'refused' where it cannot be started.
 */
export async function startGuard(id: string, windowMs: number, globals: readonly string[], folder: string): Promise<void> {
  const args = [...globals, GUARD_COMMAND, id];
  try {
    const unit = sharesSystemd() ? `parp-guard-${id.slice(0, 8)}` : undefined;
    if (unit === undefined) await startDetached(args, '');
    else await startService(unit, args);
    await untilReady(id, folder);
    if (unit !== undefined) await startSecondLine(unit, windowMs, globals);
  } catch (cause) {
    throw new Failure('refused', 'no-guard', `Start the guard: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function untilReady(id: string, folder: string): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  while (!isGuarded(folder, id)) {
    if (performance.now() > end) throw new Failure('refused', 'no-guard', `It did not answer within ${READY_WITHIN_MS / 1000} s`);
    await pause(LOOK_EVERY_MS);
  }
}

/** Whether a service of systemd's would see the network and the files that this process sees. */
function sharesSystemd(): boolean {
  if (!existsSync('/run/systemd/system')) return false;
  try {
    return ['net', 'mnt'].every((kind) => readlinkSync(`/proc/1/ns/${kind}`) === readlinkSync(`/proc/thread-self/ns/${kind}`));
  } catch {
    return false;
  }
}

const program = (): string[] => [process.execPath, process.argv[1] ?? ''];

async function startService(unit: string, args: readonly string[]): Promise<void> {
  await systemdRun([`--unit=${unit}`, '--description=parp: undoes a change that nobody confirms', '--', ...program(), ...args]);
}

/** Once the guard is ready, so that it never comes before the deadline, when a guard is still at its place. */
async function startSecondLine(unit: string, windowMs: number, globals: readonly string[]): Promise<void> {
  await systemdRun([
    `--unit=${unit}-deadline`,
    `--on-active=${windowMs + SECOND_LINE_MS}ms`,
    '--timer-property=AccuracySec=1s',
    '--',
    ...program(),
    ...globals,
    'recover',
  ]);
}

async function systemdRun(args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runHelper('systemd-run', ['--quiet', '--collect', ...args], { timeoutMs: READY_WITHIN_MS });
  if (exitCode !== 0) throw new Failure('refused', 'no-guard', `systemd-run ended with ${exitCode}: ${stderr.trim()}`);
}
