import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isFields } from '../../src/model/shape.ts';
import { PATIENCE_MS } from './confirm-window.ts';
import { journalPath, lastOf } from './kill-sweep.ts';
import type { Network } from './namespaces.ts';

/** The process that guards the router's transaction, as its lock says; undefined where none lives. */
export function guardPid(net: Network): number | undefined {
  const journal = journalPath(net);
  const lock = journal === undefined ? '' : `${dirname(journal)}/guard/lock`;
  if (!existsSync(lock)) return undefined;
  const text = readFileSync(lock, 'utf8');
  const said: unknown = text === '' ? {} : JSON.parse(text);
  const pid = isFields(said) && typeof said['pid'] === 'number' ? said['pid'] : 0;
  return pid > 0 && isGuard(pid) ? pid : undefined;
}

/** Whether that process is a guard, and none that got the number of one that is gone. */
function isGuard(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0guard\0');
  } catch {
    return false;
  }
}

/** Sends the router's guard a signal. */
export function toGuard(net: Network, signal: NodeJS.Signals): void {
  const pid = guardPid(net);
  if (pid === undefined) throw new Error('No guard lives');
  process.kill(pid, signal);
}

/** Waits until the router's guard is gone, and gives how long that took, in milliseconds. */
export async function guardGone(net: Network): Promise<number> {
  const since = performance.now();
  while (guardPid(net) !== undefined) {
    if (performance.now() - since > PATIENCE_MS) throw new Error(`The guard lives on; the transaction is "${lastOf(net)?.phase}"`);
    await pause(5);
  }
  return performance.now() - since;
}

/** Waits until the router's transaction is undone, and gives how long that took, in milliseconds. Its guard may announce for longer. */
export async function undone(net: Network): Promise<number> {
  const since = performance.now();
  while (lastOf(net)?.phase !== 'undone') {
    if (performance.now() - since > PATIENCE_MS) throw new Error(`The transaction is "${lastOf(net)?.phase}"`);
    await pause(5);
  }
  return performance.now() - since;
}
