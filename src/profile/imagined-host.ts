import { kernelLinkName, linkGlobMatches, LOOPBACK, type LinkName } from '../net/link-name.ts';
import { linkNamed, type HostState } from '../model/state.ts';
import { linksOfCustom } from './custom-settings.ts';
import type { Profile } from './profile.ts';

/** The interfaces that a profile names, and its patterns, in their order. */
function namedBy(profile: Profile): readonly (LinkName | { readonly glob: string })[] {
  switch (profile.kind) {
    case 'pseudo-bridge':
      return profile.segments.map((segment) => segment.interface);
    case 'private-vlan':
      return profile.interfaces;
    case 'nat-proxy':
      return [profile.outside, profile.inside];
    case 'custom':
      return linksOfCustom(profile);
  }
}

/** What a profile names and the host does not have. */
export function missingFrom(host: HostState, profile: Profile): string[] {
  return namedBy(profile).flatMap((named) => {
    if (typeof named === 'string') return linkNamed(host, named) === undefined ? [named] : [];
    return host.links.some(({ name }) => name !== LOOPBACK && linkGlobMatches(named.glob, name)) ? [] : [named.glob];
  });
}

/** A host with nothing but the interfaces that a profile names; a pattern stands for one interface of that name. */
export function imaginedHost(profile: Profile): { readonly profile: Profile; readonly host: HostState } {
  const names = new Set(namedBy(profile).map((named) => (typeof named === 'string' ? named : kernelLinkName(named.glob))));
  const host: HostState = {
    links: [LOOPBACK, ...names].map((name, at) => ({ index: at + 1, name, mac: null, flags: ['UP'], kind: null, mtu: 1500, master: null })),
    addresses: [],
    routes: [],
    rules: [],
    nexthops: [],
    sysctls: {},
    proxies: [],
    neighbours: [],
    nftables: null,
    nat: {},
    sticky: { customRules: null, customLocalRoutes: null },
    tickMs: 1,
  };
  return { host, profile: profile.kind === 'private-vlan' ? { ...profile, interfaces: [...names] } : profile };
}
