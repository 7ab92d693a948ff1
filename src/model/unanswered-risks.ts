import { unanswered, whomWords, type AnswerPromise } from './promises.ts';
import type { Risk } from './risk.ts';
import type { HostState } from './state.ts';

/** What the profiles promise and the foretold host will not answer for, though all their settings are in force. */
export function unansweredRisks(promises: readonly AnswerPromise[], after: HostState): Risk[] {
  return unanswered(promises, after).map(({ profile, interface: link, addresses, open, example }) => {
    return {
      code: 'unanswered',
      severity: open ? 'note' : 'warning',
      profile,
      message: `${link} ${open ? 'may not' : 'will not'} answer for ${whomWords(addresses)} with all of the profile in force: ${example.step} (${example.because})`,
    };
  });
}
