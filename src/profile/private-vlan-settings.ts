import { LOOPBACK, linkGlobMatches, type LinkName } from '../net/link-name.ts';
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
  sysctl,
  want,
  type Draft,
} from './common-settings.ts';
import type { Desired } from './desire.ts';
import type { PrivateVlan } from './profile.ts';

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
