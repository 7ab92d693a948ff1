import type { LedgerProfile } from '../model/ledger.ts';
import { subjectKey, type Setting } from '../model/operation.ts';
import { remaining, type Remaining } from '../model/remaining.ts';
import type { HostState } from '../model/state.ts';

/** What a profile wants and the host does not have, each subject once. */
export function driftOf({ settings }: LedgerProfile, state: HostState): Remaining[] {
  const once = new Map<string, Setting>(settings.settings.map((setting) => [subjectKey(setting), setting]));
  return remaining([...once.values()], state);
}
