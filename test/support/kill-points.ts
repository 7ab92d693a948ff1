import { expect } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { FAULTY, faultEnv, logEnv, takeLog, type Fault } from './faults.ts';
import type { Network } from './namespaces.ts';

/** A run of the program with failpoints on the host `router`. */
export async function faulty(net: Network, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return net.run('router', [...FAULTY, ...args], { env });
}

/** The same, with a fault in the run of that command. */
export async function withFault(net: Network, args: readonly string[], fault: Fault): Promise<Ended> {
  return faulty(net, args, faultEnv(fault));
}

/** Every failpoint that a command passes when nothing happens to it; what the command did stays done. */
export async function pointsOf(net: Network, args: readonly string[]): Promise<string[]> {
  const log = `${net.lab.folder}/failpoints`;
  const { exitCode, stderr } = await faulty(net, args, logEnv(log, args[0] ?? ''));
  expect(exitCode, stderr).toBe(0);
  return takeLog(log);
}

/** What of the router is neither as in one nor as in the other snapshot; the nearer one is compared. */
export function neither(now: Snapshot, ...allowed: readonly Snapshot[]): string[] {
  const distances = allowed.map((snapshot) => differences(snapshot, now));
  return distances.reduce((nearest, one) => (one.length < nearest.length ? one : nearest));
}
