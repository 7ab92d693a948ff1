import { readFileSync } from 'node:fs';
import type { SysctlPath } from '../net/sysctl-path.ts';
import { Failure } from '../model/failure.ts';
import { isHold, type Operation } from '../model/operation.ts';
import { isNeighTime } from '../render/argv.ts';
import { findProgram } from './find-program.ts';
import { refusesWriting } from './sysctl-files.ts';

/** Their bits, from linux/capability.h. */
const BITS = { CAP_NET_ADMIN: 12n, CAP_NET_RAW: 13n } as const;
export type Capability = keyof typeof BITS;

export interface CapabilityNeed {
  readonly name: Capability;
  /** What it is needed for, behind "to". */
  readonly need: string;
}

/** The capabilities in force, of those that parp may need. */
export function effectiveCapabilities(status: string = readFileSync('/proc/self/status', 'utf8')): ReadonlySet<Capability> {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return new Set((Object.keys(BITS) as Capability[]).filter((name) => (mask & (1n << BITS[name])) !== 0n));
}

/** The refusal that names what is lacking and for what, or null where everything is there. */
export function missingCapabilities(needs: readonly CapabilityNeed[], present = effectiveCapabilities()): Failure | null {
  const missing = needs.filter(({ name }) => !present.has(name));
  if (missing.length === 0) return null;
  const words = missing.map(({ name, need }) => `${name} (to ${need})`).join(' and ');
  return new Failure('refused', 'missing-capability', `This needs ${words}`, { remedy: 'Run it as root: sudo parp …' });
}

/** Throws the `Failure` of `missingCapabilities`. */
export function requireCapabilities(needs: readonly CapabilityNeed[]): void {
  const failure = missingCapabilities(needs);
  if (failure !== null) throw failure;
}

/**
 * Asks, without writing, whether the system will take the operations at all: the programs are there and every file can be opened for
 * writing. Throws `Failure` with the first thing that stands against it.
 */
export function requireWritable(operations: readonly Operation[]): void {
  requirePrograms(operations);
  requireFiles(operations);
}

/**
 * Asks, without writing, whether the file of every sysctl can be written; where it is read-only and `isServed` says that there is another way, that is
 * no matter. Throws `Failure` with the first thing that stands against it.
 */
export function requireFiles(operations: readonly Operation[], isServed: (path: SysctlPath) => boolean = () => false): void {
  for (const operation of operations) {
    if (operation.kind !== 'sysctl' || operation.to === null || isNeighTime(operation.subject)) continue;
    const errno = refusesWriting(operation.subject);
    if (errno !== null && !(isReadOnly(errno) && isServed(operation.subject))) throw unwritable(operation.subject, errno);
  }
}

/** Whether an errno of a file says that nobody may write there now. */
export function isReadOnly(errno: string | undefined): boolean {
  return errno === 'EROFS' || errno === 'EACCES';
}

/** Throws `Failure` where a program that the operations need is missing. */
export function requirePrograms(operations: readonly Operation[]): void {
  const needed = operations.flatMap((operation) => {
    if (operation.kind === 'sysctl') return isNeighTime(operation.subject) ? (['ip'] as const) : [];
    if (isHold(operation)) return [];
    return operation.kind === 'nat' ? (['nft'] as const) : (['ip'] as const);
  });
  for (const program of new Set(needed)) findProgram(program);
}

/** Opens the file of a sysctl for writing and writes nothing. Throws `Failure` where that is refused. */
export function probeWritable(path: SysctlPath): void {
  const errno = refusesWriting(path);
  if (errno !== null) throw unwritable(path, errno);
}

function unwritable(path: SysctlPath, errno: string): Failure {
  switch (errno) {
    case 'EROFS':
      return new Failure('refused', 'read-only-sysctl', `/proc/sys is mounted read-only here: ${path} cannot be written (EROFS)`, {
        remedy: 'Run parp outside of the container, or with a writable /proc/sys',
      });
    case 'ENOENT':
      return new Failure('refused', 'missing-sysctl', `This kernel has no ${path}, or its interface is gone (ENOENT)`);
    case 'EACCES':
    case 'EPERM':
      return new Failure(
        'refused',
        'missing-capability',
        `${path} may not be written (${errno}): this needs CAP_NET_ADMIN in the namespace's user namespace`,
        {
          remedy: 'Run it as root: sudo parp …',
        },
      );
    default:
      return new Failure('refused', 'unwritable-sysctl', `${path} cannot be opened for writing (${errno})`);
  }
}
