import type { LinkName } from '../net/link-name.ts';
import type { Prefix } from '../net/prefix.ts';
import type { LinkIdentities } from './link-identity.ts';
import type { Operation } from './operation.ts';
import type { Settings } from './settings.ts';

/** One subject that parp touched: from what was there before the first profile, to what parp wrote last. */
export interface LedgerEntry {
  readonly operation: Operation;
  /** Names of the profiles that claim it; the subject is given back with the last one. */
  readonly claims: readonly string[];
  /** The key of the subject whose writing changed this one as a side effect; it is given back together with that one. */
  readonly effectOf?: string;
}

/** A profile in force. */
export interface LedgerProfile {
  readonly settings: Settings;
  /** When it was applied last, RFC 3339 in UTC. */
  readonly appliedAt: string;
  /** What the plan said that it would not keep of its promises; absent where that is nothing. */
  readonly waived?: readonly Waived[];
  /** By interface, for whom it was to answer (`answersDigest`), where the profile lets the routes decide that; absent where it does not. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** For whom an interface was not to answer although a profile promises it, and for whom beyond what it promises. */
export interface Waived {
  readonly interface: LinkName;
  readonly unanswered: readonly Prefix[];
  readonly surplus: readonly Prefix[];
}

/** Every subject that parp holds, by `subjectKey`. */
export type LedgerEntries = ReadonlyMap<string, LedgerEntry>;

/** What parp holds in this namespace; profiles by name. */
export interface Ledger {
  readonly profiles: Readonly<Record<string, LedgerProfile>>;
  readonly entries: LedgerEntries;
  /** Which interfaces the names in profiles and entries mean. */
  readonly links: LinkIdentities;
}

export const EMPTY_LEDGER: Ledger = { profiles: {}, entries: new Map(), links: {} };
