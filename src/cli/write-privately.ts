import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { errnoOf } from '../host/errno.ts';
import { Failure } from '../model/failure.ts';
import { printable } from '../render/words.ts';

/**
 * Writes a file that holds what a host is or shall be. Who may read the firewall is the administrator's choice, so the file is its owner's
 * alone; it is written through no symbolic link. Throws `Failure`.
 */
export function writePrivately(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  try {
    const descriptor = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
    try {
      writeFileSync(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const errno = errnoOf(error) ?? String(error);
    throw new Failure(
      'failed',
      'unwritable-file',
      `Write ${printable(path)}: ${errno === 'ELOOP' ? 'it is a symbolic link (ELOOP)' : errno}`,
      {
        cause: error,
      },
    );
  }
}
