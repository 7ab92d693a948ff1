import { readFileSync } from 'node:fs';

/** A random UUID of the kernel's own (random(4)); node:crypto costs more to load than what most commands do. */
export function kernelUuid(): string {
  return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim();
}
