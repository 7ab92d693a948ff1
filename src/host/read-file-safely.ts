import { closeSync, constants, existsSync, fstatSync, openSync, readlinkSync, readSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { Failure } from '../model/failure.ts';
import { shellWord } from '../render/shell.ts';
import { printable } from '../render/words.ts';

/** The content of a file, and what about it is worth a warning. */
export interface SafeFile {
  readonly bytes: Uint8Array;
  readonly warnings: readonly string[];
}

/** What a file is to the reader: `profile`, `hosts file` or `plan`, as messages and codes name it. */
export interface Expected {
  readonly what: 'profile' | 'hosts file' | 'plan' | 'capture' | 'questions';
  readonly largest: number;
}

/**
 * Reads a regular file that nobody else can have slipped in: everything is asked of the open descriptor, so that a file swapped
 * meanwhile does no harm. Throws `Failure`: 'invalid' for what cannot be read or is no regular file, 'refused' where root would
 * trust a file that others can write.
 */
export function readFileSafely(path: string, expected: Expected): SafeFile {
  const descriptor = open(path, expected);
  try {
    const stats = fstatSync(descriptor);
    const kind = kindOf(stats);
    if (kind !== undefined) throw notRegular(path, expected, `it is ${kind}`);
    if (stats.size > expected.largest) throw tooLarge(path, expected, stats.size);
    const warnings = checkWriters(descriptor, path, expected, stats);
    return { bytes: readAll(descriptor, path, expected, stats.size), warnings };
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string, expected: Expected): number {
  // Without O_NONBLOCK a FIFO would hang here. On Windows these flags are undefined, which counts as 0.
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = constants;
  try {
    return openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ELOOP') throw notRegular(path, expected, 'it is a symbolic link');
    if (code === 'ENXIO') throw notRegular(path, expected, 'it is a socket');
    throw unreadable(path, expected, error);
  }
}

/** A name of a file can hold what a terminal would obey, line breaks among it. */
function attempt(path: string, { what }: Expected): string {
  return `Read ${what} ${printable(path)}`;
}

function unreadable(path: string, expected: Expected, error: unknown): Failure {
  return new Failure('invalid', `unreadable-${codeOf(expected)}`, `${attempt(path, expected)}: ${answerOf(error)}`, { cause: error });
}

/** `No such file or directory (ENOENT)`. */
export function answerOf(error: unknown): string {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') {
    const [name, text] = getSystemErrorMap().get(error.errno) ?? [];
    if (name !== undefined && text !== undefined) return `${text.slice(0, 1).toUpperCase()}${text.slice(1)} (${name})`;
  }
  return error instanceof Error ? error.message : String(error);
}

function codeOf({ what }: Expected): string {
  return what.replace(' ', '-');
}

function kindOf(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

function notRegular(path: string, expected: Expected, reason: string): Failure {
  const remedy = expected.what === 'profile' ? 'Name the file itself, or use - for standard input' : 'Name the file itself';
  return new Failure('invalid', `not-a-regular-file`, `${attempt(path, expected)}: ${reason}, not a regular file`, { remedy });
}

function tooLarge(path: string, expected: Expected, size: number): Failure {
  const message = `${attempt(path, expected)}: it has ${size} bytes, and at most ${expected.largest / 2 ** 20} MiB are read`;
  return new Failure('invalid', 'file-too-large', message);
}

/** Reads what the descriptor promised and looks for more: files of /proc and /sys hold another number of bytes than they say. */
function readAll(descriptor: number, path: string, expected: Expected, size: number): Uint8Array {
  const buffer = new Uint8Array(size + 1);
  let length = 0;
  try {
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0 || length === buffer.length) break;
    }
  } catch (error) {
    throw unreadable(path, expected, error);
  }
  if (length !== size) throw notRegular(path, expected, 'its size is not what it says (it changes, or the kernel makes it up)');
  return buffer.subarray(0, length);
}

const WORLD_WRITABLE = 0o002;
const GROUP_WRITABLE = 0o020;
const STICKY = 0o1000;

/** Who runs parp, and for whom: a file of another owner is not trusted with root's rights. */
function trustedOwners(): readonly number[] {
  const sudo = process.env['SUDO_UID'] ?? '';
  return [0, process.geteuid?.() ?? 0, ...(/^\d+$/.test(sudo) ? [Number(sudo)] : [])];
}

function checkWriters(descriptor: number, path: string, expected: Expected, stats: Stats): string[] {
  if (process.geteuid?.() !== 0) return [];
  const unsafe = (reason: string, remedy: string): Failure =>
    new Failure('refused', `unsafe-${codeOf(expected)}`, `${attempt(path, expected)} as root: ${reason}`, { remedy });
  if ((stats.mode & WORLD_WRITABLE) !== 0) throw unsafe('everybody may write it', commandOn('chmod o-w', path));
  if (!trustedOwners().includes(stats.uid)) {
    throw unsafe(`it belongs to user ${stats.uid}, not to root or to who runs parp`, commandOn('chown root', path));
  }
  const { folder, mode } = folderOf(descriptor, path, expected);
  if ((mode & WORLD_WRITABLE) !== 0 && (mode & STICKY) === 0) {
    throw unsafe(`everybody may replace it, as the folder ${printable(folder)} is writable for all`, commandOn('chmod o-w', folder));
  }
  return (stats.mode & GROUP_WRITABLE) === 0 ? [] : [`${printable(path)} can be written by its group (${stats.gid})`];
}

/** The folder that the open file is in: its path may lead elsewhere by now. Without /proc, the one that the path leads to. */
function folderOf(descriptor: number, path: string, expected: Expected): { readonly folder: string; readonly mode: number } {
  const open = `/proc/self/fd/${descriptor}`;
  try {
    const folder = dirname(existsSync('/proc/self/fd') ? readlinkSync(open) : realpathSync(path));
    return { folder, mode: statSync(folder).mode };
  } catch (error) {
    throw unreadable(path, expected, error);
  }
}

function commandOn(command: string, path: string): string {
  return `${command} ${shellWord(printable(path))}`;
}
