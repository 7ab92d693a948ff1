import type { LinkName } from '../net/link-name.ts';
import { confPath, neighPath, type ConfKey } from '../net/sysctl-path.ts';
import { linkNamed, type HostState } from './state.ts';

// How the kernel combines conf/all with conf/<interface> (include/linux/inetdevice.h); KERNEL.md section 2 says which key goes which way.
// A switch that is not among the state's sysctls is off: an older kernel has not got it.

/** The interface's own value alone: IN_DEV_CONF_GET. */
export function ownSetting(state: HostState, holder: LinkName | 'all', key: ConfKey): number {
  const value = Number(state.sysctls[confPath(holder, key)] ?? 0);
  return Number.isNaN(value) ? 0 : value;
}

/** On for the interface or for all: IN_DEV_ORCONF. */
export function isOn(state: HostState, link: LinkName, key: ConfKey): boolean {
  return ownSetting(state, 'all', key) !== 0 || ownSetting(state, link, key) !== 0;
}

/** The larger of both: IN_DEV_MAXCONF. */
export function largerSetting(state: HostState, link: LinkName, key: ConfKey): number {
  return Math.max(ownSetting(state, 'all', key), ownSetting(state, link, key));
}

/** Whether the state has the interface's switches. */
export function hasSettings(state: HostState, link: LinkName): boolean {
  return state.sysctls[confPath(link, 'forwarding')] !== undefined;
}

/** ETH_MIN_MTU: below it the kernel takes IPv4 from an interface, and all its switches (inetdev_event). */
const LEAST_MTU = 68;

export function lacksIpv4(state: HostState, link: LinkName): boolean {
  return !hasSettings(state, link) && (linkNamed(state, link)?.mtu ?? LEAST_MTU) < LEAST_MTU;
}

/** What a new interface waits, unless init_net says otherwise (arp_tbl). */
const DEFAULT_PROXY_DELAY = 800;

/** How long the interface may hold a proxied answer back, in milliseconds. */
export function proxyDelay(state: HostState, link: LinkName): number {
  const match = /^(\d+)ms$/.exec(state.sysctls[neighPath(link, 'proxy_delay')] ?? '');
  return match === null ? DEFAULT_PROXY_DELAY : Number(match[1]);
}
