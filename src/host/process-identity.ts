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

/** Whether a process stands still because somebody stopped it (SIGSTOP, ^Z). */
export function isStopped(pid: number): boolean {
  return /^T$/.test(statOf(pid)?.[0] ?? '');
}

/** Field 22 of /proc/PID/stat; undefined where there is no such process, or it has ended. */
function startTicks(pid: number): number | undefined {
  const [state, ...fields] = statOf(pid) ?? ['X'];
  return state === 'Z' || state === 'X' ? undefined : Number(fields[18]);
}

/** The fields of /proc/PID/stat behind the name, which may hold anything: the state, and what follows it. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
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
