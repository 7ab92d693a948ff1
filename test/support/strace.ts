import { existsSync, readFileSync, rmSync } from 'node:fs';
import { programPath, type Ended } from '../../src/lab/child-process.ts';
import { PARP, type Network } from './namespaces.ts';

/** Whether system calls can be injected here. */
export const CAN_TRACE = hasStrace();

function hasStrace(): boolean {
  try {
    return existsSync(programPath('strace'));
  } catch {
    console.warn('Tests that inject system calls are skipped: they need strace (apt install strace)');
    return false;
  }
}

/** What happens at a system call: of each process and thread on its own, at the how-manieth of it, from 1; `3+` is every one from the third on, `3..5` three of them. */
export interface Injection {
  readonly call: string;
  readonly when: number | `${number}+` | `${number}..${number}`;
  /** `signal=KILL`, `error=EIO`. */
  readonly what: string;
}

/**
 * Runs the program as it is shipped under strace, with something done at one of its system calls, or at one of its helpers'. `met` says whether
 * that call came. With --seccomp-bpf strace 6.1 injects errors, but no signals.
 */
export async function injected(
  net: Network,
  args: readonly string[],
  { call, when, what }: Injection,
): Promise<Ended & { readonly met: boolean }> {
  const trace = `${net.lab.folder}/trace`;
  const filter = what.startsWith('error') ? ['--seccomp-bpf'] : [];
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:${what}:when=${when}`];
  const end = await net.run('router', ['strace', '-f', ...filter, '-qq', '-o', trace, ...inject, ...PARP, ...args]);
  const met = /\(INJECTED\)|killed by SIGKILL/.test(readFileSync(trace, 'utf8'));
  rmSync(trace);
  return { ...end, met };
}

/** How often each system call is made: by parp itself, and by the busiest of its helpers. */
export interface Counts {
  readonly own: ReadonlyMap<string, number>;
  readonly helper: ReadonlyMap<string, number>;
}

/** Runs the program with nothing injected, and counts. Threads of parp's own count as helpers. */
export async function counted(
  net: Network,
  args: readonly string[],
  calls: readonly string[],
): Promise<Ended & { readonly counts: Counts }> {
  const trace = `${net.lab.folder}/trace`;
  const end = await net.run('router', [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-o',
    trace,
    '-e',
    `trace=${calls.join(',')}`,
    ...PARP,
    ...args,
  ]);
  const lines = [...readFileSync(trace, 'utf8').matchAll(/^(\d+) +(\w+)\(/gm)];
  rmSync(trace);
  const first = lines[0]?.[1];
  const tallies = new Map<string, number>();
  for (const [, pid, call] of lines) tallies.set(`${pid} ${call}`, (tallies.get(`${pid} ${call}`) ?? 0) + 1);
  const own = new Map<string, number>();
  const helper = new Map<string, number>();
  for (const [key, count] of tallies) {
    const [pid, call = ''] = key.split(' ');
    if (pid === first) own.set(call, count);
    else helper.set(call, Math.max(helper.get(call) ?? 0, count));
  }
  return { ...end, counts: { own, helper } };
}
