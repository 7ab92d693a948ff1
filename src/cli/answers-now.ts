import type { LinkName } from '../net/link-name.ts';
import type { AddressSet } from '../net/address-set.ts';
import { answeredBy, gained } from '../model/answered.ts';
import { surely } from '../model/answer-change.ts';
import { foretell } from '../model/foretell.ts';
import type { Ledger } from '../model/ledger.ts';
import { makePlan } from '../model/make-plan.ts';
import { promisesOf, surplusOf, unanswered, whomWords, type Surplus, type Unanswered } from '../model/promises.ts';
import type { HostState } from '../model/state.ts';

export interface AnswersNow {
  readonly unanswered: readonly Unanswered[];
  readonly surplus: readonly Surplus[];
}

/** Whether the host, as it is, answers for whom the profiles in force promise, and for nobody else where they say so. */
export function answersOf(ledger: Ledger, state: HostState): AnswersNow {
  const promises = Object.values(ledger.profiles).flatMap(({ settings }) => promisesOf(settings, state));
  const strict = promises.some(({ only }) => only);
  return { unanswered: unanswered(promises, state), surplus: strict ? surplusOf(promises, owedToProfiles(ledger, state)) : [] };
}

/** Whom each interface answers for and would not without the profiles. */
function owedToProfiles(ledger: Ledger, state: HostState): ReadonlyMap<LinkName, AddressSet> {
  const { operations } = makePlan({ state, ledger, apply: [], remove: Object.keys(ledger.profiles), now: '' });
  const owed = gained(answeredBy(foretell(state, operations)), answeredBy(state));
  return new Map([...owed].map(([link, answered]) => [link, surely(answered)]));
}

/** One line for each thing that is not as the profile promises. */
export function answerWords({ unanswered: missing, surplus }: AnswersNow): string[] {
  return [
    ...missing.map(({ interface: link, addresses, open, example }) => {
      const verb = open ? 'may not answer' : 'does not answer';
      return `${link} ${verb} for ${whomWords(addresses)}: ${example.step} (${example.because})`;
    }),
    ...surplus.map(({ interface: link, addresses }) => `${link} answers also for ${whomWords(addresses)}, which the profile does not name`),
  ];
}
