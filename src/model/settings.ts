import type { LinkName } from '../net/link-name.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Setting, Subject } from './operation.ts';
import type { Risk } from './risk.ts';

/** How gratuitous ARP is sent; spacing in milliseconds, rate in frames a second for each interface (null: unlimited). */
export interface AnnounceOptions {
  readonly rounds: number;
  readonly spacingMs: number;
  readonly form: 'request' | 'reply' | 'both';
  readonly rate: number | null;
}

export const ANNOUNCE_DEFAULTS: AnnounceOptions = { rounds: 3, spacingMs: 1200, form: 'both', rate: 1000 };

/**
 * Whose the addresses are: the router's own, public ones that it translates, or hosts of another segment. Own and public addresses
 * are new with one of the subjects; of hosts each one may be new by itself.
 */
export type Role = 'own' | 'public' | 'host';

/** Addresses that an interface will answer for, and that its neighbours must hear of when they, or one of the subjects, are new. */
export interface Announcement {
  readonly interface: LinkName;
  readonly addresses: readonly Prefix[];
  readonly role: Role;
  /** Empty: whenever anything of the profile changes. */
  readonly because: readonly Subject[];
}

/** Addresses that nobody else may own on the interface's wire; asked for when they, or one of the subjects, are new. */
export interface Claim {
  readonly interface: LinkName;
  readonly addresses: readonly Prefix[];
  readonly role: Role;
  readonly because: readonly Subject[];
}

/** Neighbour entries that the profile proves wrong: these addresses on `on` (absent: anywhere), but for `except`. */
export interface StaleNeighbours {
  readonly addresses: readonly Prefix[];
  readonly on?: LinkName;
  readonly except?: LinkName;
}

export type ProbeMode = boolean | 'rfc5227';

/** What one profile wants of one host: everything that planning, announcing and verifying need, as plain data. */
export interface Settings {
  readonly profile: string;
  readonly kind: string;
  readonly settings: readonly Setting[];
  readonly announcements: readonly Announcement[];
  readonly announce: AnnounceOptions | false;
  readonly claims: readonly Claim[];
  readonly probe: ProbeMode;
  readonly stale: readonly StaleNeighbours[];
  /** Whether entries of the table that are stale are dropped. */
  readonly flush: boolean;
  readonly risks: readonly Risk[];
  readonly acceptRisks: readonly string[];
  /** The profile as it was parsed (`Profile` of src/profile/), whole: what is worked out anew at boot. */
  readonly origin: object;
}
