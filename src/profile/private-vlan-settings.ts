import { LOOPBACK, linkGlobMatches, type LinkName } from '../net/link-name.ts';
import { lengthOf } from '../net/prefix.ts';
import { confPath } from '../net/sysctl-path.ts';
import type { HostState } from '../model/state.ts';
import {
  delaySettings,
  emptyDraft,
  finish,
  forwardingSettings,
  linkList,
  ownAddress,
  redirectSettings,
  requireLinks,
  risk,
  sysctl,
  want,
  type Draft,
} from './common-settings.ts';
import type { Desired } from './desire.ts';
import type { PrivateVlan } from './profile.ts';
import { RT_TABLE_LOCAL } from '../model/operation.ts';

/** Hosts that the switch keeps apart talk through the router: it answers on the asker's own link (RFC 3069). */
export function privateVlanSettings(profile: PrivateVlan, host: HostState): Desired {
  const draft = emptyDraft();
  const links = resolveLinks(draft, profile, host);
  want(draft, delaySettings(profile, links, host), forwardingSettings(profile, links));
  // The parser takes addresses only beside a single name.
  const [only] = links;
  if (only !== undefined) for (const address of profile.addresses) ownAddress(draft, only, address);
  const answering = links.map((link) => sysctl(confPath(link, 'proxy_arp_pvlan'), '1'));
  want(draft, redirectSettings(profile, links), answering);
  const givesSubnet = profile.addresses.some((address) => lengthOf(address) < 32);
  const routed = linksWithRoutes(host);
  for (const link of links) if (!givesSubnet && !routed.has(link)) risk(draft, profile, 'pvlan-no-route', 'warning', noRoute(link));
  return finish(profile, draft);
}

function resolveLinks(draft: Draft, profile: PrivateVlan, host: HostState): LinkName[] {
  const links = new Set<LinkName>();
  for (const entry of profile.interfaces) {
    if (typeof entry === 'string') {
      requireLinks(draft, profile, [entry], host);
      links.add(entry);
      continue;
    }
    const matching = host.links.map(({ name }) => name).filter((name) => name !== LOOPBACK && linkGlobMatches(entry.glob, name));
    if (matching.length === 0) {
      const message = `No interface matches "${entry.glob}"; there are ${linkList(host)}`;
      draft.conflicts.push({ code: 'no-such-interface', message, profile: profile.name });
    }
    for (const name of matching) links.add(name);
  }
  return [...links];
}

/** The links by which any route leads out, but for table local: without one nothing is answered there. */
function linksWithRoutes(host: HostState): ReadonlySet<LinkName | undefined> {
  const links = new Set<LinkName | undefined>();
  for (const { table, type, interface: at, hops } of host.routes) {
    if (table === RT_TABLE_LOCAL || type !== 'unicast') continue;
    links.add(at);
    for (const hop of hops ?? []) links.add(hop.interface);
  }
  return links;
}

function noRoute(link: LinkName): string {
  return `No route leads to the hosts of ${link}: without one nothing is answered there; give the interface an address with its subnet, or add host routes over it`;
}
