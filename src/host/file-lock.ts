import { closeSync, constants, fchownSync, fstatSync, ftruncateSync, lstatSync, openSync, readSync, writeSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { dirname } from 'node:path';
import { Failure } from '../model/failure.ts';
import { printable } from '../render/words.ts';
import { errnoText, flock } from './libc.ts';
import { keepOwner } from './state-folder.ts';

export interface LockHeld {
  readonly kind: 'held';
  /** What holds the lock: it is free when the last process that has these open is gone, or at `release`. */
  readonly descriptors: readonly number[];
  /** False when the file was deleted or replaced meanwhile, together with its folder: then somebody else may hold the new one. */
  isIntact(): boolean;
  /** Gives the lock back; a second call does nothing. The kernel does it when the process dies. */
  release(): void;
}

export interface LockBusy {
  readonly kind: 'busy';
  /** Who holds it, as far as that is known: `parp apply, process 1234, since 2030-01-01T00:00:00.000Z`. */
  readonly holder: string;
  /** The same as data; null where the file does not say it yet. */
  readonly by: Holder | null;
}

/** Who holds a lock, as its file says; advisory, the lock itself is the kernel's. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
  readonly since: string;
}

/** libuv adds O_CLOEXEC; O_NONBLOCK keeps a FIFO in the file's place from hanging the open. */
const OPEN_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const TRIES = 100;

/**
 * Takes the lock file at `path` (flock(2), created 0600) for `command`, without waiting, and its folder with it: one lock a folder.
 * A lock file that is deleted while it is held so lets nobody else in. The file stays where it is when the lock is released. Throws
 * `Failure` 'refused' where the path cannot be a lock.
 */
export function acquireLock(path: string, command: string): LockHeld | LockBusy {
  const folder = openOr(dirname(path), FOLDER_FLAGS, 'Open the folder of the lock');
  try {
    const file = flock(folder, 'exclusive', true) ? lockFile(path) : undefined;
    if (file !== undefined) {
      writeHolder(file, { pid: process.pid, command, since: new Date().toISOString() });
      return held(path, [file, folder]);
    }
    closeSync(folder);
    const by = parseHolder(textAt(path)) ?? null;
    return { kind: 'busy', holder: holderWords(by), by };
  } catch (error) {
    closeSync(folder);
    throw error;
  }
}

/** The descriptor of the locked file that is at `path`; undefined if another holds it. */
function lockFile(path: string): number | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    const fd = openOr(path, OPEN_FLAGS, 'Open the lock');
    try {
      if (!fstatSync(fd).isFile()) throw unusable(`Open the lock ${path}: It is no regular file`);
      if (!flock(fd, 'exclusive', true)) {
        closeSync(fd);
        return undefined;
      }
      if (isAt(path, fd)) {
        keepOwner(path, (uid, gid) => fchownSync(fd, uid, gid));
        return fd;
      }
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    // Deleted or replaced between open and lock: a lock on the old file would keep nobody out.
    closeSync(fd);
  }
  throw unusable(`Lock ${path}: Another file takes its place again and again`);
}

function openOr(path: string, flags: number, doing: string): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    throw unusable(`${doing} ${path}: ${openProblem(error)}`, error);
  }
}

function openProblem(error: unknown): string {
  if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number')) return String(error);
  return error.errno === -osConstants.errno.ELOOP ? 'It is a symbolic link' : errnoText(-error.errno);
}

function unusable(message: string, cause?: unknown): Failure {
  return new Failure('refused', 'lock-unusable', message, { cause });
}

function isAt(path: string, fd: number): boolean {
  const open = fstatSync(fd, { bigint: true });
  try {
    const named = lstatSync(path, { bigint: true });
    return named.ino === open.ino && named.dev === open.dev;
  } catch {
    return false;
  }
}

function held(path: string, [file, folder]: readonly [number, number]): LockHeld {
  let open = true;
  return {
    kind: 'held',
    descriptors: [file, folder],
    isIntact: () => open && (isAt(path, file) || isAt(dirname(path), folder)),
    release() {
      if (!open) return;
      open = false;
      forgetHolder(file);
      closeSync(file);
      closeSync(folder);
    },
  };
}

/** A full disk must not keep anybody from the lock: it is held all the same, only without a name. */
function writeHolder(fd: number, holder: Holder): void {
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, `${JSON.stringify(holder)}\n`, 0);
  } catch {
    forgetHolder(fd);
  }
}

function forgetHolder(fd: number): void {
  try {
    ftruncateSync(fd, 0);
  } catch {
    // Then a name stays that nobody is told: the file is only read while somebody holds it.
  }
}

function holderWords(holder: Holder | null): string {
  if (holder === null) return 'another parp';
  return `parp ${printable(holder.command)}, process ${holder.pid}, since ${printable(holder.since)}`;
}

function textAt(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(4096);
      return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0)).toString('utf8');
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}

function parseHolder(text: string): Holder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('pid' in value && 'command' in value && 'since' in value)) return undefined;
  const { pid, command, since } = value;
  if (typeof pid !== 'number' || typeof command !== 'string' || typeof since !== 'string') return undefined;
  return { pid, command, since };
}
