import { sysctlParts, type SysctlPath } from '../net/sysctl-path.ts';
import { canonicalSysctl } from './forwarding.ts';
import type { LedgerEntry } from './ledger.ts';
import type { NatTable } from './nat-table.ts';
import { PARP_PROTOCOL, sameValue, subjectKey, type Operation, type RouteValue, type Setting } from './operation.ts';
import type { Conflict } from './plan.ts';
import { isSatisfied, sameRoute, servesAs } from './remaining.ts';
import { linkNamed, routesOf, valueOf, type HostState, type Link } from './state.ts';

/** What one setting comes to: an operation or none, what the ledger shall hold of it, or why it cannot be. */
export interface Establishment {
  readonly operation?: Operation;
  /** The composed operation of the subject, from what was there before the first profile. Absent: others see to it, parp claims nothing. */
  readonly claim?: Operation;
  readonly conflict?: Omit<Conflict, 'profile'>;
}

export type RouteSetting = Extract<Setting, { kind: 'route' }>;

/** Plans one setting against the present value and what the ledger says was there before. */
export function establish(setting: Setting, state: HostState, entry: LedgerEntry | undefined): Establishment {
  // Of a hundred thousand routes almost all are so.
  if (entry === undefined && setting.kind === 'route' && isFree(setting, state)) {
    const operation: Operation = { kind: setting.kind, subject: setting.subject, from: null, to: setting.value };
    return { operation, claim: operation };
  }
  const added = { kind: setting.kind, subject: setting.subject, from: null, to: setting.value } as Operation;
  const wanted = (from: unknown): Operation => (from === null ? added : ({ ...added, from } as Operation));
  const claim = (from: unknown): Operation => wanted(entry === undefined ? from : entry.operation.from);
  if (isSatisfied(setting, state)) {
    // What is held already is held as it was.
    if (entry !== undefined) return { claim: sameValue(entry.operation.to, setting.value) ? entry.operation : claim(null) };
    return satisfiedByOthers(setting, state) ? {} : { claim: claim(setting.kind === 'sysctl' ? valueOf(state, setting) : null) };
  }
  const found = setting.kind === 'route' ? null : valueOf(state, setting);
  const change = (from: unknown): Establishment => ({ operation: wanted(from), claim: claim(from) });
  switch (setting.kind) {
    case 'sysctl':
      if (found !== null) return change(found);
      // That the interface is missing is said once, where the profile names it.
      return isOfMissingLink(setting.subject, state)
        ? {}
        : { conflict: { code: 'no-such-sysctl', message: `This kernel has no ${setting.subject}` } };
    case 'address':
    case 'proxy':
      return change(null);
    case 'route':
      return establishRoute(setting, state, entry, change);
    case 'nat':
      if (found === null) return change(null);
      if (entry === undefined) {
        return {
          conflict: {
            code: 'foreign-table',
            message: `The nftables table ip ${setting.subject} exists already and is not parp's; if nobody needs it: nft delete table ip ${setting.subject}`,
          },
        };
      }
      return change('unrecognised' in Object(found) ? edited(entry.operation.to) : found);
  }
}

/**
 * A table of parp's that somebody edited. A foreign edit cannot be written back as data: what a rollback restores is the table as parp
 * left it, marked so, because it is not what was there.
 */
function edited(table: unknown): unknown {
  return isNatTable(table) ? { ...table, comment: `${table.comment} before an edit` } : table;
}

function isNatTable(value: unknown): value is NatTable {
  return typeof value === 'object' && value !== null && 'comment' in value && 'guarded' in value;
}

function isOfMissingLink(path: SysctlPath, state: HostState): boolean {
  const { group, holder } = sysctlParts(path);
  return group !== 'global' && holder !== 'all' && holder !== 'default' && linkNamed(state, holder) === undefined;
}

/** A sysctl is claimed even where it has its value already; an address, a proxy neighbour or a kernel's route is not. */
function satisfiedByOthers(setting: Setting, state: HostState): boolean {
  switch (setting.kind) {
    case 'sysctl':
    case 'nat':
      return false;
    case 'address':
    case 'proxy':
      return true;
    case 'route':
      return !routesOf(state, setting.subject).some((route) => route.protocol === PARP_PROTOCOL && servesAs(route, setting.value));
  }
}

/** Whether there is room for a route, and its link is up. */
function isFree({ subject, value }: RouteSetting, state: HostState): boolean {
  return routesOf(state, subject).length === 0 && !isDown(linkNamed(state, value.interface ?? ''));
}

function isDown(link: Link | undefined): link is Link {
  return link !== undefined && !link.flags.includes('UP');
}

function establishRoute(
  setting: RouteSetting,
  state: HostState,
  entry: LedgerEntry | undefined,
  change: (from: unknown) => Establishment,
): Establishment {
  const found = routesOf(state, setting.subject);
  const link = linkNamed(state, setting.value.interface ?? '');
  if (isDown(link)) {
    const message = `Interface "${link.name}" is down, and the kernel takes no route over it; bring it up first: ip link set ${link.name} up`;
    return { conflict: { code: 'link-down', message } };
  }
  if (found.length === 0) return change(null);
  const former = entry?.operation.kind === 'route' ? entry.operation.to : null;
  const own = found.find((route) => former !== null && route.protocol === former.protocol && sameRoute(route, former));
  if (own !== undefined && found.length === 1) return change(former);
  return {
    conflict: {
      code: 'foreign-route',
      message: `Wanted route ${routeWords(setting.subject.to, setting.value)}, but there is ${found
        .map((route) => `${routeWords(route.to, route)} proto ${route.protocol}`)
        .join(' and ')}, which is not parp's`,
    },
  };
}

/** Why a wanted route cannot be where an address to be assigned brings another one of the kernel's. */
export function inTheWay({ subject, value }: RouteSetting): string {
  return `Wanted route ${routeWords(subject.to, value)}, but an address to be assigned brings another route to ${subject.to} with it; give one of them another prefix length`;
}

function routeWords(to: string, route: RouteValue): string {
  const words = [route.type === 'unicast' ? '' : route.type, to];
  if (route.via !== undefined) words.push(`via ${route.via}`);
  if (route.interface !== undefined) words.push(`dev ${route.interface}`);
  if (route.source !== undefined) words.push(`src ${route.source}`);
  if (route.hops !== undefined) words.push(`with ${route.hops.length} hops`);
  return words.filter((word) => word !== '').join(' ');
}

/** What several profiles want, by subject, and the names of those that want it. */
export type Wanted = ReadonlyMap<string, { readonly setting: Setting; readonly claims: readonly string[] }>;

/** The settings of several profiles by subject, and where two want different values of one. */
export function mergeSettings(profiles: readonly { readonly profile: string; readonly settings: readonly Setting[] }[]): {
  readonly wanted: Wanted;
  readonly conflicts: readonly Conflict[];
} {
  const wanted = new Map<string, { setting: Setting; claims: readonly string[] }>();
  const conflicts: Conflict[] = [];
  for (const { profile, settings } of profiles) {
    const alone = [profile];
    for (const raw of settings) {
      const setting = raw.kind === 'sysctl' ? { ...raw, subject: canonicalSysctl(raw.subject) } : raw;
      const key = subjectKey(setting);
      const known = wanted.get(key);
      if (known === undefined) wanted.set(key, { setting, claims: alone });
      else if (!sameValue(known.setting.value, setting.value)) {
        const [a, b] = [JSON.stringify(known.setting.value), JSON.stringify(setting.value)];
        const message = `Profiles "${known.claims[0]}" and "${profile}" want different values of ${setting.kind} ${key}: ${a} and ${b}`;
        conflicts.push({ code: 'profiles-disagree', message, profile });
      } else if (!known.claims.includes(profile)) known.claims = [...known.claims, profile];
    }
  }
  return { wanted, conflicts };
}
