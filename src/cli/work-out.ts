import { loadProfiles } from '../host/read-profile.ts';
import { withConsequences } from '../model/consequences.ts';
import { Failure } from '../model/failure.ts';
import type { Ledger } from '../model/ledger.ts';
import { followLedger } from '../model/link-identity.ts';
import { makePlan } from '../model/make-plan.ts';
import type { OperatorPeer } from '../model/operator-peer.ts';
import type { Plan } from '../model/plan.ts';
import type { Risk, RiskCode } from '../model/risk.ts';
import type { LinkManagers } from '../model/risks/risk-input.ts';
import type { HostState } from '../model/state.ts';
import { withoutParp } from '../model/without-parp.ts';
import { desire } from '../profile/desire.ts';
import type { Profile } from '../profile/profile.ts';
import { showDiagnostics } from './show-diagnostics.ts';
import type { Terminal } from './terminal.ts';

/** The profiles of the files; mistakes are drawn on stderr and end the command as `invalid`. */
export async function profilesOf(files: readonly string[], terminal: Terminal): Promise<readonly Profile[]> {
  if (files.length === 0)
    throw new Failure('invalid', 'usage', 'Name at least one profile', { remedy: 'For example: parp plan office.yaml' });
  const { profiles, diagnostics, warnings } = await loadProfiles([...files]);
  for (const warning of warnings) terminal.note(`Warning: ${warning}`);
  showDiagnostics(diagnostics, terminal);
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

/** What putting the profiles in force comes to on this host, and to the ways of those who operate it. */
export function planProfiles(
  profiles: readonly Profile[],
  state: HostState,
  held: Ledger,
  now: string,
  peers: readonly OperatorPeer[] = [],
  managers: LinkManagers | null = null,
): Plan {
  const ledger = followLedger(held, state.links);
  const host = withoutParp(state, ledger);
  const desired = profiles.map((profile) => desire(profile, host, state));
  const plan = makePlan({
    state,
    ledger,
    apply: desired.map(({ settings }) => settings),
    remove: [],
    conflicts: desired.flatMap(({ conflicts }) => conflicts),
    now,
  });
  return withConsequences(plan, state, peers, managers);
}

/** What taking profiles out of force comes to, and to the ways of those who operate the host. */
export function planRemoval(
  names: readonly string[],
  state: HostState,
  ledger: Ledger,
  now: string,
  peers: readonly OperatorPeer[] = [],
): Plan {
  return withConsequences(
    makePlan({ state, ledger: followLedger(ledger, state.links), apply: [], remove: names, now }),
    state,
    peers,
    null,
  );
}

/** What the caller takes for a warning: every risk with force, or some by their codes. */
export interface Accepting {
  readonly force: boolean;
  readonly codes?: readonly RiskCode[];
}

/** The plan with the refusals that the caller or their profile accepts as warnings. */
export function accepting(plan: Plan, { force, codes = [] }: Accepting): Plan {
  const isAccepted = ({ severity, profile, code }: Risk): boolean =>
    severity === 'refusal' &&
    (force ||
      codes.includes(code) ||
      plan.profiles.some((settings) => settings.profile === profile && settings.acceptRisks.includes(code)));
  return { ...plan, risks: plan.risks.map((risk): Risk => (isAccepted(risk) ? { ...risk, severity: 'warning' } : risk)) };
}

/** Throws `Failure` 'refused' where a plan must not be carried out: a conflict, or a risk that nobody accepted. */
export function refuse(plan: Plan): void {
  const reasons = refusals(plan);
  const [first] = reasons;
  if (first === undefined) return;
  if (reasons.length === 1) throw new Failure('refused', first.code, first.message);
  throw new Failure('refused', first.code, `${reasons.length} things stand in the way`, { details: reasons.map(({ message }) => message) });
}

/** Why a plan would be refused: conflicts, and risks of severity refusal. */
export function refusals(plan: Plan): { readonly code: string; readonly message: string }[] {
  return [...plan.conflicts, ...plan.risks.filter(({ severity }) => severity === 'refusal')];
}
