import { addressesOf, addressSet, allPrefixes, difference, intersection, union, type AddressSet } from '../net/address-set.ts';
import { addressOf, rangeOf, type Prefix } from '../net/prefix.ts';
import { ipv4ToNumber } from '../net/ipv4.ts';
import { holds, mergeRanges, rangeSize, type Range } from '../net/range.ts';
import { onceForEach } from './once-for-each.ts';
import { net, subjectKey, type Operation } from './operation.ts';
import type { DueAnnouncement, Plan } from './plan.ts';
import type { Claim, Settings } from './settings.ts';
import type { HostState, Neighbour } from './state.ts';

/** Which subjects a list of operations really changes: what is taken up and put back is as it was. */
const changedKeys = onceForEach((operations: readonly Operation[]): ReadonlySet<string> => new Set(net(operations).map(subjectKey)));

/**
 * The addresses of which something is new: all of them when a subject that they depend on changes, else, of hosts, those that an
 * earlier version of the profile did not name on that interface, and those whose own route or proxy neighbour changes.
 */
function news(entry: Claim, before: readonly Claim[], operations: readonly Operation[], changed: ReadonlySet<string>): Prefix[] {
  if (entry.because.some((subject) => changed.has(subjectKey(subject)))) return [...entry.addresses];
  if (entry.role !== 'host') return [];
  const known = before.filter((other) => other.interface === entry.interface && other.role === 'host').flatMap((other) => other.addresses);
  const all = addressesOf(entry.addresses);
  return allPrefixes(union(difference(all, addressesOf(known)), intersection(all, addressesTouched(operations))));
}

/** Whose own route or proxy neighbour changes. */
const addressesTouched = onceForEach((operations: readonly Operation[]): AddressSet => {
  const changed = changedKeys(operations);
  return addressSet(operations.filter((operation) => changed.has(subjectKey(operation))).flatMap(rangesTouched));
});

function rangesTouched(operation: Operation): Range[] {
  if (operation.to === null) return [];
  if (operation.kind === 'route') return [rangeOf(operation.subject.to)];
  if (operation.kind === 'proxy')
    return [{ first: ipv4ToNumber(operation.subject.address), last: ipv4ToNumber(operation.subject.address) }];
  return [];
}

/** What has to be announced because of the operations. Nothing, where a profile changes nothing. */
export function dueAnnouncements(settings: Settings, before: Settings | undefined, operations: readonly Operation[]): DueAnnouncement[] {
  const options = settings.announce;
  const changed = changedKeys(operations);
  if (options === false || changed.size === 0) return [];
  return settings.announcements
    .map((entry) => ({
      profile: settings.profile,
      interface: entry.interface,
      addresses: entry.because.length === 0 ? [...entry.addresses] : news(entry, before?.announcements ?? [], operations, changed),
      options,
    }))
    .filter((due) => due.addresses.length > 0);
}

/** What nobody may own before it is claimed. What is in force already is not asked for again. */
export function dueClaims(settings: Settings, before: Settings | undefined, operations: readonly Operation[]): Plan['claims'] {
  const changed = changedKeys(operations);
  if (settings.probe === false || changed.size === 0) return [];
  return settings.claims
    .map((claim) => ({ ...claim, probe: settings.probe, addresses: news(claim, before?.claims ?? [], operations, changed) }))
    .filter((claim) => claim.addresses.length > 0);
}

/** Dynamic neighbour entries that the profile proves wrong. Permanent ones are somebody's will. */
export function dueFlush(settings: Settings, state: HostState, operations: readonly Operation[]): Neighbour[] {
  if (!settings.flush || settings.stale.length === 0 || changedKeys(operations).size === 0) return [];
  const wrong = settings.stale.map((stale) => ({ ...stale, ranges: mergeRanges(stale.addresses.map(rangeOf)) }));
  return state.neighbours.filter(({ address, interface: at, state: nud }) => {
    if (nud === 'PERMANENT' || nud === 'NOARP') return false;
    const number = ipv4ToNumber(address);
    return wrong.some(({ ranges, except, on }) => at !== except && (on === undefined || at === on) && holds(ranges, number));
  });
}

/** How many addresses prefixes that do not overlap hold. */
export function addressCount(prefixes: readonly Prefix[]): number {
  return prefixes.reduce((sum, prefix) => sum + rangeSize(rangeOf(prefix)), 0);
}

/** The addresses of announcements or claims, one by one and in order. */
export function* eachAddress(prefixes: readonly Prefix[]): Generator<number> {
  for (const prefix of prefixes) {
    const { first, last } = rangeOf(prefix);
    if (first === last) yield ipv4ToNumber(addressOf(prefix));
    else for (let address = first; address <= last; address++) yield address;
  }
}
