import {
  addressSet,
  difference,
  holdsAddress,
  intersection,
  holdsRange,
  isEmptySet,
  meetsRange,
  NO_ADDRESSES,
  rangesIn,
  union,
  type AddressSet,
} from '../net/address-set.ts';
import type { LinkName } from '../net/link-name.ts';
import { numberOf } from '../net/prefix.ts';
import type { Range } from '../net/range.ts';
import { answeredBy, gained, type Answered } from './answered.ts';
import { offLink } from './fib-segments.ts';
import { onceForEach } from './once-for-each.ts';
import { isHold, type Operation } from './operation.ts';
import type { HostState } from './state.ts';

/** For whom an interface answers after a change and did not before, or the other way round. What a default route brings is told apart. */
export interface AnswerChange {
  readonly interface: LinkName;
  readonly gained: AddressSet;
  readonly lost: AddressSet;
  /** Of these the state does not tell whether they will be answered for; they were not before. */
  readonly open: AddressSet;
  /** Addresses that only a default route leads to: what becomes of answering for them. */
  readonly offLink: 'gained' | 'lost' | 'open' | null;
  /** Beside the gained and lost ones: nobody asks for them, or the host answers for them by itself. */
  readonly beside: AddressSet;
}

/** What a plan changes about whom the host answers for, by interface; what cannot change it costs nothing. */
export function answerChanges(before: HostState, after: HostState, operations: readonly Operation[]): readonly AnswerChange[] {
  if (operations.every((operation) => isHold(operation) || operation.kind === 'nat')) return [];
  const [then, now] = [answeredBy(before), answeredBy(after)];
  const [more, less] = [gained(then, now), gained(now, then)];
  const links = after.links.map(({ name }) => name).filter((name) => more.has(name) || less.has(name));
  return links.flatMap((link) => changeOn(link, { before, after }, more.get(link), less.get(link), then.get(link)));
}

function changeOn(
  link: LinkName,
  { before, after }: { readonly before: HostState; readonly after: HostState },
  more: Answered | undefined,
  less: Answered | undefined,
  then: Answered | undefined,
): AnswerChange[] {
  // What is answered for another reason than before is neither new nor lost.
  const [gains, losses] = [surely(more), surely(less)];
  const allGained = difference(gains, intersection(gains, losses));
  const allLost = difference(losses, intersection(gains, losses));
  const allOpen = difference(more?.open ?? NO_ADDRESSES, surely(then));
  const [far, formerlyFar] = [offLink(after), offLink(before)];
  const change: AnswerChange = {
    interface: link,
    gained: difference(allGained, far),
    lost: difference(allLost, formerlyFar),
    open: difference(allOpen, far),
    offLink: meets(allGained, far) ? 'gained' : meets(allOpen, far) ? 'open' : meets(allLost, formerlyFar) ? 'lost' : null,
    beside: union(besides(before), besides(after)),
  };
  const isNone = change.offLink === null && [change.gained, change.lost, change.open].every(isEmptySet);
  return isNone ? [] : [change];
}

/** Whom an interface answers for, whyever. */
export function surely(answered: Answered | undefined): AddressSet {
  return answered === undefined ? NO_ADDRESSES : union(answered.proxied, answered.local);
}

function meets(a: AddressSet, b: AddressSet): boolean {
  return !isEmptySet(intersection(a, b));
}

/** The addresses of the host's own, and broadcast addresses: nobody is answered for the one, and the others are answered for anyway. */
export const besides = onceForEach(({ addresses, routes }: HostState): AddressSet => {
  const alone = (first: number): Range => ({ first, last: first });
  return addressSet([
    ...addresses.map(({ address }) => alone(numberOf(address))),
    ...routes.filter(({ type }) => type === 'broadcast').map(({ to }) => alone(numberOf(to))),
  ]);
});

/**
 * A set with those of other addresses that its prefixes become larger by, and so fewer: nobody is misled who does not ask for these.
 */
export function roundedOff(set: AddressSet, others: AddressSet): AddressSet {
  const near = rangesIn(others).filter(({ first, last }) => holdsAddress(set, first - 1) || holdsAddress(set, last + 1));
  const wider = union(set, addressSet(near));
  const joins = (number: number): boolean => {
    const { first, last } = blockIn(wider, number);
    return meetsRange(set, first, last);
  };
  return union(set, addressSet(near.filter(({ first }) => joins(first))));
}

/** The largest prefix within a set that holds an address of it. */
function blockIn(set: AddressSet, address: number): Range {
  let block: Range = { first: address, last: address };
  for (let size = 2; size <= 2 ** 32; size *= 2) {
    const first = address - (address % size);
    if (!holdsRange(set, first, first + size - 1)) return block;
    block = { first, last: first + size - 1 };
  }
  return block;
}
