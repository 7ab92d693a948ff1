import type { AnswerChange } from './answer-change.ts';
import type { ForetoldAnswers } from './foretold-answers.ts';
import type { LinkName } from '../net/link-name.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Ledger } from './ledger.ts';
import type { LinkIdentities } from './link-identity.ts';
import type { Neighbour } from './state.ts';
import { sameValue, type Operation, type Setting, type Subject } from './operation.ts';
import type { Risk } from './risk.ts';
import type { AnnounceOptions, Claim, Settings } from './settings.ts';

/** Announcements that a plan makes due, with how they are sent. */
export interface DueAnnouncement {
  readonly profile: string;
  readonly interface: LinkName;
  readonly addresses: readonly Prefix[];
  readonly options: AnnounceOptions;
}

/** A subject of parp's that somebody else has changed since; it is left as it is. */
export interface Left {
  readonly subject: Subject;
  readonly expected: unknown;
  readonly found: unknown;
  /** What the value would have been given back to. */
  readonly before: unknown;
  readonly reason: string;
}

/** Why an apply cannot be: two profiles that want different values, a foreign object in the way, a missing interface. */
export interface Conflict {
  readonly code: string;
  readonly message: string;
  readonly profile: string;
}

/** Everything that a writing command is about to do, as plain data. */
export interface Plan {
  readonly profiles: readonly Settings[];
  /** Names of profiles that are given up. */
  readonly removed: readonly string[];
  /** In the order of writing; those with from = to hold a value that another one would change (`isHold`). */
  readonly operations: readonly Operation[];
  /** Which interfaces the names in the operations mean. */
  readonly links: LinkIdentities;
  readonly announcements: readonly DueAnnouncement[];
  /** Addresses to ask for on the wire before the first write. */
  readonly claims: readonly (Claim & { readonly probe: Settings['probe'] })[];
  readonly flush: readonly Neighbour[];
  readonly risks: readonly Risk[];
  readonly conflicts: readonly Conflict[];
  readonly left: readonly Left[];
  /** For whom the host answers after the plan and not before, or the other way round. */
  readonly answered: readonly AnswerChange[];
  /** For whom it answers because of the profiles that are applied: verified, too. */
  readonly foretold: readonly ForetoldAnswers[];
  /** What every profile in force wants after the plan: what is verified. */
  readonly desired: readonly Setting[];
  readonly ledger: Ledger;
}

/** Whether a plan still does to the same interfaces what another one did: not so where the host has moved on between them. */
export function isSameChange(a: Pick<Plan, 'operations' | 'links'>, b: Pick<Plan, 'operations' | 'links'>): boolean {
  return sameValue(a.operations, b.operations) && sameValue(a.links, b.links);
}
