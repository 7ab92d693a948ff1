import {
  addressesOf,
  addressSet,
  allPrefixes,
  difference,
  holdsAddress,
  intersection,
  union,
  type AddressSet,
} from '../net/address-set.ts';
import { addressOf, lengthOf, rangeOf, type Prefix } from '../net/prefix.ts';
import { ipv4ToNumber } from '../net/ipv4.ts';
import { type Range } from '../net/range.ts';
import { onceForEach } from './once-for-each.ts';
import { net, subjectKey, type Kind, type Operation, type Subject } from './operation.ts';
import type { DueAnnouncement, Plan } from './plan.ts';
import type { Claim, Settings } from './settings.ts';
import type { HostState, Neighbour } from './state.ts';

/** Which subjects a list of operations really changes, by kind: what is taken up and put back is as it was. */
class Changes {
  readonly net: readonly Operation[];
  readonly #keys = new Map<Kind, ReadonlySet<string>>();

  constructor(operations: readonly Operation[]) {
    this.net = net(operations);
  }

  get isEmpty(): boolean {
    return this.net.length === 0;
  }

  has(subject: Subject): boolean {
    const { kind } = subject;
    const keys = this.#keys.get(kind) ?? new Set(this.net.filter((change) => change.kind === kind).map(subjectKey));
    this.#keys.set(kind, keys);
    return keys.has(subjectKey(subject));
  }
}

const changesIn = onceForEach((operations: readonly Operation[]) => new Changes(operations));

/**
 * The addresses of which something is new: all of them when a subject that they depend on changes, else, of hosts, those that an
 * earlier version of the profile did not name on that interface, and those whose own route or proxy neighbour changes.
 */
function news(entry: Claim, before: readonly Claim[], operations: readonly Operation[]): readonly Prefix[] {
  if (entry.because.some((subject) => changesIn(operations).has(subject))) return entry.addresses;
  if (entry.role !== 'host') return [];
  const known = before.filter((other) => other.interface === entry.interface && other.role === 'host').flatMap((other) => other.addresses);
  const all = addressesOf(entry.addresses);
  return allPrefixes(union(difference(all, addressesOf(known)), intersection(all, addressesTouched(operations))));
}

/** Whose own route or proxy neighbour changes. */
const addressesTouched = onceForEach((operations: readonly Operation[]): AddressSet =>
  addressSet(changesIn(operations).net.flatMap(rangesTouched)),
);

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
  if (options === false || changesIn(operations).isEmpty) return [];
  return settings.announcements
    .map((entry) => ({
      profile: settings.profile,
      interface: entry.interface,
      addresses: entry.because.length === 0 ? entry.addresses : news(entry, before?.announcements ?? [], operations),
      options,
    }))
    .filter((due) => due.addresses.length > 0);
}

/** What nobody may own before it is claimed. What is in force already is not asked for again. */
export function dueClaims(settings: Settings, before: Settings | undefined, operations: readonly Operation[]): Plan['claims'] {
  if (settings.probe === false || changesIn(operations).isEmpty) return [];
  return settings.claims
    .map((claim) => ({ ...claim, probe: settings.probe, addresses: news(claim, before?.claims ?? [], operations) }))
    .filter((claim) => claim.addresses.length > 0);
}

/** Dynamic neighbour entries that the profile proves wrong. Permanent ones are somebody's will. */
export function dueFlush(settings: Settings, state: HostState, operations: readonly Operation[]): Neighbour[] {
  if (!settings.flush || settings.stale.length === 0 || changesIn(operations).isEmpty) return [];
  const dynamic = state.neighbours.filter(({ state: nud }) => nud !== 'PERMANENT' && nud !== 'NOARP');
  if (dynamic.length === 0) return [];
  const wrong = settings.stale.map((stale) => ({ ...stale, set: addressesOf(stale.addresses) }));
  return dynamic.filter(({ address, interface: at }) => {
    const number = ipv4ToNumber(address);
    return wrong.some(({ set, except, on }) => at !== except && (on === undefined || at === on) && holdsAddress(set, number));
  });
}

/** How many addresses prefixes that do not overlap hold. */
export function addressCount(prefixes: readonly Prefix[]): number {
  return prefixes.reduce((sum, prefix) => sum + 2 ** (32 - lengthOf(prefix)), 0);
}

/** The addresses of announcements or claims, one by one and in order. */
export function* eachAddress(prefixes: readonly Prefix[]): Generator<number> {
  for (const prefix of prefixes) {
    const { first, last } = rangeOf(prefix);
    if (first === last) yield ipv4ToNumber(addressOf(prefix));
    else for (let address = first; address <= last; address++) yield address;
  }
}
