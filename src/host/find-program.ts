import { lstatSync, readFileSync, readlinkSync, statSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../model/failure.ts';

/** The programs that parp starts, and the package that brings each. */
const PACKAGES = { ip: 'iproute2', nft: 'nftables', 'systemd-run': 'systemd' } as const;
export type HelperName = keyof typeof PACKAGES;

/** Where a distribution installs them. PATH is not asked: it belongs to whoever started parp. */
export const SYSTEM_FOLDERS: readonly string[] = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

const found = new Map<HelperName, string>();

/**
 * The absolute path of a helper. Throws `Failure` where it is not installed, or where anyone but root could have put it there:
 * the program or a folder on its way belongs to another user or is writable for everyone.
 */
export function findProgram(name: HelperName, folders: readonly string[] = SYSTEM_FOLDERS): string {
  const known = folders === SYSTEM_FOLDERS ? found.get(name) : undefined;
  if (known !== undefined) return known;
  for (const folder of folders) {
    const path = join(folder, name);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) continue;
    const doubt = distrust(path);
    if (doubt !== null) {
      throw new Failure('refused', 'untrusted-program', `\`${path}\` is not run: ${doubt}`, {
        remedy: `Install the ${PACKAGES[name]} package anew, or give the file and its folders back to root`,
      });
    }
    if (folders === SYSTEM_FOLDERS) found.set(name, path);
    return path;
  }
  throw new Failure('refused', 'missing-program', `\`${name}\` is not installed`, {
    remedy: `apt install ${PACKAGES[name]} (or your distribution's package of that name)`,
  });
}

/** How many links are followed, as by the kernel (MAXSYMLINKS). */
const MOST_LINKS = 40;

/**
 * Why a path must not be executed, or null: every folder and link on its way, wherever those lead, and what is at its end. Of folders
 * that everyone may write those with the sticky bit (/tmp) may be on the way: what root has there stays. None may hold the program.
 */
function distrust(path: string): string | null {
  const left = path.split('/');
  let links = 0;
  for (let at = '/', folder = statSync('/'); ;) {
    const part = left.shift();
    if (part === undefined) return 'it is not a file';
    if (part === '' || part === '.') continue;
    const next = part === '..' ? dirname(at) : join(at, part);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined || links > MOST_LINKS) return 'it is a symbolic link that leads nowhere';
    if (!ownedByRoot(stats)) return `"${next}" belongs to user ${stats.uid}, not to root`;
    if (isOpenToAll(folder) && !(stats.isDirectory() && (folder.mode & STICKY) !== 0)) return `"${at}" is writable for everyone`;
    if (stats.isSymbolicLink()) {
      links++;
      const target = readlinkSync(next);
      left.unshift(...target.split('/'));
      if (!target.startsWith('/')) continue;
      [at, folder] = ['/', statSync('/')];
    } else if (stats.isDirectory()) {
      [at, folder] = [next, stats];
    } else {
      if (!stats.isFile() || left.some((rest) => rest !== '')) return 'it is not a file';
      return isOpenToAll(stats) ? `"${next}" is writable for everyone` : null;
    }
  }
}

const STICKY = 0o1000;

function isOpenToAll({ mode }: Stats): boolean {
  return (mode & 0o002) !== 0;
}

/**
 * In a user namespace that does not map the real root, every file of the system shows the overflow user as its owner; there the
 * process has no privilege to protect from it.
 */
function ownedByRoot(stats: Stats): boolean {
  return stats.uid === 0 || (stats.uid === OVERFLOW_UID && inUserNamespace());
}

const OVERFLOW_UID = 65534;

function inUserNamespace(): boolean {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    return false;
  }
}
