import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** TMPFS_MAGIC. */
const TMPFS = 0x01021994;

/** Where parp's records lie while it is measured, and whether that is memory, as /run is wherever systemd runs. */
export interface RecordsPlace {
  /** Undefined: in the network's own folder below /run. */
  readonly stateDir: string | undefined;
  readonly isMemory: boolean;
}

/** /run where it is a tmpfs, else /dev/shm where that is one: an fsync of a disk takes longer than all that parp does for a small profile. */
export function recordsPlace(): RecordsPlace {
  if (isTmpfs('/run')) return { stateDir: undefined, isMemory: true };
  if (!isTmpfs('/dev/shm')) return { stateDir: undefined, isMemory: false };
  const folder = mkdtempSync('/dev/shm/parp-bench-');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { stateDir: join(folder, 'state'), isMemory: true };
}

function isTmpfs(path: string): boolean {
  try {
    return statfsSync(path).type === TMPFS;
  } catch {
    return false;
  }
}
