import {
  addressSet,
  allPrefixes,
  difference,
  firstPrefixes,
  firstWords,
  intersection,
  isEmptySet,
  NO_ADDRESSES,
  union,
  type AddressSet,
} from '../net/address-set.ts';
import { ipv4FromNumber, type Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { rangeOf } from '../net/prefix.ts';
import { surely } from './answer-change.ts';
import { answeredBy } from './answered.ts';
import { arpDecision, storyOf } from './arp-decision.ts';
import type { ArpReason } from './arp-outcome.ts';
import { groupBy } from './groups.ts';
import type { Waived } from './ledger.ts';
import { hangsInTheAir, type AnswerPromise } from './promises.ts';
import type { HostState } from './state.ts';
import { typicalSenders } from './typical-sender.ts';

/** A promise that is not kept. */
export interface Unanswered {
  readonly profile: string;
  readonly interface: LinkName;
  readonly addresses: AddressSet;
  /**
   * How sure it is, and whose fault: `silent` is amiss; the plan had `foretold` it; a link that it hangs on is `down`; `open` hangs on
   * what the state does not tell.
   */
  readonly how: 'silent' | 'foretold' | 'down' | 'open';
  /** Why the first of them is not answered for, and how that comes. */
  readonly example: { readonly address: Ipv4; readonly because: ArpReason; readonly step: string };
}

/** By profile, what its plan said: it is not drift. */
export type WaivedBy = ReadonlyMap<string, readonly Waived[]>;

const NOTHING_WAIVED: WaivedBy = new Map();

/** The promised addresses that an interface does not answer for, or perhaps not. */
export function unanswered(promises: readonly AnswerPromise[], state: HostState, waived: WaivedBy = NOTHING_WAIVED): Unanswered[] {
  const all = answeredBy(state);
  return promises.flatMap((promise): Unanswered[] => {
    const { profile, interface: link } = promise;
    const missing = difference(promise.addresses, surely(all.get(link)));
    if (isEmptySet(missing)) return [];
    const open = intersection(missing, all.get(link)?.open ?? NO_ADDRESSES);
    const surelyNot = difference(missing, open);
    const foretold = intersection(surelyNot, waivedOn(link, waived.get(profile), 'unanswered'));
    const others = difference(surelyNot, foretold);
    const parts: readonly Pick<Unanswered, 'addresses' | 'how'>[] = [
      { addresses: others, how: hangsInTheAir(promise, state) ? 'down' : 'silent' },
      { addresses: foretold, how: 'foretold' },
      { addresses: open, how: 'open' },
    ];
    return parts
      .filter(({ addresses }) => !isEmptySet(addresses))
      .map((part) => ({ profile, interface: link, ...part, example: exampleOf(part.addresses, link, state) }));
  });
}

function waivedOn(link: LinkName, waived: readonly Waived[] | undefined, what: 'unanswered' | 'surplus'): AddressSet {
  const here = (waived ?? []).filter((entry) => entry.interface === link);
  return addressSet(here.flatMap((entry) => entry[what].map(rangeOf)));
}

function exampleOf(addresses: AddressSet, at: LinkName, state: HostState): Unanswered['example'] {
  const address = ipv4FromNumber(addresses[0] ?? 0);
  const { usual, other } = typicalSenders(state, at);
  const decision = arpDecision(state, { interface: at, from: address === usual ? other : usual, to: address });
  return { address, because: decision.because, step: storyOf(decision).at(-1) ?? '' };
}

/** Whom an interface answers for although its profiles say: for nobody else. */
export interface Surplus {
  readonly profile: string;
  readonly interface: LinkName;
  readonly addresses: AddressSet;
}

/**
 * What of `answers` (whom each interface answers for) no promise on the interface speaks of, where each of them says that it is all, and of
 * which no plan said that it would be so.
 */
export function surplusOf(
  promises: readonly AnswerPromise[],
  answers: (link: LinkName) => AddressSet,
  waived: WaivedBy = NOTHING_WAIVED,
): Surplus[] {
  return [...groupBy(promises, (promise) => promise.interface)].flatMap(([link, here]): Surplus[] => {
    const [first] = here;
    if (first === undefined || !here.every(({ only }) => only)) return [];
    const named = here.map(({ profile, addresses }) => union(addresses, waivedOn(link, waived.get(profile), 'surplus'))).reduce(union);
    const addresses = difference(answers(link), named);
    return isEmptySet(addresses) ? [] : [{ profile: first.profile, interface: link, addresses }];
  });
}

/** What the host that a plan foretells will not keep of its promises (`missing`, and whom else it answers for), by profile. */
export function waivedBy(missing: readonly Unanswered[], promises: readonly AnswerPromise[], after: HostState): WaivedBy {
  const silent = missing.filter(({ how }) => how !== 'open');
  const surplus = surplusOf(promises, (link) => surely(answeredBy(after).get(link)));
  const entries = [
    ...silent.map(({ profile, ...entry }) => ({
      profile,
      waived: { interface: entry.interface, unanswered: allPrefixes(entry.addresses), surplus: [] },
    })),
    ...surplus.map(({ profile, ...entry }) => ({
      profile,
      waived: { interface: entry.interface, unanswered: [], surplus: allPrefixes(entry.addresses) },
    })),
  ];
  return new Map([...groupBy(entries, ({ profile }) => profile)].map(([profile, of]) => [profile, of.map(({ waived }) => waived)]));
}

/** How many prefixes a sentence names. */
const NAMED = 3;

/** `10.0.0.9, 10.0.1.0/24 and 4 more`. */
export function whomWords(addresses: AddressSet): string {
  return firstWords(firstPrefixes(addresses, NAMED));
}
