import { readlinkSync, statSync } from 'node:fs';

/**
 * Whether this is the network that comes up at boot: that of process 1. null where it cannot be told, because /proc does not show that process. The
 * link that names its namespace is for privileged eyes; the files of each namespace below /proc/PID/net have inodes of their own, for everyone.
 */
export function isHostNetwork(): boolean | null {
  try {
    return readlinkSync('/proc/1/ns/net') === readlinkSync('/proc/thread-self/ns/net');
  } catch {
    return isSameFile('/proc/1/net/dev', '/proc/thread-self/net/dev');
  }
}

function isSameFile(one: string, other: string): boolean | null {
  try {
    return statSync(one, { bigint: true }).ino === statSync(other, { bigint: true }).ino;
  } catch {
    return null;
  }
}
