import {
  chownSync,
  closeSync,
  constants,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { failpoint, hasFailpoints } from '../engine/failpoint.ts';
import { Failure } from '../model/failure.ts';
import { errnoOf } from './errno.ts';

/** Where parp's records of all namespaces lie, but for --state-dir and PARP_STATE_DIR. Below /run they live exactly as long as the kernel's state. */
export const DEFAULT_STATE_ROOT = '/run/parp';

/** The whole path of the folder that holds those of all namespaces; `given` goes before the environment. */
export function stateRoot(given: string | undefined): string {
  const named = given ?? process.env['PARP_STATE_DIR'];
  return resolve(named === undefined || named === '' ? DEFAULT_STATE_ROOT : named);
}

/** The folder of one network namespace: by its inode, because namespaces share /run. */
export function stateFolder(root: string | undefined, inode: string): string {
  return join(stateRoot(root), inode);
}

/**
 * Makes the folder and what is above it; throws `Failure` where a folder is a link, somebody else's, or open to others. What root makes in a
 * folder of the user `parp` is that user's as well, so that the unit at boot, which is not root, finds its way.
 */
export function ensureFolder(folder: string): void {
  process.umask(0o077);
  for (const path of [dirname(folder), folder]) {
    try {
      mkdirSync(path, { recursive: path !== folder, mode: 0o700 });
      if (path === folder) keepOwner(path, (uid, gid) => chownSync(path, uid, gid));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') {
        throw new Failure('refused', 'state-folder', `Make the state folder ${path}: ${errnoOf(error) ?? String(error)}`, {
          remedy: 'Name a folder that can be written: --state-dir DIR',
          cause: error,
        });
      }
    }
    checkFolder(path);
  }
}

function checkFolder(path: string): void {
  const stat = lstatSync(path);
  const problem = !stat.isDirectory()
    ? 'it is not a folder'
    : !trustedOwners().includes(stat.uid)
      ? `it belongs to user ${stat.uid}`
      : (stat.mode & 0o022) !== 0
        ? 'others can write to it'
        : undefined;
  if (problem === undefined) return;
  throw new Failure('refused', 'state-folder', `The state folder ${path} is not safe: ${problem}`, {
    remedy: `Look at it, then remove it: ls -ld ${path}`,
  });
}

/** Root, who runs this, and the user `parp` under whom the unit runs at boot. */
function trustedOwners(): readonly number[] {
  const uid = process.geteuid?.() ?? 0;
  const parp = uid === 0 ? userId('parp') : undefined;
  return [0, uid, ...(parp === undefined ? [] : [parp])];
}

/** The id of a user of /etc/passwd. */
function userId(name: string): number | undefined {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const id = line?.split(':')[2] ?? '';
    return /^\d+$/.test(id) ? Number(id) : undefined;
  } catch {
    return undefined;
  }
}

/** Gives what root makes to the owner of the folder that it is in. */
export function keepOwner(path: string, give: (uid: number, gid: number) => void): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid !== 0) give(uid, gid);
}

/** The bytes of a file, or null where there is none. Never follows a link, and waits for nobody who would write to a FIFO. */
export function readIfThere(path: string): Buffer | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a file so that after a crash either the old bytes or the new ones are there, whole; returns when the disk has them. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  closeSync(placeFile(path, bytes));
}

/** The same, and gives the file open for reading and writing. */
export function placeFile(path: string, bytes: Uint8Array): number {
  const beside = `${path}.new`;
  removeIfThere(beside);
  const descriptor = openSync(beside, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    failpoint('file.made');
    keepOwner(beside, (uid, gid) => fchownSync(descriptor, uid, gid));
    writeWhole(descriptor, bytes, 0);
    failpoint('file.written');
    fsyncSync(descriptor);
    failpoint('file.synced');
    renameSync(beside, path);
    failpoint('file.renamed');
    syncFolder(dirname(path));
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    // On a full disk, what there is of it takes the room of what comes next.
    removeIfThere(beside);
    throw error;
  }
}

/** Writes all bytes from a place in the file on. */
export function writeWhole(descriptor: number, bytes: Uint8Array, at: number): void {
  let written = 0;
  while (written < bytes.length) {
    const length = hasFailpoints() && written === 0 ? bytes.length >> 1 : bytes.length - written;
    written += writeSync(descriptor, bytes, written, length, at + written);
    failpoint('file.part-written');
  }
}

export function syncFolder(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
