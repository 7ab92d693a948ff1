import type { End, Topology } from './topology.ts';

/** One host asking for one address: what comes of it before and after parp. */
export interface Check {
  readonly from: string;
  /** The address that is pinged. */
  readonly to: string;
  /** Who lives there, or why nobody does. */
  readonly what: string;
  readonly before: Answer;
  readonly after: Answer;
  /** Whose MAC stands in the asker's ARP table afterwards. */
  readonly answeredBy: End | 'nobody';
}

export type Answer = 'reply' | 'silence';

/** A throw-away network that shows what one kind of profile is for. */
export interface LabKind {
  readonly kind: string;
  readonly title: string;
  /** A few sentences: who wants to reach whom, and why they cannot. */
  readonly story: string;
  /** A drawing in plain characters, at most 76 columns. */
  readonly picture: string;
  readonly topology: Topology;
  /** The host on which parp runs. */
  readonly router: string;
  /** The profile's text. */
  readonly profile: string;
  readonly checks: readonly Check[];
  /** Echo requests of each check; more than one where what the router says to a stream matters. */
  readonly pings: number;
  /** Programs that it needs besides `ip` and `ping`. */
  readonly programs: readonly string[];
}
