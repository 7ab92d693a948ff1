import { whomWords, type Unanswered } from './unanswered.ts';
import type { Risk } from './risk.ts';

/** What the profiles promise and the foretold host will not answer for, though all their settings are in force. */
export function unansweredRisks(missing: readonly Unanswered[]): Risk[] {
  return missing.map(({ profile, interface: link, addresses, how, example }) => {
    return {
      code: 'unanswered',
      severity: how === 'open' ? 'note' : 'warning',
      profile,
      message: `${link} ${how === 'open' ? 'may not' : 'will not'} answer for ${whomWords(addresses)} with all of the profile in force: ${example.step} (${example.because})`,
    };
  });
}
