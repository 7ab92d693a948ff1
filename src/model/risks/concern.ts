import { LOOPBACK, type LinkName } from '../../net/link-name.ts';
import type { Prefix } from '../../net/prefix.ts';
import { IP_FORWARD, sysctlParts, type SysctlPath } from '../../net/sysctl-path.ts';
import type { AddressSubject, Setting } from '../operation.ts';
import type { Settings } from '../settings.ts';
import type { HostState } from '../state.ts';

/** What a profile's settings speak of, by interface; `lo` is never among them. */
export interface Concern {
  /** Every interface that the profile sets, addresses, or routes over. */
  readonly links: ReadonlySet<LinkName>;
  /** Where it switches proxy_arp on, by name or through conf/all. */
  readonly proxyArp: ReadonlySet<LinkName>;
  /** The same for proxy_arp_pvlan. */
  readonly pvlan: ReadonlySet<LinkName>;
  /** Where it has proxy neighbours. */
  readonly proxied: ReadonlySet<LinkName>;
  readonly addresses: readonly AddressSubject[];
  /** What it makes the host's own by local routes (KERNEL.md F5). */
  readonly locals: readonly Prefix[];
  /** Host routes that lead out. */
  readonly hostRoutes: readonly Prefix[];
  /** Whether it wants net.ipv4.ip_forward on. */
  readonly opensAll: boolean;
  /** Where its translation stands outside. */
  readonly outsides: ReadonlySet<LinkName>;
}

type Draft = { readonly [K in 'links' | 'proxyArp' | 'pvlan' | 'proxied' | 'outsides']: Set<LinkName> } & {
  readonly addresses: AddressSubject[];
  readonly locals: Prefix[];
  readonly hostRoutes: Prefix[];
  opensAll: boolean;
};

export function concernOf({ settings }: Settings, host: HostState): Concern {
  const draft: Draft = {
    links: new Set(),
    proxyArp: new Set(),
    pvlan: new Set(),
    proxied: new Set(),
    outsides: new Set(),
    addresses: [],
    locals: [],
    hostRoutes: [],
    opensAll: false,
  };
  for (const setting of settings) enterSetting(draft, setting, host);
  draft.links.delete(LOOPBACK);
  return draft;
}

function enterSetting(draft: Draft, setting: Setting, host: HostState): void {
  switch (setting.kind) {
    case 'sysctl':
      enterSwitch(draft, setting.subject, setting.value, host);
      break;
    case 'address':
      draft.links.add(setting.subject.interface);
      draft.addresses.push(setting.subject);
      break;
    case 'route': {
      const { subject, value } = setting;
      if (value.type === 'local') draft.locals.push(subject.to);
      else if (subject.to.endsWith('/32')) draft.hostRoutes.push(subject.to);
      if (value.interface !== undefined) draft.links.add(value.interface);
      break;
    }
    case 'proxy':
      draft.links.add(setting.subject.interface);
      draft.proxied.add(setting.subject.interface);
      break;
    case 'nat':
      draft.links.add(setting.value.outside);
      draft.outsides.add(setting.value.outside);
  }
}

function enterSwitch(draft: Draft, path: SysctlPath, value: string, host: HostState): void {
  if (path === IP_FORWARD) draft.opensAll ||= value !== '0';
  const { group, holder, key } = sysctlParts(path);
  if (group === 'global' || holder === 'default') return;
  const isAll = holder === 'all';
  if (!isAll) draft.links.add(holder as LinkName);
  const answering = key === 'proxy_arp' ? draft.proxyArp : key === 'proxy_arp_pvlan' ? draft.pvlan : undefined;
  if (group !== 'conf' || answering === undefined || value === '0') return;
  if (!isAll) answering.add(holder as LinkName);
  else for (const { name } of host.links) if (name !== LOOPBACK) answering.add(name);
}
