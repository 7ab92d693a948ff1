import type { LinkName } from '../net/link-name.ts';
import { confPath, neighPath, type ConfKey } from '../net/sysctl-path.ts';
import { onceForEach } from './once-for-each.ts';
import { linkNamed, type HostState } from './state.ts';

// How the kernel combines conf/all with conf/<interface> (include/linux/inetdevice.h); KERNEL.md section 2 says which key goes which way.
// A switch that is not among the state's sysctls is off: an older kernel has not got it.

/** The interface's own value alone: IN_DEV_CONF_GET. */
export function ownSetting(state: HostState, holder: LinkName | 'all', key: ConfKey): number {
  return remembered(state, key, holder, () => Number(state.sysctls[confPath(holder, key)] ?? 0) || 0);
}

/** What is read of an interface's settings, once. */
function remembered(state: HostState, what: string, holder: string, read: () => number): number {
  const kinds = settingsRead(state);
  let holders = kinds.get(what);
  if (holders === undefined) kinds.set(what, (holders = new Map()));
  let value = holders.get(holder);
  if (value === undefined) holders.set(holder, (value = read()));
  return value;
}

/** What has been read of a state's sysctls: hundred thousand requests ask for the same few, and a path has to be put together for each. */
const settingsRead = onceForEach((_state: HostState): Map<string, Map<string, number>> => new Map());

/** On for the interface or for all: IN_DEV_ORCONF. */
export function isOn(state: HostState, link: LinkName, key: ConfKey): boolean {
  return ownSetting(state, 'all', key) !== 0 || ownSetting(state, link, key) !== 0;
}

/** The larger of both: IN_DEV_MAXCONF. */
export function largerSetting(state: HostState, link: LinkName, key: ConfKey): number {
  return Math.max(ownSetting(state, 'all', key), ownSetting(state, link, key));
}

/** The value that counts of a switch that is on for an interface or for all, as it stands in its file: `conf/all/proxy_arp=1`. */
export function onWords(state: HostState, link: LinkName, key: ConfKey): string {
  return ownWords(state, ownSetting(state, link, key) === 0 ? 'all' : link, key);
}

/** The value that counts of a switch of which the larger value does. */
export function largerWords(state: HostState, link: LinkName, key: ConfKey): string {
  return ownWords(state, ownSetting(state, 'all', key) > ownSetting(state, link, key) ? 'all' : link, key);
}

/** `conf/eth0/forwarding=1`. */
export function ownWords(state: HostState, holder: LinkName | 'all', key: ConfKey): string {
  return `conf/${holder}/${key}=${ownSetting(state, holder, key)}`;
}

/** Whether the state has the interface's switches. */
export function hasSettings(state: HostState, link: LinkName): boolean {
  return remembered(state, 'settings', link, () => (state.sysctls[confPath(link, 'forwarding')] === undefined ? 0 : 1)) === 1;
}

/** ETH_MIN_MTU: below it the kernel takes IPv4 from an interface, and all its switches (inetdev_event). */
const LEAST_MTU = 68;

export function lacksIpv4(state: HostState, link: LinkName): boolean {
  return !hasSettings(state, link) && (linkNamed(state, link)?.mtu ?? LEAST_MTU) < LEAST_MTU;
}

/** What a new interface waits, unless init_net says otherwise (arp_tbl). */
const DEFAULT_PROXY_DELAY = 800;

/** The same of how many answers may wait, beside one. */
const DEFAULT_PROXY_QLEN = 64;

/** proxy_qlen: how many answers the interface holds back beside one. */
export function proxyQueue(state: HostState, link: LinkName): number {
  return Number(state.sysctls[neighPath(link, 'proxy_qlen')] ?? DEFAULT_PROXY_QLEN);
}

/** How long the interface may hold a proxied answer back, in milliseconds. */
export function proxyDelay(state: HostState, link: LinkName): number {
  return remembered(state, 'proxy_delay', link, () => {
    const match = /^(\d+)ms$/.exec(state.sysctls[neighPath(link, 'proxy_delay')] ?? '');
    return match === null ? DEFAULT_PROXY_DELAY : Number(match[1]);
  });
}
