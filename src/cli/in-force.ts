import type { Records } from '../engine/transaction.ts';
import type { RecordFiles } from '../host/records.ts';
import type { Ledger } from '../model/ledger.ts';
import type { Plan } from '../model/plan.ts';
import type { Writer } from './writer.ts';

/** Names of profiles, and when each was applied. */
export type AppliedProfiles = Readonly<Record<string, string>>;

export function appliedProfiles({ profiles }: Ledger): AppliedProfiles {
  return Object.fromEntries(Object.entries(profiles).map(([name, { appliedAt }]) => [name, appliedAt]));
}

/** Looks at the records as often as it is asked, at little cost, and aborts `givenUp` once a profile is no longer in force as it was applied. */
export function watchForce(files: RecordFiles, profiles: AppliedProfiles): { readonly look: () => void; readonly givenUp: AbortSignal } {
  const givenUp = new AbortController();
  // Records that are gone have a stamp as well.
  let seen: string | undefined;
  return {
    givenUp: givenUp.signal,
    look: () => {
      const stamp = files.stamp();
      if (stamp === seen) return;
      seen = stamp;
      if (!areInForce(profiles, files.read())) givenUp.abort();
    },
  };
}

/** How what waits to be confirmed is announced: only as long as nobody takes it back. */
export function whileInForce(plan: Plan, { files, signal }: Writer): { readonly beforeBatch: () => void; readonly signal: AbortSignal } {
  const { look, givenUp } = watchForce(files, appliedProfiles(plan.ledger));
  return { beforeBatch: look, signal: AbortSignal.any([signal, givenUp]) };
}

/** Whether the profiles are those that were applied, also beyond what is being written now. */
export function areInForce(profiles: AppliedProfiles, { ledger, last }: Records): boolean {
  const coming = last?.phase === 'open' || last?.phase === 'armed' ? last.transaction.ledgerAfter : ledger;
  return Object.entries(profiles).every(([name, appliedAt]) => coming.profiles[name]?.appliedAt === appliedAt);
}
