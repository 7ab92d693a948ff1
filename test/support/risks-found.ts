import { foretell } from '../../src/model/foretell.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import { makePlan } from '../../src/model/make-plan.ts';
import { promisesOf } from '../../src/model/promises.ts';
import type { Risk } from '../../src/model/risk.ts';
import type { LinkManager } from '../../src/model/risks/risk-input.ts';
import { risksOf } from '../../src/model/risks/risks-of.ts';
import type { HostState } from '../../src/model/state.ts';
import { desire } from '../../src/profile/desire.ts';
import { link } from './operations.ts';
import { profilesFrom } from './profile-text.ts';

/** A host as it is once the profiles of a text are in force. */
export function inForce(state: HostState, text: string): HostState {
  return foretell(state, planFor(state, text).operations);
}

/** The risks of putting the profiles of a text in force on a host, of the model alone. */
export function risksFound(state: HostState, text: string, managers?: Readonly<Record<string, LinkManager>>): readonly Risk[] {
  const { profiles, operations } = planFor(state, text);
  const after = foretell(state, operations);
  return risksOf({
    profiles,
    before: state,
    after,
    promises: profiles.flatMap((settings) => promisesOf(settings, after)),
    operations,
    managers: managers === undefined ? null : new Map(Object.entries(managers).map(([name, manager]) => [link(name), manager])),
  });
}

/** The same in short: `severity code`. */
export function kindsFound(...of: Parameters<typeof risksFound>): string[] {
  return risksFound(...of).map(({ severity, code }) => `${severity} ${code}`);
}

function planFor(state: HostState, text: string) {
  const desired = profilesFrom(text).map((profile) => desire(profile, state));
  return makePlan({
    state,
    ledger: EMPTY_LEDGER,
    apply: desired.map(({ settings }) => settings),
    remove: [],
    conflicts: desired.flatMap(({ conflicts }) => conflicts),
    now: '2030-01-01T00:00:00.000Z',
  });
}
