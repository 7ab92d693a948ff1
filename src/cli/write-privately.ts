import { randomUUID } from 'node:crypto';
import { closeSync, constants, fchownSync, lstatSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { answerOf } from '../host/read-file-safely.ts';
import { Failure } from '../model/failure.ts';
import { printable } from '../render/words.ts';

/**
 * Writes a file that holds what a host is or shall be. Who may read the firewall is the administrator's choice, so the file is its owner's
 * alone (that of whoever called sudo), whatever was there before: it is made beside and takes the other's place, so that nothing is written through a link, into a pipe, or
 * into what somebody else keeps open. Throws `Failure`.
 */
export function writePrivately(path: string, text: string): void {
  const beside = `${path}.${randomUUID()}`;
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    requireReplaceable(path);
    const descriptor = openSync(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeFileSync(descriptor, text);
      giveToCaller(descriptor);
      renameSync(beside, path);
    } catch (error) {
      unlinkSync(beside);
      throw error;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unwritable(path, answerOf(error), error);
  }
}

/** Whoever asked by sudo would have got it on stdout as well, and goes on with it as themselves. */
function giveToCaller(descriptor: number): void {
  const [uid, gid] = [process.env['SUDO_UID'], process.env['SUDO_GID']].map((text) => (/^\d{1,10}$/.test(text ?? '') ? Number(text) : 0));
  if (process.geteuid?.() === 0 && uid !== undefined && uid > 0) fchownSync(descriptor, uid, gid ?? 0);
}

function requireReplaceable(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return;
  throw unwritable(path, stat.isSymbolicLink() ? 'it is a symbolic link (ELOOP)' : 'it is not a regular file');
}

function unwritable(path: string, why: string, cause?: unknown): Failure {
  return new Failure('failed', 'unwritable-file', `Write ${printable(path)}: ${why}`, { cause });
}
