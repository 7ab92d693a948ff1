import { WriteRefused } from '../engine/backend.ts';
import type { LinkIdentities } from '../model/link-identity.ts';
import { isHold, type Operation } from '../model/operation.ts';
import { countMeant, movedNames, refusedMissing } from './links-meant.ts';
import { attempt, refusedWith } from './refusal.ts';
import { writeSysctl } from './sysctl-files.ts';

// What every backend does alike.

/** Whether nothing is to be written. A hold needs a write only where another one may have overwritten it: a sysctl. */
export function isIdle(operation: Operation): boolean {
  return operation.kind === 'sysctl' ? operation.to === null : isHold(operation);
}

/** Writes a sysctl into its file, which is that of the interface that is meant. Throws `WriteRefused`; nothing is written then. */
export function writeSysctlFile(operation: Extract<Operation, { kind: 'sysctl' }>, links: LinkIdentities): void {
  const { subject, from, to } = operation;
  if (to === null) return;
  const isMeant = (): boolean => movedNames([operation], links).size === 0;
  const answer = writeSysctl(subject, to, isMeant);
  if (answer.ok) return;
  if ('errno' in answer) {
    countMeant([operation], links);
    throw (answer.errno === 'ENOENT' ? refusedMissing(operation) : undefined) ?? refusedWith(operation, answer.errno);
  }
  // What the kernel made of the value is nobody's will: a rollback could not tell it from somebody else's.
  if (from !== null) writeSysctl(subject, from, isMeant);
  throw new WriteRefused(operation, `${attempt(operation)}: the kernel keeps ${JSON.stringify(answer.kept)} instead`);
}
