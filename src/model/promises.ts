import {
  addressSet,
  difference,
  firstPrefixes,
  intersection,
  isEmptySet,
  NO_ADDRESSES,
  union,
  type AddressSet,
} from '../net/address-set.ts';
import { ipv4FromNumber, ipv4ToNumber, type Ipv4 } from '../net/ipv4.ts';
import { kernelLinkName, type LinkName } from '../net/link-name.ts';
import { rangeOf } from '../net/prefix.ts';
import { confPath, sysctlParts, type SysctlPath } from '../net/sysctl-path.ts';
import { answeredBy } from './answered.ts';
import { besides, surely } from './answer-change.ts';
import { arpDecision } from './arp-decision.ts';
import type { ArpReason } from './arp-outcome.ts';
import { onceForEach } from './once-for-each.ts';
import { groupBy } from './groups.ts';
import type { Settings } from './settings.ts';
import { linkNamed, type HostState } from './state.ts';
import { typicalSenders } from './typical-sender.ts';

/** Whom an interface shall answer for by a profile. */
export interface AnswerPromise {
  readonly profile: string;
  readonly interface: LinkName;
  readonly addresses: AddressSet;
  /** For nobody else. */
  readonly only: boolean;
}

/**
 * What a profile promises on a host: of a pseudo-bridge the hosts of the other segments, of nat-proxy the public addresses, of custom its
 * proxy neighbours, of a private VLAN whomever routes lead to by its interfaces. Own and broadcast addresses are promised by nobody.
 */
export function promisesOf(settings: Settings, state: HostState): AnswerPromise[] {
  const { profile, kind } = settings;
  switch (kind) {
    case 'pseudo-bridge': {
      const only = !settings.settings.some((setting) => setting.kind === 'sysctl' && setting.subject.endsWith('/proxy_arp'));
      return announced(settings, 'host', only, state);
    }
    case 'nat-proxy':
      return announced(settings, 'public', true, state);
    case 'private-vlan':
      return privateLinks(settings).map((link) => ({ profile, interface: link, addresses: reachedBy(state, link), only: false }));
    default: {
      const proxies = settings.settings.flatMap((setting) => (setting.kind === 'proxy' ? [setting.subject] : []));
      return [...groupBy(proxies, (entry) => entry.interface)].map(([link, entries]) => {
        const ranges = entries.map(({ address }) => ({ first: ipv4ToNumber(address), last: ipv4ToNumber(address) }));
        return { profile, interface: link, addresses: difference(addressSet(ranges), besides(state)), only: false };
      });
    }
  }
}

function announced({ profile, announcements }: Settings, role: 'host' | 'public', only: boolean, state: HostState): AnswerPromise[] {
  const groups = groupBy(
    announcements.filter((entry) => entry.role === role),
    (entry) => entry.interface,
  );
  return [...groups].map(([link, entries]) => {
    const addresses = addressSet(entries.flatMap((entry) => entry.addresses.map(rangeOf)));
    return { profile, interface: link, addresses: difference(addresses, besides(state)), only };
  });
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
  return answeredBy(allPrivate(state)).get(link)?.proxied ?? NO_ADDRESSES;
}

const allPrivate = onceForEach((state: HostState): HostState => {
  const sysctls: Record<SysctlPath, string> = { ...state.sysctls };
  for (const holder of ['all' as const, ...state.links.map(({ name }) => name)]) {
    for (const key of ['proxy_arp', 'rp_filter', 'send_redirects'] as const) sysctls[confPath(holder, key)] = '0';
    for (const key of ['proxy_arp_pvlan', 'forwarding'] as const) sysctls[confPath(holder, key)] = '1';
  }
  return { ...state, sysctls, nftables: [], proxies: [] };
});

/** A promise that is not kept. */
export interface Unanswered {
  readonly profile: string;
  readonly interface: LinkName;
  readonly addresses: AddressSet;
  /** Whether an answer depends on what the state does not tell: then nothing is known to be wrong. */
  readonly open: boolean;
  /** Why the first of them is not answered for, and how that comes. */
  readonly example: { readonly address: Ipv4; readonly because: ArpReason; readonly step: string };
}

/** The promised addresses that an interface does not answer for, or perhaps not. */
export function unanswered(promises: readonly AnswerPromise[], state: HostState): Unanswered[] {
  const all = answeredBy(state);
  return promises.flatMap(({ profile, interface: link, addresses }): Unanswered[] => {
    const answered = all.get(link);
    const missing = difference(addresses, surely(answered));
    const open = intersection(missing, answered?.open ?? NO_ADDRESSES);
    return [
      { addresses: difference(missing, open), open: false },
      { addresses: open, open: true },
    ].flatMap((part) =>
      isEmptySet(part.addresses) ? [] : [{ profile, interface: link, ...part, example: exampleOf(part.addresses, link, state) }],
    );
  });
}

function exampleOf(addresses: AddressSet, at: LinkName, state: HostState): Unanswered['example'] {
  const address = ipv4FromNumber(addresses[0] ?? 0);
  const { usual, other } = typicalSenders(state, at);
  const { because, steps } = arpDecision(state, { interface: at, from: address === usual ? other : usual, to: address });
  return { address, because, step: steps.at(-1) ?? '' };
}

/** Whom an interface answers for although its profiles say: for nobody else. */
export interface Surplus {
  readonly profile: string;
  readonly interface: LinkName;
  readonly addresses: AddressSet;
}

/** What of `owed` (whom each interface answers for because of the profiles) no promise on the interface speaks of, where one says that it is all. */
export function surplusOf(promises: readonly AnswerPromise[], owed: ReadonlyMap<LinkName, AddressSet>): Surplus[] {
  const surplus: Surplus[] = [];
  for (const [link, here] of groupBy(promises, (promise) => promise.interface)) {
    const [first] = here;
    if (first === undefined || !here.every(({ only }) => only)) continue;
    const promised = here.map(({ addresses }) => addresses).reduce(union);
    const addresses = difference(owed.get(link) ?? NO_ADDRESSES, promised);
    if (!isEmptySet(addresses)) surplus.push({ profile: first.profile, interface: link, addresses });
  }
  return surplus;
}

/** Whom an interface answers for after a plan, as far as that was foretold: what is verified on the host as it then is. */
export interface ForetoldAnswers {
  readonly profile: string;
  readonly interface: LinkName;
  /** What was promised, but for what the plan warned of. */
  readonly must: AddressSet;
  /** Nobody else; null where the profile does not say so. */
  readonly most: AddressSet | null;
}

/** What the promises come to on the host that a plan foretells. */
export function foretoldAnswers(promises: readonly AnswerPromise[], after: HostState): ForetoldAnswers[] {
  const all = answeredBy(after);
  return promises.map(({ profile, interface: link, addresses, only }) => {
    const answers = surely(all.get(link));
    return { profile, interface: link, must: intersection(addresses, answers), most: only ? answers : null };
  });
}

/** What is not as it was foretold. */
export interface Breach {
  readonly interface: LinkName;
  readonly unanswered: AddressSet;
  readonly surplus: AddressSet;
  /** Whether a link of the profile has gone down meanwhile, or lost its carrier: that is nobody's mistake. */
  readonly isExcused: boolean;
}

export function breaches(foretold: readonly ForetoldAnswers[], state: HostState): Breach[] {
  if (foretold.length === 0) return [];
  const all = answeredBy(state);
  return foretold.flatMap(({ profile, interface: link, must, most }) => {
    const answered = all.get(link);
    const answers = surely(answered);
    const missing = difference(difference(must, answers), answered?.open ?? NO_ADDRESSES);
    const surplus = most === null ? NO_ADDRESSES : difference(answers, most);
    if (isEmptySet(missing) && isEmptySet(surplus)) return [];
    const links = foretold.filter((other) => other.profile === profile).map((other) => other.interface);
    const isExcused = links.some((name) => !hasCarrier(state, name));
    return [{ interface: link, unanswered: missing, surplus, isExcused }];
  });
}

function hasCarrier(state: HostState, link: LinkName): boolean {
  const flags = linkNamed(state, link)?.flags ?? [];
  return flags.includes('UP') && flags.includes('LOWER_UP');
}

/** `eth0 does not answer for 10.0.0.9, and answers for 10.0.0.7, which was not foretold`. */
export function breachWords({ interface: link, unanswered: missing, surplus }: Breach): string {
  const parts = [
    ...(isEmptySet(missing) ? [] : [`does not answer for ${whomWords(missing)}`]),
    ...(isEmptySet(surplus) ? [] : [`answers for ${whomWords(surplus)}, which was not foretold`]),
  ];
  return `${link} ${parts.join(', and ')}`;
}

/** How many prefixes a sentence names. */
const NAMED = 3;

/** `10.0.0.9, 10.0.1.0/24 and 4 more`. */
export function whomWords(addresses: AddressSet): string {
  const { prefixes, more } = firstPrefixes(addresses, NAMED);
  return prefixes.map((prefix) => prefix.replace(/\/32$/, '')).join(', ') + (more === 0 ? '' : ` and ${more} more`);
}
