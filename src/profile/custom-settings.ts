import { ipv4FromNumber } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { hostPrefix, rangeOf, type Prefix } from '../net/prefix.ts';
import { sysctlParts } from '../net/sysctl-path.ts';
import { PARP_PROTOCOL, type RouteValue } from '../model/operation.ts';
import type { HostState } from '../model/state.ts';
import {
  delaySettings,
  emptyDraft,
  finish,
  proxy,
  forwardingSettings,
  ownAddress,
  redirectSettings,
  requireLinks,
  sysctl,
  want,
  type Draft,
} from './common-settings.ts';
import { connectedNetworks, linkTowards, reachesOnLink, type Networks } from './connected.ts';
import type { Desired } from './desire.ts';
import type { Custom, CustomRoute } from './profile.ts';

/** Explicit pieces, as they stand. What a piece says of a switch goes before what a common key would say of it. */
export function customSettings(profile: Custom, host: HostState, present: HostState): Desired {
  const draft = emptyDraft();
  const links = linksOfCustom(profile);
  requireLinks(draft, profile, links, host);
  const named = profile.sysctl.map(({ path, value }) => sysctl(path, value));
  want(draft, named, delaySettings(profile, links, host), forwardingSettings(profile, links), redirectSettings(profile, links));
  for (const { address, interface: link } of profile.addresses) ownAddress(draft, link, address);
  const networks = connectedNetworks(
    present,
    profile.addresses.map(({ address, interface: at }) => ({ interface: at, addresses: [address] })),
  );
  for (const route of profile.routes) addRoute(draft, profile, route, networks);
  for (const { addresses, interface: link } of profile.proxies) {
    for (const address of eachOf(addresses)) draft.settings.push(proxy(address, link));
    draft.stale.push({ addresses: [addresses], on: link });
  }
  for (const { addresses, interface: link } of profile.announceAddresses) {
    draft.announcements.push({ interface: link, addresses: [addresses], role: 'host', because: [] });
  }
  return finish(profile, draft);
}

function* eachOf(prefix: Prefix) {
  const { first, last } = rangeOf(prefix);
  for (let number = first; number <= last; number++) yield ipv4FromNumber(number);
}

/** A route as it will be observed: the kernel works out the interface of a gateway, and refuses one that is not on a wire. */
function addRoute(draft: Draft, profile: Custom, route: CustomRoute, networks: Networks): void {
  const link = route.interface ?? (route.via === undefined ? undefined : linkTowards(hostPrefix(route.via), networks));
  const reachable =
    route.via === undefined || route.onlink === true || (link !== undefined && reachesOnLink(hostPrefix(route.via), link, networks));
  if (!reachable) {
    const where = route.interface === undefined ? 'of any interface' : `of ${route.interface}`;
    const message = `Gateway ${route.via} of route ${route.to} is not on a connected network ${where}; add an address with its subnet, or onlink: true`;
    draft.conflicts.push({ code: 'gateway-unreachable', message, profile: profile.name });
    return;
  }
  const value: RouteValue = {
    type: route.type,
    scope: route.scope,
    protocol: PARP_PROTOCOL,
    ...(link === undefined ? {} : { interface: link }),
    ...(route.via === undefined ? {} : { via: route.via }),
    ...(route.source === undefined ? {} : { source: route.source }),
    ...(route.onlink === undefined ? {} : { onlink: route.onlink }),
  };
  draft.settings.push({ kind: 'route', subject: { to: route.to, table: route.table, metric: route.metric }, value });
}

/** Every interface that a piece names: those that the common keys speak of. */
export function linksOfCustom(profile: Custom): LinkName[] {
  const links = new Set<LinkName>();
  for (const { path } of profile.sysctl) {
    const { group, holder } = sysctlParts(path);
    if (group !== 'global' && holder !== 'all' && holder !== 'default') links.add(holder as LinkName);
  }
  for (const piece of [...profile.addresses, ...profile.proxies, ...profile.announceAddresses]) links.add(piece.interface);
  for (const { interface: link } of profile.routes) if (link !== undefined) links.add(link);
  return [...links];
}
