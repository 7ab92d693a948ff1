import { addressesOf, addressSet, difference, NO_ADDRESSES, union, type AddressSet } from '../net/address-set.ts';
import { ipv4ToNumber } from '../net/ipv4.ts';
import { kernelLinkName, type LinkName } from '../net/link-name.ts';
import { confPath, sysctlParts, type SysctlPath } from '../net/sysctl-path.ts';
import { besides } from './answer-change.ts';
import { arpHook } from './arp-hooks.ts';
import { answeredBy, answeredOn } from './answered.ts';
import { groupBy } from './groups.ts';
import { isOn, largerSetting, ownSetting } from './link-settings.ts';
import { addNames } from './link-identity.ts';
import { onceForEach } from './once-for-each.ts';
import type { Settings } from './settings.ts';
import { linkNamed, type HostState } from './state.ts';

/** Whom an interface shall answer for by a profile. */
export interface AnswerPromise {
  readonly profile: string;
  readonly interface: LinkName;
  readonly addresses: AddressSet;
  /** For nobody else. */
  readonly only: boolean;
  /** What it hangs on besides: whoever lives behind a link without carrier cannot be reached. */
  readonly links: readonly LinkName[];
}

/**
 * What a profile promises on a host: of a pseudo-bridge the hosts of the other segments, of nat-proxy the public addresses, of custom its
 * proxy neighbours, of a private VLAN whomever routes lead to by its interfaces. Own and broadcast addresses are promised by nobody.
 */
export function promisesOf(settings: Settings, state: HostState): AnswerPromise[] {
  const { profile, kind } = settings;
  const promise = (link: LinkName, addresses: AddressSet, only: boolean, links: readonly LinkName[]): AnswerPromise => {
    return { profile, interface: link, addresses: difference(addresses, besides(state)), only, links };
  };
  const links = kind === 'private-vlan' ? [] : linksOf(settings);
  switch (kind) {
    case 'private-vlan':
      return privateLinks(settings).map((link) => promise(link, reachedBy(state, link), false, [link]));
    case 'pseudo-bridge':
    case 'nat-proxy': {
      const only = !settings.settings.some((setting) => setting.kind === 'sysctl' && setting.subject.endsWith('/proxy_arp'));
      const entries = settings.announcements.filter(({ role }) => role !== 'own');
      return [...groupBy(entries, (entry) => entry.interface)].map(([link, of]) =>
        promise(link, of.map((entry) => addressesOf(entry.addresses)).reduce(union), only, links),
      );
    }
    default: {
      const proxies = settings.settings.flatMap((setting) => (setting.kind === 'proxy' ? [setting.subject] : []));
      return [...groupBy(proxies, (entry) => entry.interface)].map(([link, of]) =>
        promise(link, addressSet(of.map(({ address }) => ({ first: ipv4ToNumber(address), last: ipv4ToNumber(address) }))), false, links),
      );
    }
  }
}

function linksOf({ settings }: Settings): LinkName[] {
  const names = new Set<string>();
  for (const setting of settings) addNames(names, setting);
  return [...names].map(kernelLinkName);
}

function privateLinks({ settings }: Settings): LinkName[] {
  return settings.flatMap((setting) => {
    if (setting.kind !== 'sysctl') return [];
    const { key, holder } = sysctlParts(setting.subject);
    return key === 'proxy_arp_pvlan' ? [kernelLinkName(holder)] : [];
  });
}

/** Whom a link would answer for as a private VLAN if nothing but the routes had a say. */
function reachedBy(state: HostState, link: LinkName): AddressSet {
  if (isNothingButPrivate(state, link)) return answeredBy(state).get(link)?.proxied ?? NO_ADDRESSES;
  return answeredOn(allPrivate(state), link).proxied;
}

/** Whether the switches of a link are already as `allPrivate` has them: then nothing has to be worked out anew. */
function isNothingButPrivate(state: HostState, link: LinkName): boolean {
  const isOff = !isOn(state, link, 'proxy_arp') && !isOn(state, link, 'send_redirects') && largerSetting(state, link, 'rp_filter') === 0;
  const isPrivate = isOn(state, link, 'proxy_arp_pvlan') && ownSetting(state, link, 'forwarding') !== 0;
  return isOff && isPrivate && state.proxies.length === 0 && arpHook(state, link) === undefined;
}

const allPrivate = onceForEach((state: HostState): HostState => {
  const sysctls: Record<SysctlPath, string> = { ...state.sysctls };
  for (const holder of ['all' as const, ...state.links.map(({ name }) => name)]) {
    for (const key of ['proxy_arp', 'rp_filter', 'send_redirects'] as const) sysctls[confPath(holder, key)] = '0';
    for (const key of ['proxy_arp_pvlan', 'forwarding'] as const) sysctls[confPath(holder, key)] = '1';
  }
  return { ...state, sysctls, nftables: [], proxies: [] };
});

/** Whether a link that a promise hangs on is down or has no carrier: then nobody's mistake keeps it from being kept. */
export function hangsInTheAir({ interface: link, links }: Pick<AnswerPromise, 'interface' | 'links'>, state: HostState): boolean {
  return [link, ...links].some((name) => {
    const flags = linkNamed(state, name)?.flags;
    return flags !== undefined && !(flags.includes('UP') && flags.includes('LOWER_UP'));
  });
}
