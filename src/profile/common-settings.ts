import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import type { InterfaceAddress } from '../net/prefix.ts';
import { addressOf, hostPrefix } from '../net/prefix.ts';
import { confPath, IP_FORWARD, neighPath, type SysctlPath } from '../net/sysctl-path.ts';
import { occurOnce, PARP_PROTOCOL, subjectKey, type ProxyValue, type Setting, type Subject } from '../model/operation.ts';
import type { Conflict } from '../model/plan.ts';
import type { Risk, RiskCode, Severity } from '../model/risk.ts';
import type { Announcement, Claim, Settings, StaleNeighbours } from '../model/settings.ts';
import { linkNamed, type HostState } from '../model/state.ts';
import type { CommonKeys, Profile } from './profile.ts';

/** The settings of one profile while they are gathered; what a later line wants of a subject again is left out. */
export interface Draft {
  readonly settings: Setting[];
  readonly announcements: Announcement[];
  readonly claims: Claim[];
  readonly stale: StaleNeighbours[];
  readonly risks: Risk[];
  readonly conflicts: Conflict[];
}

export function emptyDraft(): Draft {
  return { settings: [], announcements: [], claims: [], stale: [], risks: [], conflicts: [] };
}

/** The settings that were gathered, each subject once: the first one counts. */
export function finish(profile: Profile, draft: Draft): { settings: Settings; conflicts: readonly Conflict[] } {
  const settings: Settings = {
    profile: profile.name,
    kind: profile.kind,
    settings: occurOnce(draft.settings) ? draft.settings : firstOfEach(draft.settings),
    announcements: draft.announcements.filter(({ addresses }) => addresses.length > 0),
    announce: profile.announce,
    claims: draft.claims.filter(({ addresses }) => addresses.length > 0),
    probe: profile.probe,
    stale: draft.stale.filter(({ addresses }) => addresses.length > 0),
    flush: profile.flush,
    risks: draft.risks,
    acceptRisks: profile.acceptRisks,
    origin: profile,
  };
  return { settings, conflicts: draft.conflicts };
}

/** Adds settings to those gathered. A profile may name very many interfaces, and the arguments of one call have to fit on the stack. */
export function want(draft: Draft, ...lists: readonly (readonly Setting[])[]): void {
  for (const list of lists) for (const setting of list) draft.settings.push(setting);
}

function firstOfEach(settings: readonly Setting[]): Setting[] {
  const first = new Map<string, Setting>();
  for (const setting of settings) {
    const key = subjectKey(setting);
    if (!first.has(key)) first.set(key, setting);
  }
  return [...first.values()];
}

export function sysctl(subject: SysctlPath, value: string): Setting {
  return { kind: 'sysctl', subject, value };
}

/** One value for all of them: there can be tens of thousands. */
const PROXY: ProxyValue = { protocol: PARP_PROTOCOL };

export function proxy(address: Ipv4, link: LinkName): Setting {
  return { kind: 'proxy', subject: { address, interface: link }, value: PROXY };
}

export function risk(draft: Draft, profile: Profile, code: RiskCode, severity: Severity, message: string): void {
  draft.risks.push({ code, severity, message, profile: profile.name });
}

/** Reports interfaces that do not exist, naming those that do, and those that are down and cannot carry routes. */
export function requireLinks(draft: Draft, profile: Profile, names: readonly LinkName[], host: HostState): void {
  for (const name of new Set(names)) {
    if (linkNamed(host, name) !== undefined) continue;
    draft.conflicts.push({
      code: 'no-such-interface',
      message: `Interface "${name}" does not exist; there are ${linkList(host)}`,
      profile: profile.name,
    });
  }
}

export function linkList(host: HostState): string {
  return host.links.map(({ name }) => name).join(', ');
}

/** proxy_delay in the kernel's grain: it rounds up to whole jiffies (neigh_parms, msecs_to_jiffies). */
export function delaySettings(keys: CommonKeys, links: readonly LinkName[], host: HostState): Setting[] {
  const delay = keys.proxyDelay;
  if (delay === 'keep') return [];
  const rounded = Math.ceil(delay / host.tickMs) * host.tickMs;
  return links.map((link) => sysctl(neighPath(link, 'proxy_delay'), `${rounded}ms`));
}

/** ip_forward with the interfaces' own switches (writing 1 over 1 would not touch them), or these alone. */
export function forwardingSettings(keys: CommonKeys, links: readonly LinkName[]): Setting[] {
  if (keys.forwarding === 'keep') return [];
  const own = links.map((link) => sysctl(confPath(link, 'forwarding'), '1'));
  return keys.forwarding === 'global' ? [sysctl(IP_FORWARD, '1'), ...own] : own;
}

/** Redirects stop only when the interface's switch and that of all are both 0 (IN_DEV_TX_REDIRECTS). */
export function redirectSettings(keys: CommonKeys, links: readonly LinkName[]): Setting[] {
  if (keys.redirects === 'keep') return [];
  return [...links.map((link) => sysctl(confPath(link, 'send_redirects'), '0')), sysctl(confPath('all', 'send_redirects'), '0')];
}

/** An address of the router's own: assigned if missing, asked for on its wire, announced there. */
export function ownAddress(draft: Draft, link: LinkName, address: InterfaceAddress): void {
  const setting: Setting = { kind: 'address', subject: { address, interface: link }, value: { scope: 'global' } };
  const because: Subject[] = [{ kind: 'address', subject: setting.subject }];
  const addresses = [hostPrefix(addressOf(address))];
  draft.settings.push(setting);
  draft.claims.push({ interface: link, addresses, role: 'own', because });
  draft.announcements.push({ interface: link, addresses, role: 'own', because });
}
