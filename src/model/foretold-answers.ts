import { difference, isEmptySet, NO_ADDRESSES, type AddressSet } from '../net/address-set.ts';
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
  /** Nobody else; null where the profile does not say so. */
  readonly most: AddressSet | null;
}

/** What the promises come to on the host that a plan foretells. */
export function foretoldAnswers(promises: readonly AnswerPromise[], after: HostState): ForetoldAnswers[] {
  const all = answeredBy(after);
  return promises.map(({ interface: link, addresses, only, links }) => {
    const answers = surely(all.get(link));
    return { interface: link, links, must: difference(addresses, difference(addresses, answers)), most: only ? answers : null };
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
  return foretold.flatMap(({ interface: link, links, must, most }) => {
    const answered = all.get(link);
    const answers = surely(answered);
    const missing = difference(difference(must, answers), answered?.open ?? NO_ADDRESSES);
    const surplus = most === null ? NO_ADDRESSES : difference(answers, most);
    if (isEmptySet(missing) && isEmptySet(surplus)) return [];
    return [{ interface: link, unanswered: missing, surplus, isExcused: hangsInTheAir({ interface: link, links }, state) }];
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
