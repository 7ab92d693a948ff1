import type { LinkName } from '../net/link-name.ts';
import type { AddressSet } from '../net/address-set.ts';
import { answeredBy, gained } from '../model/answered.ts';
import { surely } from '../model/answer-change.ts';
import { changedAnswers, type Changed } from '../model/foretold-answers.ts';
import { foretell } from '../model/foretell.ts';
import type { Ledger } from '../model/ledger.ts';
import { makePlan } from '../model/make-plan.ts';
import { promisesOf } from '../model/promises.ts';
import { surplusOf, unanswered, whomWords, type Surplus, type Unanswered } from '../model/unanswered.ts';
import type { HostState } from '../model/state.ts';
import { counted } from '../net/count-words.ts';

export interface AnswersNow {
  readonly unanswered: readonly Unanswered[];
  readonly surplus: readonly Surplus[];
  /** Where the routes decide, and have come to something else than was foretold: no drift of the profile. */
  readonly changed: readonly (Changed & { readonly profile: string })[];
}

/** Whether the host, as it is, answers for whom the profiles in force promise, and for nobody else where they say so. */
export function answersOf(ledger: Ledger, state: HostState): AnswersNow {
  const promises = Object.values(ledger.profiles).flatMap(({ settings }) => promisesOf(settings, state));
  const waived = new Map(Object.entries(ledger.profiles).map(([name, profile]) => [name, profile.waived ?? []]));
  const isStrict = promises.some(({ only }) => only);
  return {
    unanswered: unanswered(promises, state, waived),
    changed: Object.entries(ledger.profiles).flatMap(([profile, { answers = {} }]) =>
      changedAnswers(answers, state).map((change) => ({ profile, ...change })),
    ),
    surplus: isStrict ? surplusOf(promises, owedToProfiles(ledger, state), waived) : [],
  };
}

/** Whom each interface answers for and would not without the profiles. */
function owedToProfiles(ledger: Ledger, state: HostState): (link: LinkName) => AddressSet {
  const { operations } = makePlan({ state, ledger, apply: [], remove: Object.keys(ledger.profiles), now: '' });
  const owed = gained(answeredBy(foretell(state, operations)), answeredBy(state));
  return (link) => surely(owed.get(link));
}

const VERBS: Readonly<Record<Unanswered['how'], string>> = {
  silent: 'does not answer',
  foretold: 'does not answer, as the plan said,',
  down: 'does not answer, with a link down,',
  open: 'may not answer',
};

/** One line for each thing that is not as the profile promises. */
export function answerWords({ unanswered: missing, surplus, changed }: AnswersNow): string[] {
  return [
    ...missing.map(({ interface: link, addresses, how, example }) => {
      return `${link} ${VERBS[how]} for ${whomWords(addresses)}: ${example.step} (${example.because})`;
    }),
    ...surplus.map(({ interface: link, addresses }) => `${link} answers also for ${whomWords(addresses)}, which the profile does not name`),
    ...changed.map(({ interface: link, foretold, now }) => {
      return `${link} answers for ${counted(now, 'address', 'addresses')}, foretold when it was applied: ${counted(foretold, 'address', 'addresses')}${now === foretold ? ', others' : ''}`;
    }),
  ];
}
