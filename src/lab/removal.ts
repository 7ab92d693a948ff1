import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { programPath } from './child-process.ts';

/** Where `ip netns` keeps the names of namespaces. */
const NETNS = '/run/netns';

/**
 * Whose namespaces they are, as the first part of their names. Those of `parp-lab` and `parp-test` belong to the process whose
 * id follows, and are stale when it is gone; `parp-kept` are left on purpose.
 */
export type LabFamily = 'parp-lab' | 'parp-test' | 'parp-kept';

const OWNED = /^(parp-(?:lab|test)-(\d+)-[0-9a-f]{6})(?:-|$)/;

/** What there is to remove of a network. */
export interface Remains {
  readonly id: string;
  readonly names: readonly string[];
  readonly folder: string;
}

/** The networks that end with this process. */
const enlisted = new Map<string, Remains>();

/** From now on the network is removed when this process ends, however it ends, but for SIGKILL. */
export function enlist(remains: Remains): void {
  if (enlisted.size === 0) watchForTheEnd();
  enlisted.set(remains.id, remains);
}

export function release(id: string): void {
  enlisted.delete(id);
}

/** Ends the processes in the namespaces, deletes these and their folder; what is gone already is passed over. */
export function removeNamespaces({ names, folder }: Remains): void {
  const present = names.filter((name) => existsSync(`${NETNS}/${name}`));
  endProcessesIn(names);
  if (present.length > 0) {
    const input = present.map((name) => `netns delete ${name}\n`).join('');
    spawnSync(programPath('ip'), ['-force', '-batch', '-'], { input, env: { LC_ALL: 'C' }, stdio: ['pipe', 'ignore', 'ignore'] });
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Networks of processes that are gone, killed before they could clean up: removed. Returns their ids. */
export function removeStale(): string[] {
  const stale = new Map<string, string[]>();
  for (const name of [...entries(NETNS), ...entries('/run')]) {
    const [, id, pid] = OWNED.exec(name) ?? [];
    if (id === undefined || isAlive(Number(pid))) continue;
    stale.set(id, [...(stale.get(id) ?? []), name]);
  }
  for (const [id, names] of stale) removeNamespaces({ id, names, folder: `/run/${id}` });
  return [...stale.keys()];
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Ends whatever runs in the namespaces: one lives as long as a process is in it, whatever became of its name. */
export function endProcessesIn(names: readonly string[]): void {
  const present = names.map((name) => statSync(`${NETNS}/${name}`, { throwIfNoEntry: false })).filter((stat) => stat !== undefined);
  const inodes = new Set(present.map(({ ino }) => `net:[${ino}]`));
  if (inodes.size === 0) return;
  for (const pid of readdirSync('/proc').map(Number)) {
    if (!(pid > 0) || pid === process.pid) continue;
    try {
      if (inodes.has(readlinkSync(`/proc/${pid}/ns/net`))) process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already, or somebody else's.
    }
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let watching = false;

function watchForTheEnd(): void {
  if (watching) return;
  watching = true;
  const removeAll = (): void => {
    for (const remains of enlisted.values()) removeNamespaces(remains);
    enlisted.clear();
  };
  process.on('exit', removeAll);
  for (const signal of SIGNALS) {
    const end = (): void => {
      // Whoever else listens decides how the process ends; `exit` comes then.
      if (process.listenerCount(signal) > 1) return;
      removeAll();
      process.off(signal, end);
      process.kill(process.pid, signal);
    };
    process.on(signal, end);
  }
}
