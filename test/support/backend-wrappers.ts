import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Beginnings of command lines behind which a backend finds another system; for `inhabit`.

/** With /proc/sys mounted read-only, as in containers. */
export const READ_ONLY: readonly string[] = [
  'unshare',
  '-m',
  'sh',
  '-c',
  'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$@"',
  'sh',
];

const folder = mkdtempSync(join(tmpdir(), 'parp-test-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** With another program in the place of one of the system: a shell script. */
export function instead(program: string, script: string): string[] {
  const path = join(folder, program.replaceAll('/', '_'));
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return ['unshare', '-m', 'sh', '-c', `mount --bind ${path} ${program} && exec "$@"`, 'sh'];
}

/** Without the programs of a folder of the system. */
export function without(programs: string): string[] {
  return ['unshare', '-m', 'sh', '-c', `mount -t tmpfs none ${programs} && exec "$@"`, 'sh'];
}
