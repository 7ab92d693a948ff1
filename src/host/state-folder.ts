import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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

/** Makes the folder and what is above it; throws `Failure` where a folder is a link, somebody else's, or open to others. */
export function ensureFolder(folder: string): void {
  process.umask(0o077);
  for (const path of [dirname(folder), folder]) {
    try {
      mkdirSync(path, { recursive: path !== folder, mode: 0o700 });
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
  const uid = process.geteuid?.() ?? 0;
  const problem = !stat.isDirectory()
    ? 'it is not a folder'
    : stat.uid !== uid && stat.uid !== 0
      ? `it belongs to user ${stat.uid}`
      : (stat.mode & 0o022) !== 0
        ? 'others can write to it'
        : undefined;
  if (problem === undefined) return;
  throw new Failure('refused', 'state-folder', `The state folder ${path} is not safe: ${problem}`, {
    remedy: `Look at it, then remove it: ls -ld ${path}`,
  });
}

/** The text of a file, or null where there is none. Never follows a link. */
export function readIfThere(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** What of a file is different after each change: inode, size and time; empty where there is none. */
export function stampOf(path: string): string {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

/** Writes a file so that after a crash either the old text or the new one is there, whole; returns when the disk has it. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.new`;
  removeIfThere(beside);
  const fd = openSync(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    writeWhole(fd, text);
    fsyncSync(fd);
  } catch (error) {
    // On a full disk, what there is of it takes the room of the next mark.
    removeIfThere(beside);
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(beside, path);
  syncFolder(dirname(path));
}

/** Appends a line and returns when the disk has it. A last line that was cut off before goes: what is written behind it could not be read. */
export function appendDurably(path: string, text: string): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW);
  try {
    dropTornLine(fd);
    writeWhole(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function dropTornLine(fd: number): void {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  if (size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() === '\n')) return;
  ftruncateSync(fd, readFileSync(fd).lastIndexOf('\n') + 1);
}

function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

export function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
