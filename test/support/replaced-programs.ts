import { chmodSync, realpathSync, rmSync } from 'node:fs';
import { programPath } from '../../src/lab/child-process.ts';
import type { Network } from './namespaces.ts';

/** A command line that runs the one behind it in a mount namespace of its own, which ends with it, after these lines of sh. */
export function inMounts(...lines: readonly string[]): string[] {
  return ['unshare', '--mount', 'sh', '-ec', [...lines, 'exec "$@"'].join('\n'), 'sh'];
}

/** /proc/sys under a mount of its own, which `makeReadOnly` can make read-only later. */
export const OWN_PROC_SYS = 'mount --bind /proc/sys /proc/sys';
export const READ_ONLY_PROC_SYS = 'mount -o remount,bind,ro /proc/sys';

/** What a program does instead of its work: lines of sh, in which `REAL` is the program itself, `"$@"` its arguments and `$n` the how-manieth call it is. */
export interface Replaced {
  readonly program: 'ip' | 'nft';
  readonly does: string;
  /** At this call, counted from 1; otherwise at each. */
  readonly at?: number;
  /** Only where the arguments match this pattern of sh, and then calls are counted among those alone. */
  readonly among?: string;
}

/** A command line that runs the one behind it where a program is replaced, and does its work but for the calls that are named. */
export function replacing(net: Network, { program, does, at, among = '*' }: Replaced): string[] {
  const path = realpathSync(programPath(program));
  const [real, calls] = [`${net.lab.folder}/${program}.real`, `${net.lab.folder}/${program}.calls`];
  rmSync(calls, { recursive: true, force: true });
  const script = [
    '#!/bin/sh',
    `case "$*" in ${among}) ;; *) exec ${real} "$@";; esac`,
    // A folder can be made once, so that calls at the same time get different numbers.
    `n=1; until mkdir ${calls}/$n 2>&-; do n=$((n + 1)); done`,
    ...(at === undefined ? [] : [`[ $n = ${at} ] || exec ${real} "$@"`]),
    does.replaceAll('REAL', real),
    '',
  ].join('\n');
  const wrapper = net.profile(`${program}.wrapper`, script);
  chmodSync(wrapper, 0o755);
  net.profile(`${program}.real`, '');
  return inMounts(`mkdir -p ${calls}`, `mount --bind ${path} ${real}`, `mount --bind ${wrapper} ${path}`);
}
