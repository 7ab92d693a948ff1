import type { Milliseconds } from '../net/duration.ts';
import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import type { InterfaceAddress, Prefix } from '../net/prefix.ts';
import type { Range } from '../net/range.ts';
import type { SysctlPath } from '../net/sysctl-path.ts';
import type { RouteScope, RouteType } from '../model/operation.ts';
import type { RiskCode } from '../model/risk.ts';
import type { AnnounceOptions, ProbeMode } from '../model/settings.ts';

/** What every kind of profile says, with the defaults of its kind filled in. */
export interface CommonKeys {
  readonly name: string;
  readonly description?: string;
  /** How long the interface waits before it answers by proxy; `keep` leaves it. */
  readonly proxyDelay: Milliseconds | 'keep';
  readonly forwarding: 'global' | 'interfaces' | 'keep';
  /** false: send_redirects=0 on the interfaces and in all. */
  readonly redirects: false | 'keep';
  readonly flush: boolean;
  readonly probe: ProbeMode;
  readonly announce: AnnounceOptions | false;
  readonly acceptRisks: readonly RiskCode[];
}

/** One entry of `hosts`: who lives on a segment. */
export interface HostEntry extends Range {
  /** Only a prefix may contain more specific entries of other segments. */
  readonly as: 'address' | 'range' | 'prefix';
}

export interface Segment {
  readonly interface: LinkName;
  readonly addresses: readonly InterfaceAddress[];
  readonly hosts: readonly HostEntry[];
}

export interface PseudoBridge extends CommonKeys {
  readonly kind: 'pseudo-bridge';
  readonly segments: readonly Segment[];
  readonly answer: 'routed' | 'listed';
}

export interface PrivateVlan extends CommonKeys {
  readonly kind: 'private-vlan';
  /** Names, or patterns over the names of links. */
  readonly interfaces: readonly (LinkName | { readonly glob: string })[];
  readonly addresses: readonly InterfaceAddress[];
}

export type NatMapping =
  | { readonly map: 'address'; readonly public: Ipv4; readonly private: Ipv4 }
  | { readonly map: 'prefix'; readonly public: Prefix; readonly private: Prefix }
  | { readonly map: 'source'; readonly public: Ipv4; readonly source: Prefix }
  | {
      readonly map: 'port';
      readonly public: Ipv4;
      readonly protocol: 'tcp' | 'udp';
      readonly port: number;
      readonly to: Ipv4;
      readonly toPort: number;
    };

export interface NatProxy extends CommonKeys {
  readonly kind: 'nat-proxy';
  readonly outside: LinkName;
  readonly inside: LinkName;
  readonly nat: readonly NatMapping[];
  readonly manageNat: boolean;
}

export interface CustomRoute {
  readonly to: Prefix;
  readonly interface?: LinkName;
  readonly via?: Ipv4;
  readonly metric: number;
  readonly table: number;
  readonly type: RouteType;
  readonly scope: RouteScope;
  readonly source?: Ipv4;
  readonly onlink?: true;
}

export interface Custom extends CommonKeys {
  readonly kind: 'custom';
  /** Values as the kernel's files show them; proxy_delay and locktime as `<n>ms`. */
  readonly sysctl: readonly { readonly path: SysctlPath; readonly value: string }[];
  readonly addresses: readonly { readonly address: InterfaceAddress; readonly interface: LinkName }[];
  readonly routes: readonly CustomRoute[];
  readonly proxies: readonly { readonly addresses: Prefix; readonly interface: LinkName }[];
  readonly announceAddresses: readonly { readonly addresses: Prefix; readonly interface: LinkName }[];
}

/** A profile that was parsed and checked by itself: no key missing, hosts files read, nothing of the host known yet. */
export type Profile = PseudoBridge | PrivateVlan | NatProxy | Custom;
