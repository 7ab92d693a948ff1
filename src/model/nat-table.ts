import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import type { Prefix } from '../net/prefix.ts';

/**
 * The whole translation of one profile as data, in the order in which its rules are asked. Rendered to and recognised from
 * nftables as table `ip parp_<name>`.
 */
export interface NatTable {
  /** Marks the table as parp's and tells its version; recognised tables that do not carry it are somebody else's. */
  readonly comment: string;
  readonly outside: LinkName;
  /** Inwards, hook prerouting: ports before addresses before prefixes. */
  readonly inwards: readonly InwardRule[];
  /** Outwards, hook postrouting: one to one, then prefix, then source, most specific first. */
  readonly outwards: readonly OutwardRule[];
  /** What is dropped at hook input when it arrives untranslated. */
  readonly guarded: readonly Prefix[];
}

export type InwardRule =
  | {
      readonly match: 'port';
      readonly public: Ipv4;
      readonly protocol: 'tcp' | 'udp';
      readonly port: number;
      readonly to: Ipv4;
      readonly toPort: number;
    }
  | { readonly match: 'address'; readonly public: Ipv4; readonly private: Ipv4 }
  | { readonly match: 'prefix'; readonly public: Prefix; readonly private: Prefix };

export type OutwardRule =
  | { readonly match: 'address'; readonly private: Ipv4; readonly public: Ipv4 }
  | { readonly match: 'prefix'; readonly private: Prefix; readonly public: Prefix }
  | { readonly match: 'source'; readonly source: Prefix; readonly public: Ipv4 };
