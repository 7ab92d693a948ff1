import type { LastTransaction } from '../engine/transaction.ts';
import { EnabledFiles, isEnabledHere, type EnabledProfile, type EnabledProfiles } from '../host/enabled-files.ts';
import { Failure } from '../model/failure.ts';
import type { Ledger, LedgerProfile } from '../model/ledger.ts';
import { sameValue } from '../model/operation.ts';
import { printable } from '../render/words.ts';
import type { Terminal } from './terminal.ts';

/** What a confirmed transaction makes of the profiles that come up at boot. */
export interface Followed {
  readonly profiles: EnabledProfiles;
  /** Whether anything of them changed. */
  readonly changed: boolean;
  /** In force, so that they no longer count as failed. */
  readonly inForce: readonly string[];
  /** No longer in force, and so no longer kept. */
  readonly dropped: readonly string[];
}

/** What is kept of a profile in force. */
export function keptOf({ settings, appliedAt }: LedgerProfile): EnabledProfile {
  return { origin: settings.origin, appliedAt };
}

/**
 * What comes up at boot once the last transaction is confirmed, or undone. One that waits to be confirmed, or was undone without that, has no
 * say; neither has one about what it did not touch: a profile that could not come up at this boot is tried at the next. It can be asked again.
 */
export function followed(enabled: EnabledProfiles, { transaction, phase }: LastTransaction): Followed {
  const { ledgerBefore, ledgerAfter } = transaction;
  const [before, after] = phase === 'confirmed' ? [ledgerBefore, ledgerAfter] : [ledgerAfter, ledgerBefore];
  const profiles: Record<string, EnabledProfile> = {};
  const inForce: string[] = [];
  const dropped: string[] = [];
  for (const [name, kept] of Object.entries(enabled)) {
    const [now, then] = [profileIn(after, name), profileIn(before, name)];
    if (now !== undefined) {
      inForce.push(name);
      profiles[name] = keptOf(now);
    } else if (then !== undefined && (phase === 'confirmed' || then.appliedAt === kept.appliedAt)) dropped.push(name);
    else profiles[name] = kept;
  }
  return { profiles, changed: !sameValue(profiles, enabled), inForce, dropped };
}

/** A profile can be called "constructor". */
function profileIn({ profiles }: Ledger, name: string): LedgerProfile | undefined {
  return Object.hasOwn(profiles, name) ? profiles[name] : undefined;
}

/**
 * Brings what comes up at boot in line with what the last transaction left, where it is settled and anything is enabled at all. What is in
 * force stays so if that cannot be written; then it is said what comes up instead. Throws nothing.
 */
export async function followConfirmed(lastNow: () => LastTransaction | null, terminal: Terminal): Promise<void> {
  const files = new EnabledFiles();
  if (isEnabledHere() !== true || !files.exists()) return;
  try {
    const last = lastNow();
    if (last === null || (last.phase !== 'confirmed' && last.phase !== 'undone')) return;
    const { alarm, profiles } = files.read();
    if (alarm !== null) terminal.error(`Warning: ${alarm}`);
    const { inForce, dropped, changed } = followed(profiles, last);
    await files.count(Object.fromEntries(inForce.map((name) => [name, 0])));
    if (!changed) return;
    await files.change((present) => {
      const next = followed(present, last);
      return next.changed ? next.profiles : null;
    });
    for (const name of dropped) terminal.note(`Notice: "${name}" is no longer in force, and no longer comes up at boot`);
  } catch (error) {
    const { message, details } = error instanceof Failure ? error : { message: String(error), details: [] };
    terminal.error(`Warning: What comes up at boot is not in line with what is in force now: ${printable(message)}`);
    for (const detail of details) terminal.error(`  - ${printable(detail)}`);
  }
}
