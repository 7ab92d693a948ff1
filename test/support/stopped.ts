import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Waits until a process has stopped itself; throws where it ends instead. */
export async function stopped(pid: number | undefined): Promise<void> {
  for (let tries = 0; tries < 4000; tries++) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    if (state === 'T') return;
    if (state === 'Z') break;
    await pause(5);
  }
  throw new Error(`Process ${pid} does not stop`);
}
