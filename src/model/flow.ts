import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';

/** What a route is looked up for (struct flowi4). An ARP request has neither mark nor tos, protocol or ports. */
export interface Flow {
  readonly to: Ipv4;
  /** 0.0.0.0 where nobody is said. */
  readonly from: Ipv4;
  /** The receiving interface; lo for what the host itself sends. */
  readonly iif: LinkName;
  /** Only routes that leave by this interface. */
  readonly oif?: LinkName;
  /** Only routes of at least this scope (RT_SCOPE_*): narrower ones have higher numbers. */
  readonly scope?: number;
  /** FIB_LOOKUP_IGNORE_LINKSTATE: also by interfaces without carrier. */
  readonly ignoreLinkState?: true;
}
