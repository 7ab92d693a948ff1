import type { Ipv4 } from '../net/ipv4.ts';
import type { Severity } from './risk.ts';

/** Somebody who reaches this host over the network and shall go on doing so. */
export interface OperatorPeer {
  readonly peer: Ipv4;
  /** The address of this host that the session goes to, if it is known. */
  readonly local: Ipv4 | null;
  /** The TCP port of this host that the session goes to, if it is known. */
  readonly port?: number;
  /** How it is known that there is somebody: `SSH_CONNECTION of process 812`, `--protect`. */
  readonly why: string;
}

/** What a change would do to a way by which the host is managed. */
export interface PathFinding {
  readonly code: 'management-path' | 'gateway-proxied';
  readonly severity: Severity;
  /** Whether neither --confirm nor --force makes it good. */
  readonly always: boolean;
  /** With the remedy. */
  readonly message: string;
}
