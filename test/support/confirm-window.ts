import { readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { LastTransaction, Phase } from '../../src/engine/transaction.ts';
import { isGuarded } from '../../src/host/guard-process.ts';
import { decodeJournal } from '../../src/host/journal-format.ts';
import type { Network } from './namespaces.ts';

/** A profile of few writes: an address, a proxy neighbour and a route of three wires' router. */
export const SMALL = `version: 1
kind: custom
name: small
addresses: [{ address: 10.0.0.1/24, interface: eth0 }]
routes: [{ to: 10.0.0.9/32, interface: eth1, source: 10.0.0.1 }]
sysctl: { net/ipv4/conf/eth0/forwarding: 1 }
proxies: [{ address: 10.0.0.9, interface: eth0 }]
`;

/** The folder of a host's records. */
export function recordsOf(net: Network, host = 'router'): string {
  return `${net.lab.stateDir}/${statSync(`/run/netns/${net.lab.name(host)}`, { bigint: true }).ino}`;
}

/** What a host's journal says now, without asking parp; null where there is none. Throws where it is damaged. */
export function lastOf(net: Network, host = 'router'): LastTransaction | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(`${recordsOf(net, host)}/journal`);
  } catch {
    return null;
  }
  const read = decodeJournal(bytes);
  if (read.kind !== 'whole') throw new Error(`The journal of ${host}: ${JSON.stringify(read)}`);
  return read.last;
}

export function phaseOf(net: Network, host = 'router'): Phase | null {
  return lastOf(net, host)?.phase ?? null;
}

/** The guard of the transaction that is last in a host's journal; null where none lives. */
export function guardOf(net: Network, host = 'router'): number | null {
  const last = lastOf(net, host);
  const folder = recordsOf(net, host);
  if (last === null || !isGuarded(folder, last.transaction.id)) return null;
  // It can be gone by now, and its name with it.
  const pid = /"pid":(\d+)/.exec(readFileSync(`${folder}/guard/lock`, 'utf8'))?.[1];
  return pid === undefined ? null : Number(pid);
}

/** The same; throws where none lives. */
export function requireGuard(net: Network, host = 'router'): number {
  const pid = guardOf(net, host);
  if (pid === null) throw new Error(`No guard lives on ${host}`);
  return pid;
}

/** How long what takes a moment may take on a machine with much else to do. */
export const PATIENCE_MS = 10_000;

/** Comes back when something is so; throws what is awaited after `withinMs`, default PATIENCE_MS. */
export async function until(what: string, isSo: () => boolean, withinMs = PATIENCE_MS): Promise<void> {
  const end = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await pause(5);
  }
}

export async function untilPhase(net: Network, phase: Phase, withinMs?: number): Promise<void> {
  await until(`the journal says ${phase}`, () => phaseOf(net) === phase, withinMs);
}

/** The letter of /proc/PID/stat: `T` is stopped; undefined where there is no such process. */
export function processState(pid: number | undefined): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat[stat.lastIndexOf(')') + 2];
  } catch {
    return undefined;
  }
}

export async function untilStopped(pid: number | undefined): Promise<void> {
  await until(`process ${pid} is stopped`, () => processState(pid) === 'T');
}

export async function untilGone(pid: number | null | undefined): Promise<void> {
  await until(`process ${pid} has ended`, () => ['Z', 'X', undefined].includes(processState(pid ?? 0)));
}
