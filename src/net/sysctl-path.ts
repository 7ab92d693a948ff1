import { parsed, unparsed, type Parsed } from './parsed.ts';
import type { LinkName } from './link-name.ts';

declare const brand: unique symbol;

/** A sysctl as its path below /proc/sys: `net/ipv4/conf/eth0.100/proxy_arp`. Dotted names are ambiguous for such interfaces, so they exist only in profiles. */
export type SysctlPath = string & { readonly [brand]: 'SysctlPath' };

/** The per-interface keys of IPv4 that take part in ARP, forwarding and redirects. */
export const CONF_KEYS = [
  'accept_local',
  'accept_redirects',
  'arp_accept',
  'arp_announce',
  'arp_evict_nocarrier',
  'arp_filter',
  'arp_ignore',
  'arp_notify',
  'bc_forwarding',
  'drop_gratuitous_arp',
  'forwarding',
  'ignore_routes_with_linkdown',
  'medium_id',
  'promote_secondaries',
  'proxy_arp',
  'proxy_arp_pvlan',
  'route_localnet',
  'rp_filter',
  'secure_redirects',
  'send_redirects',
  'shared_media',
] as const;
export type ConfKey = (typeof CONF_KEYS)[number];

/** The neighbour-table keys that take part; `proxy_delay` and `locktime` are counted in milliseconds here, not in the file's 1/100 s. */
export const NEIGH_KEYS = ['locktime', 'proxy_delay', 'proxy_qlen'] as const;
export type NeighKey = (typeof NEIGH_KEYS)[number];

export const IP_FORWARD = 'net/ipv4/ip_forward' as SysctlPath;
export const IP_NONLOCAL_BIND = 'net/ipv4/ip_nonlocal_bind' as SysctlPath;

/** `net/ipv4/conf/<interface>/<key>`; `all` and `default` are not interfaces but stand in their place. */
export function confPath(holder: LinkName | 'all' | 'default', key: ConfKey): SysctlPath {
  return `net/ipv4/conf/${holder}/${key}` as SysctlPath;
}

export function neighPath(link: LinkName, key: NeighKey): SysctlPath {
  return `net/ipv4/neigh/${link}/${key}` as SysctlPath;
}

export interface SysctlParts {
  readonly group: 'conf' | 'neigh' | 'global';
  /** An interface, `all` or `default`; empty for a global key. */
  readonly holder: string;
  readonly key: string;
}

/** `net/ipv4/`. */
const ROOT_LENGTH = 9;

export function sysctlParts(path: SysctlPath): SysctlParts {
  const holder = path.indexOf('/', ROOT_LENGTH) + 1;
  if (holder === 0) return { group: 'global', holder: '', key: path.slice(ROOT_LENGTH) };
  const key = path.lastIndexOf('/') + 1;
  return { group: path.startsWith('neigh', ROOT_LENGTH) ? 'neigh' : 'conf', holder: path.slice(holder, key - 1), key: path.slice(key) };
}

/** Parses a path below /proc/sys: `net/ipv4/ip_forward`, `net/ipv4/ip_nonlocal_bind`, `net/ipv4/conf/<if>/<key>`, `net/ipv4/neigh/<if>/<key>`. */
export function parseSysctlPath(text: string): Parsed<SysctlPath> {
  if (text === IP_FORWARD || text === IP_NONLOCAL_BIND) return parsed(text as SysctlPath);
  const match = /^net\/ipv4\/(conf|neigh)\/([^/\s:]{1,15})\/([a-z0-9_]{1,64})$/.exec(text);
  if (match === null || match[2] === '.' || match[2] === '..') {
    return unparsed(
      'bad-sysctl-path',
      `"${text}" is not one of net/ipv4/ip_forward, net/ipv4/ip_nonlocal_bind, net/ipv4/conf/INTERFACE/KEY, net/ipv4/neigh/INTERFACE/KEY`,
    );
  }
  return parsed(text as SysctlPath);
}
