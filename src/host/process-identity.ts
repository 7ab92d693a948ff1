import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Requester } from '../engine/transaction.ts';

/** Who runs this process: behind sudo the one who called it. */
export function requester(): Requester {
  return { pid: process.pid, startTicks: startTicks(process.pid) ?? 0, uid: process.geteuid?.() ?? 0, user: userName() };
}

/** Whether a process is still there, and no other one with its number. */
export function isAlive({ pid, startTicks: since }: Pick<Requester, 'pid' | 'startTicks'>): boolean {
  return startTicks(pid) === since;
}

/** Field 22 of /proc/PID/stat, counted behind the name, which may hold anything; undefined where there is no such process. */
function startTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : Number(fields[18]);
  } catch {
    return undefined;
  }
}

function userName(): string | null {
  const sudo = process.env['SUDO_USER'] ?? '';
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(sudo)) return sudo;
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
