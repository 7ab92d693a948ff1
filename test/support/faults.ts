import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the build lies in which the failpoints of src/engine/failpoint.ts are alive; beside koffi, which it needs. */
export const FAILPOINT_BUILD = fileURLToPath(new URL('../../node_modules/.cache/parp-failpoints', import.meta.url));

/** The program with failpoints. */
export const FAULTY: readonly string[] = [process.execPath, `${FAILPOINT_BUILD}/parp.js`];

/** What happens at a failpoint: see src/host/fault-injection.ts. */
export interface Fault {
  /** The how-manieth failpoint of the process, from 1, or its name: `journal.marked.confirmed`, `operation.written#3`. */
  readonly at: number | string;
  /** `kill`, `stop`, `throw`, the name of a signal, or `run: COMMAND`; default `kill`. */
  readonly act?: string;
  /** Only in the run with this word among its arguments: `apply`, `guard`. */
  readonly only?: string;
}

/** The environment that asks for a fault. */
export function faultEnv(fault: Fault): Record<string, string> {
  return { PARP_FAULT: JSON.stringify(fault) };
}

/** The environment that has every failpoint reached written to a file, by the run with this word among its arguments. */
export function logEnv(log: string, only: string): Record<string, string> {
  return { PARP_FAULT: JSON.stringify({ log, only }) };
}

/** The failpoints that a run reached, in their order; the log is gone afterwards. */
export function takeLog(log: string): string[] {
  if (!existsSync(log)) return [];
  const names = readFileSync(log, 'utf8').trimEnd().split('\n');
  rmSync(log);
  return names;
}
