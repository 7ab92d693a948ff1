import { loadProfiles } from '../host/read-profile.ts';
import { Failure } from '../model/failure.ts';
import type { Ledger } from '../model/ledger.ts';
import { followLedger } from '../model/link-identity.ts';
import { makePlan } from '../model/make-plan.ts';
import type { Plan } from '../model/plan.ts';
import type { HostState } from '../model/state.ts';
import { withoutParp } from '../model/without-parp.ts';
import { desire } from '../profile/desire.ts';
import type { Profile } from '../profile/profile.ts';
import { drawDiagnostics } from './diagnostic-text.ts';
import type { Terminal } from './terminal.ts';

/** The profiles of the files; mistakes are drawn on stderr and end the command as `invalid`. */
export async function profilesOf(files: readonly string[], terminal: Terminal): Promise<readonly Profile[]> {
  if (files.length === 0)
    throw new Failure('invalid', 'usage', 'Name at least one profile', { remedy: 'For example: parp plan office.yaml' });
  const { profiles, diagnostics, warnings } = await loadProfiles([...files]);
  for (const warning of warnings) terminal.note(`Warning: ${warning}`);
  if (diagnostics.length > 0) terminal.error(drawDiagnostics(diagnostics, terminal));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new InvalidProfiles(diagnostics, `${errors.length === 1 ? 'A mistake' : `${errors.length} mistakes`} in ${files.join(', ')}`);
  return profiles;
}

/** Mistakes in profiles, which were drawn already. */
export class InvalidProfiles extends Failure {
  readonly diagnostics: readonly object[];

  constructor(diagnostics: readonly object[], message: string) {
    super('invalid', 'invalid-profile', message);
    this.diagnostics = diagnostics;
  }
}

/** What putting the profiles in force comes to on this host. */
export function planProfiles(profiles: readonly Profile[], state: HostState, held: Ledger, now: string): Plan {
  const ledger = followLedger(held, state.links);
  const host = withoutParp(state, ledger);
  const desired = profiles.map((profile) => desire(profile, host, state));
  return makePlan({
    state,
    ledger,
    apply: desired.map(({ settings }) => settings),
    remove: [],
    conflicts: desired.flatMap(({ conflicts }) => conflicts),
    now,
  });
}

/** What taking profiles out of force comes to. */
export function planRemoval(names: readonly string[], state: HostState, ledger: Ledger, now: string): Plan {
  return makePlan({ state, ledger: followLedger(ledger, state.links), apply: [], remove: names, now });
}

/** Throws `Failure` 'refused' where a plan must not be carried out: a conflict, or a risk that nobody accepted. */
export function refuse(plan: Plan, force: boolean): void {
  const reasons = refusals(plan, force);
  const [first] = reasons;
  if (first === undefined) return;
  if (reasons.length === 1) throw new Failure('refused', first.code, first.message);
  throw new Failure('refused', first.code, `${reasons.length} things stand in the way`, { details: reasons.map(({ message }) => message) });
}

/** Why a plan would be refused: conflicts always, risks of severity refusal unless the profile accepts them or force is used. */
export function refusals(plan: Plan, force: boolean): { readonly code: string; readonly message: string }[] {
  const accepted = (profile: string, code: string): boolean =>
    force || plan.profiles.some((settings) => settings.profile === profile && settings.acceptRisks.includes(code));
  return [...plan.conflicts, ...plan.risks.filter(({ severity, profile, code }) => severity === 'refusal' && !accepted(profile, code))];
}
