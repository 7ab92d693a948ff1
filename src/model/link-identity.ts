import type { LinkName } from '../net/link-name.ts';
import type { Mac } from '../net/mac.ts';
import { confPath, neighPath, sysctlParts, type ConfKey, type NeighKey } from '../net/sysctl-path.ts';
import type { Ledger, LedgerEntry, LedgerProfile } from './ledger.ts';
import { subjectKey, type Operation, type RouteValue, type Setting, type Subject } from './operation.ts';
import type { Settings } from './settings.ts';
import type { Link } from './state.ts';

/** What tells an interface from a later one of the same name: the index is not used again, a name is. */
export interface LinkIdentity {
  readonly index: number;
  readonly mac: Mac | null;
}

/** By the name that the interface had. */
export type LinkIdentities = Readonly<Record<string, LinkIdentity>>;

/** What became of a name: another one, or null where the interface is gone; what is absent is as it was. */
export type Renames = ReadonlyMap<string, LinkName | null>;

/** The identities of the links that bear one of the names. */
export function identitiesOf(links: readonly Link[], names: ReadonlySet<string>): LinkIdentities {
  return Object.fromEntries(links.filter(({ name }) => names.has(name)).map(({ name, index, mac }) => [name, { index, mac }]));
}

/** The interfaces that operations or settings name; `all` and `default` are none. */
export function namesIn(list: readonly (Operation | Setting)[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const one of list) addNames(names, one);
  return names;
}

/** Adds the interfaces that one of them names. */
export function addNames(names: Set<string>, one: Operation | Setting): void {
  switch (one.kind) {
    case 'sysctl': {
      const { group, holder } = sysctlParts(one.subject);
      if (group !== 'global') names.add(holder);
      return;
    }
    case 'address':
    case 'proxy':
      names.add(one.subject.interface);
      return;
    case 'route': {
      const to = 'value' in one ? one.value : one.to;
      const from = 'value' in one ? null : one.from;
      if (to?.interface !== undefined) names.add(to.interface);
      if (from?.interface !== undefined) names.add(from.interface);
      return;
    }
    case 'nat':
      for (const table of 'value' in one ? [one.value] : [one.from, one.to]) if (table !== null) names.add(table.outside);
  }
}

/**
 * What became of interfaces that were known before. An interface is the one with its index; that a MAC changed is nothing unusual, but where the name
 * and the MAC are both others, the index was given to another interface on purpose.
 */
export function renamesSince(known: LinkIdentities, links: readonly Link[]): Renames {
  const present = new Map(links.map((link) => [link.index, link]));
  const renames = new Map<string, LinkName | null>();
  for (const [name, { index, mac }] of Object.entries(known)) {
    const link = present.get(index);
    if (link === undefined || (link.name !== name && link.mac !== mac)) renames.set(name, null);
    else if (link.name !== name) renames.set(name, link.name);
  }
  return renames;
}

/** The name now, or null where the interface is gone. */
function renamed(name: LinkName, renames: Renames): LinkName | null {
  const found = renames.get(name);
  return found === undefined ? name : found;
}

/** What is kept by the names of interfaces, by those of now; what was kept of one that is gone is left out. */
function followNames<T>(kept: Readonly<Record<string, T>>, renames: Renames): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(kept).flatMap(([name, value]) => {
      const now = renamed(name as LinkName, renames);
      return now === null ? [] : [[now, value] as const];
    }),
  );
}

/** The operations by the names of now. What concerned an interface that is gone went with it, and is left out. */
export function followOperations(operations: readonly Operation[], renames: Renames): readonly Operation[] {
  if (renames.size === 0) return operations;
  return operations.flatMap((operation): Operation[] => {
    if (operation.kind === 'route') return followRoute(operation, renames);
    const subject = followSubject(operation, renames);
    return subject === null ? [] : [{ ...operation, ...subject } as Operation];
  });
}

/** Of a route over an interface that is gone nothing is left; one that led there before cannot be laid again. */
function followRoute(operation: Extract<Operation, { kind: 'route' }>, renames: Renames): Operation[] {
  const value = (route: RouteValue | null): RouteValue | null => (route === null ? null : followRouteValue(route, renames));
  const [from, to] = [value(operation.from), value(operation.to)];
  if (operation.to !== null && to === null) return [];
  if (operation.to === null && operation.from !== null && from === null) return [];
  return [{ ...operation, from, to }];
}

function followRouteValue(route: RouteValue, renames: Renames): RouteValue | null {
  if (route.interface === undefined) return route;
  const name = renamed(route.interface, renames);
  return name === null ? null : { ...route, interface: name };
}

function followSubject<S extends Subject>(of: S, renames: Renames): Pick<S, 'kind' | 'subject'> | null {
  switch (of.kind) {
    case 'sysctl': {
      const { group, holder, key } = sysctlParts(of.subject);
      if (group === 'global' || !renames.has(holder)) return of;
      const name = renamed(holder as LinkName, renames);
      if (name === null) return null;
      return { kind: of.kind, subject: group === 'conf' ? confPath(name, key as ConfKey) : neighPath(name, key as NeighKey) };
    }
    case 'address':
    case 'proxy': {
      const name = renamed(of.subject.interface, renames);
      return name === null ? null : { kind: of.kind, subject: { ...of.subject, interface: name } };
    }
    case 'route':
    case 'nat':
      return of;
  }
}

/** The ledger by the names of now. What concerned interfaces that are gone is no longer held; profiles still want it, by the name that they know. */
export function followLedger(ledger: Ledger, links: readonly Link[]): Ledger {
  const renames = renamesSince(ledger.links, links);
  if (renames.size === 0) return ledger;
  const entries = new Map<string, LedgerEntry>();
  for (const entry of ledger.entries.values()) {
    const [operation] = followOperations([entry.operation], renames);
    if (operation !== undefined) entries.set(subjectKey(operation), { ...entry, operation });
  }
  const profiles: Record<string, LedgerProfile> = {};
  for (const [name, profile] of Object.entries(ledger.profiles)) {
    const waived = profile.waived?.map((entry) => ({ ...entry, interface: renamed(entry.interface, renames) ?? entry.interface }));
    const { answers } = profile;
    profiles[name] = {
      ...profile,
      settings: followSettings(profile.settings, renames),
      ...(waived === undefined ? {} : { waived }),
      ...(answers === undefined ? {} : { answers: followNames(answers, renames) }),
    };
  }
  return { ...ledger, profiles, entries, links: followNames(ledger.links, renames) };
}

/** Settings by the names of now; of an interface that is gone they keep the name, under which it may come back. */
function followSettings(settings: Settings, renames: Renames): Settings {
  const follow = <T extends { readonly interface: LinkName }>(entry: T): T => ({
    ...entry,
    interface: renamed(entry.interface, renames) ?? entry.interface,
  });
  const subject = <S extends Subject>(of: S): S => ({ ...of, ...followSubject(of, renames) });
  return {
    ...settings,
    settings: settings.settings.map((setting): Setting => {
      if (setting.kind === 'route') return { ...setting, value: followRouteValue(setting.value, renames) ?? setting.value };
      // The table itself goes on naming the interface as it was called: it has to be written anew.
      if (setting.kind === 'nat')
        return { ...setting, value: { ...setting.value, outside: renamed(setting.value.outside, renames) ?? setting.value.outside } };
      return subject(setting);
    }),
    announcements: settings.announcements.map((entry) => ({ ...follow(entry), because: entry.because.map(subject) })),
    claims: settings.claims.map((entry) => ({ ...follow(entry), because: entry.because.map(subject) })),
    stale: settings.stale.map((entry) => ({
      ...entry,
      ...(entry.on === undefined ? {} : { on: renamed(entry.on, renames) ?? entry.on }),
      ...(entry.except === undefined ? {} : { except: renamed(entry.except, renames) ?? entry.except }),
    })),
  };
}
