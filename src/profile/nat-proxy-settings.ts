import type { Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK } from '../net/link-name.ts';
import { addressOf, contains, hostPrefix, lengthOf, rangeOf, type Prefix } from '../net/prefix.ts';
import { prefixCover } from '../net/prefix-cover.ts';
import { mergeRanges } from '../net/range.ts';
import type { InwardRule, NatTable, OutwardRule } from '../model/nat-table.ts';
import { RT_TABLE_LOCAL, PARP_PROTOCOL, type RouteSubject, type RouteValue, type Subject } from '../model/operation.ts';
import type { HostState } from '../model/state.ts';
import { delaySettings, emptyDraft, finish, forwardingSettings, redirectSettings, requireLinks, type Draft } from './common-settings.ts';
import type { Desired } from './desire.ts';
import type { NatMapping, NatProxy } from './profile.ts';

/** The router answers on the outside for a pool and translates it. Local routes, because a proxy neighbour for an address of the outside's own subnet is never answered. */
export function natProxySettings(profile: NatProxy, host: HostState): Desired {
  const draft = emptyDraft();
  requireLinks(draft, profile, [profile.outside, profile.inside], host);
  const own = new Set<string>(host.addresses.map((entry) => addressOf(entry.address)));
  const publics = publicPrefixes(draft, profile, own);
  draft.settings.push(...delaySettings(profile, [profile.outside], host));
  draft.settings.push(...forwardingSettings(profile, [profile.outside, profile.inside]));
  if (profile.manageNat) draft.settings.push({ kind: 'nat', subject: tableName(profile.name), value: natTable(profile, publics) });
  draft.settings.push(...redirectSettings(profile, [profile.outside, profile.inside]));
  for (const to of publics) answerFor(draft, profile, to);
  return finish(profile, draft);
}

const LOCAL: RouteValue = { type: 'local', interface: LOOPBACK, scope: 'host', protocol: PARP_PROTOCOL };

function answerFor(draft: Draft, profile: NatProxy, to: Prefix): void {
  const subject: RouteSubject = { to, table: RT_TABLE_LOCAL, metric: 0 };
  draft.settings.push({ kind: 'route', subject, value: LOCAL });
  const because: Subject[] = [{ kind: 'route', subject }];
  const addresses = [to];
  draft.claims.push({ interface: profile.outside, addresses, role: 'public', because });
  draft.announcements.push({ interface: profile.outside, addresses, role: 'public', because });
}

/** What is to be answered for: every public address that the host does not own itself, in as few prefixes as hold exactly them. */
function publicPrefixes(draft: Draft, profile: NatProxy, own: ReadonlySet<string>): readonly Prefix[] {
  const prefixes: Prefix[] = [];
  for (const mapping of profile.nat) {
    const to = mapping.map === 'prefix' ? mapping.public : hostPrefix(mapping.public);
    const owned = [...own].filter((address) => contains(to, address as Ipv4));
    if (owned.length === 0) prefixes.push(to);
    else if (mapping.map === 'address' || mapping.map === 'prefix') {
      const message = `Public ${mapping.public} would be translated to ${mapping.private} as a whole, but ${owned.join(', ')} is the host's own address: it could not be reached any more`;
      draft.conflicts.push({ code: 'host-is-own-address', message, profile: profile.name });
    }
  }
  return prefixCover(mergeRanges(prefixes.map(rangeOf)));
}

/** The nftables table of a profile. */
export function tableName(profile: string): string {
  return `parp_${profile}`;
}

function natTable(profile: NatProxy, guarded: readonly Prefix[]): NatTable {
  const table = { outside: profile.outside, inwards: inwardRules(profile.nat), outwards: outwardRules(profile.nat), guarded };
  return { comment: `parp ${profile.name} ${digest(JSON.stringify(table))}`, ...table };
}

function inwardRules(mappings: readonly NatMapping[]): InwardRule[] {
  const ports: InwardRule[] = [];
  const addresses: InwardRule[] = [];
  const prefixes: InwardRule[] = [];
  for (const mapping of mappings) {
    if (mapping.map === 'port') {
      const { public: at, protocol, port, to, toPort } = mapping;
      ports.push({ match: 'port', public: at, protocol, port, to, toPort });
    } else if (mapping.map === 'address') addresses.push({ match: 'address', public: mapping.public, private: mapping.private });
    else if (mapping.map === 'prefix') prefixes.push({ match: 'prefix', public: mapping.public, private: mapping.private });
  }
  return [...ports, ...addresses, ...mostSpecificFirst(prefixes, (rule) => (rule.match === 'prefix' ? rule.public : undefined))];
}

function outwardRules(mappings: readonly NatMapping[]): OutwardRule[] {
  const addresses: OutwardRule[] = [];
  const prefixes: OutwardRule[] = [];
  const sources: OutwardRule[] = [];
  for (const mapping of mappings) {
    if (mapping.map === 'address') addresses.push({ match: 'address', private: mapping.private, public: mapping.public });
    else if (mapping.map === 'prefix') prefixes.push({ match: 'prefix', private: mapping.private, public: mapping.public });
    else if (mapping.map === 'source') sources.push({ match: 'source', source: mapping.source, public: mapping.public });
  }
  return [
    ...addresses,
    ...mostSpecificFirst(prefixes, (rule) => (rule.match === 'prefix' ? rule.private : undefined)),
    ...mostSpecificFirst(sources, (rule) => (rule.match === 'source' ? rule.source : undefined)),
  ];
}

function mostSpecificFirst<T>(rules: readonly T[], prefixOf: (rule: T) => Prefix | undefined): T[] {
  const length = (rule: T): number => {
    const prefix = prefixOf(rule);
    return prefix === undefined ? 32 : lengthOf(prefix);
  };
  return rules.toSorted((a, b) => length(b) - length(a));
}

/** FNV-1a over the text, 64 bits in hex: tells versions of a table apart, no more. */
function digest(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at++) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
