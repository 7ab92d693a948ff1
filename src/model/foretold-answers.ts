import { difference, intersection, isEmptySet, NO_ADDRESSES, sizeOfSet, type AddressSet } from '../net/address-set.ts';
import type { LinkName } from '../net/link-name.ts';
import { surely } from './answer-change.ts';
import { answeredBy } from './answered.ts';
import { hangsInTheAir, type AnswerPromise } from './promises.ts';
import type { HostState } from './state.ts';
import { whomWords } from './unanswered.ts';

/** Whom an interface answers for after a plan, as far as that was foretold: what is verified on the host as it then is. */
export interface ForetoldAnswers {
  readonly interface: LinkName;
  /** What it hangs on besides. */
  readonly links: readonly LinkName[];
  /** What was promised, but for what the plan warned of. */
  readonly must: AddressSet;
  /** Whom it answers for in all. */
  readonly all: AddressSet;
  /** Whether the profile says so: for nobody else. Else the routes decide, which others change as well. */
  readonly only: boolean;
}

/** What the promises come to on the host that a plan foretells. */
export function foretoldAnswers(promises: readonly AnswerPromise[], after: HostState): ForetoldAnswers[] {
  const all = answeredBy(after);
  return promises.map(({ interface: link, addresses, only, links }) => {
    const answers = surely(all.get(link));
    return { interface: link, links, must: intersection(addresses, answers), all: answers, only };
  });
}

/** What is not as it was foretold. */
export interface Breach {
  readonly interface: LinkName;
  readonly unanswered: AddressSet;
  readonly surplus: AddressSet;
  /**
   * Why it is nobody's mistake: a link of the profile has gone down meanwhile or lost its carrier, or all that is promised is kept, and others
   * have changed the routes that decide about the rest. Null: it is one.
   */
  readonly excuse: 'link' | 'routes' | null;
}

export function breaches(foretold: readonly ForetoldAnswers[], state: HostState): Breach[] {
  if (foretold.length === 0) return [];
  const all = answeredBy(state);
  return foretold.flatMap(({ interface: link, links, must, all: foreseen, only }): Breach[] => {
    const answered = all.get(link);
    const answers = surely(answered);
    const missing = difference(difference(must, answers), answered?.open ?? NO_ADDRESSES);
    const surplus = difference(answers, foreseen);
    if (isEmptySet(missing) && isEmptySet(surplus)) return [];
    const excuse = hangsInTheAir({ interface: link, links }, state) ? 'link' : isEmptySet(missing) && !only ? 'routes' : null;
    return [{ interface: link, unanswered: missing, surplus, excuse }];
  });
}

/** `eth0 does not answer for 10.0.0.9, and answers for 10.0.0.7, which was not foretold`. */
export function breachWords({ interface: link, unanswered: missing, surplus }: Breach): string {
  const parts = [
    ...(isEmptySet(missing) ? [] : [`does not answer for ${whomWords(missing)}`]),
    ...(isEmptySet(surplus) ? [] : [`answers for ${whomWords(surplus)}, which was not foretold`]),
  ];
  return `${link} ${parts.join(', and ')}`;
}

const EXCUSES = { link: 'a link is down or has no carrier', routes: 'routes, rules or switches have changed meanwhile' } as const;

/** `breachWords` with the reason for which it is none. */
export function excuseWords(breach: Breach): string {
  return breach.excuse === null ? breachWords(breach) : `${breachWords(breach)}: ${EXCUSES[breach.excuse]}`;
}

/** A set in a few bytes, `<how many>:<FNV-1a of its bounds by 16 bits>`: a hundred thousand addresses are not to be kept for one comparison. */
export function answersDigest(set: AddressSet): string {
  let hash = 0x811c9dc5;
  for (const bound of set) {
    hash = Math.imul(hash ^ (bound & 0xffff), 0x01000193);
    // A bound may be 2^32, of which a shift would see nothing.
    hash = Math.imul(hash ^ ((bound / 0x10000) | 0), 0x01000193);
  }
  return `${sizeOfSet(set)}:${(hash >>> 0).toString(16)}`;
}

/** By interface, for whom profiles that let the routes decide answer on a host. */
export function digestsOf(promises: readonly AnswerPromise[], state: HostState): Readonly<Record<string, string>> {
  const links = promises.filter(({ only }) => !only).map((promise) => promise.interface);
  return Object.fromEntries(links.map((link) => [link, answersDigest(surely(answeredBy(state).get(link)))]));
}

/** An interface that answers for others than it was to. */
export interface Changed {
  readonly interface: string;
  /** How many addresses that were, and how many it answers for now. */
  readonly foretold: number;
  readonly now: number;
}

/** Where a host answers otherwise than `answers` of a profile says. */
export function changedAnswers(answers: Readonly<Record<string, string>>, state: HostState): Changed[] {
  return Object.entries(answers).flatMap(([link, digest]): Changed[] => {
    const now = answersDigest(surely(answeredBy(state).get(link as LinkName)));
    return now === digest ? [] : [{ interface: link, foretold: Number.parseInt(digest, 10), now: Number.parseInt(now, 10) }];
  });
}
