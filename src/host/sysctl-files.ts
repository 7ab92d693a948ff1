import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { CONF_KEYS, confPath, IP_FORWARD, IP_NONLOCAL_BIND, neighPath, parseSysctlPath, type SysctlPath } from '../net/sysctl-path.ts';
import type { LinkName } from '../net/link-name.ts';
import { errnoOf } from './errno.ts';

// Every call is synchronous: /proc/sys/net shows the namespace of the thread that asks, and Node's pool would ask from others.

const ROOT = '/proc/sys/';

/** What the system answered to a write: an errno name, or that it keeps another value than the one written. */
export type SysctlAnswer =
  { readonly ok: true } | { readonly ok: false; readonly errno: string } | { readonly ok: false; readonly kept: string };

/** The value of a sysctl without its line end, or null where the kernel has no such file, or does not show it. */
export function readSysctl(path: SysctlPath): string | null {
  try {
    return readFileSync(ROOT + path, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Longer than any number. */
const LONGEST_VALUE = 64;

/**
 * Writes a value and reads it back: the kernel takes any number without asking whether it means something, and `010` as octal. `isMeant` is
 * asked whether the file is the one of the interface that is meant; where it says no, ENODEV is the answer.
 */
export function writeSysctl(path: SysctlPath, value: string, isMeant: () => boolean = () => true): SysctlAnswer {
  try {
    const descriptor = openSync(ROOT + path, constants.O_RDWR);
    try {
      // Asked behind the opening: the file goes with its interface's name (ENOENT), and is never another interface's.
      if (!isMeant()) return { ok: false, errno: 'ENODEV' };
      writeSync(descriptor, `${value}\n`);
      const bytes = Buffer.alloc(LONGEST_VALUE);
      const kept = bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, LONGEST_VALUE, 0)).trim();
      return kept === value ? { ok: true } : { ok: false, kept };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return { ok: false, errno: errnoOf(error) ?? 'EIO' };
  }
}

/** What the system would answer to a write, found out by opening the file alone: null where nothing speaks against it. */
export function refusesWriting(path: SysctlPath): string | null {
  try {
    closeSync(openSync(ROOT + path, constants.O_WRONLY));
    return null;
  } catch (error) {
    return errnoOf(error) ?? 'EIO';
  }
}

/**
 * The values that take part in ARP, forwarding and redirects: of `all`, `default` and each link, and the global ones. The times of
 * the neighbour table are not among them: their files are too coarse.
 */
export function readSysctls(links: readonly LinkName[]): Map<SysctlPath, string> {
  const named = links.filter(hasSysctls);
  const own = named.flatMap((link) => CONF_KEYS.map((key) => confPath(link, key)));
  return new Map([...readHostSysctls(), ...readAll(own), ...readAll(named.map((link) => neighPath(link, 'proxy_qlen')))]);
}

/** Those of them that are files alone: the global ones, and those of `all` and `default`. */
export function readHostSysctls(): Map<SysctlPath, string> {
  const shared = (['all', 'default'] as const).flatMap((holder) => CONF_KEYS.map((key) => confPath(holder, key)));
  return readAll([IP_FORWARD, IP_NONLOCAL_BIND, ...shared]);
}

function readAll(paths: readonly SysctlPath[]): Map<SysctlPath, string> {
  const values = new Map<SysctlPath, string>();
  for (const path of paths) {
    const value = readSysctl(path);
    if (value !== null) values.set(path, value);
  }
  return values;
}

/** Whether the link's name makes a path that stays inside its folder; one that does not is passed over. */
export function hasSysctls(link: LinkName): boolean {
  return parseSysctlPath(confPath(link, 'forwarding')).ok;
}
