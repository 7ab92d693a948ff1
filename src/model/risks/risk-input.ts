import type { LinkName } from '../../net/link-name.ts';
import type { Operation } from '../operation.ts';
import type { AnswerPromise } from '../promises.ts';
import type { Risk, RiskCode, Severity } from '../risk.ts';
import type { Settings } from '../settings.ts';
import type { HostState } from '../state.ts';
import type { Concern } from './concern.ts';

export type LinkManager = 'systemd-networkd' | 'NetworkManager';

/** Who else configures interfaces, where somebody does. */
export type LinkManagers = ReadonlyMap<LinkName, LinkManager>;

/** Everything that risks are worked out from. */
export interface RiskInput {
  /** The profiles that are put in force. */
  readonly profiles: readonly Settings[];
  readonly before: HostState;
  /** The host as it is foretold once `operations` are written. */
  readonly after: HostState;
  readonly operations: readonly Operation[];
  /** Whom the profiles want to be answered for. */
  readonly promises: readonly AnswerPromise[];
  /** null where nobody asked. */
  readonly managers: LinkManagers | null;
}

/** The input as the families of risks see it: one profile at a time, and what it speaks of. */
export interface ProfileInput extends Omit<RiskInput, 'profiles'> {
  readonly settings: Settings;
  readonly concern: Concern;
  /** Every interface that some profile of the change speaks of. */
  readonly spokenOf: ReadonlySet<LinkName>;
}

/** The risks of one family that a profile runs on a host. */
export type RiskFamily = (input: ProfileInput) => readonly Risk[];

export function riskOf({ settings }: Pick<ProfileInput, 'settings'>, code: RiskCode, severity: Severity, message: string): Risk {
  return { code, severity, message, profile: settings.profile };
}

/** Names in a sentence: the first few, and how many more there are. */
export function named(names: Iterable<string>, most = 4): string {
  const all = [...names];
  const shown = all.slice(0, most).join(', ');
  return all.length > most ? `${shown} and ${all.length - most} more` : shown;
}
