import { describe, expect, it } from 'vitest';
import { possibleOutcomes } from '../../src/model/arp-decision.ts';
import { historiesOf } from '../../src/model/routing-history.ts';
import type { HostState } from '../../src/model/state.ts';
import { ipv4FromNumber, ipv4ToNumber } from '../../src/net/ipv4.ts';
import { Random } from '../fuzz/random.ts';
import { ip, link } from '../support/operations.ts';
import { arbitraryRouter } from '../support/arbitrary-router.ts';

const UNKNOWN: HostState['sticky'] = { customRules: null, customLocalRoutes: null };
const KNOWN: readonly HostState['sticky'][] = [
  { customRules: false, customLocalRoutes: false },
  { customRules: false, customLocalRoutes: true },
  { customRules: true, customLocalRoutes: true },
];

describe('historiesOf()', () => {
  it('leaves possible exactly what one of the histories makes of a request, though it leaves out those that make no difference', () => {
    const told = { shorter: 0, whole: 0, different: 0 };
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed);
      const state = { ...arbitraryRouter(random, { withRules: false }), sticky: UNKNOWN };
      if (historiesOf(state).length < 3) told.shorter++;
      else told.whole++;
      for (let i = 0; i < 40; i++) {
        const number = (): number => ipv4ToNumber(ip(random.pick(['10.0.0.0', '10.0.1.0', '192.168.0.0']))) + random.below(18);
        const question = {
          interface: link(random.pick(['eth0', 'eth1', 'eth2'])),
          from: ipv4FromNumber(number()),
          to: ipv4FromNumber(number()),
        };
        const outcomes = (sticky: HostState['sticky']): string[] =>
          possibleOutcomes({ ...state, sticky }, question).map(({ answer, because }) => `${answer}: ${because}`);
        // A local route that is there shows that one was added: then the first history is none.
        const possible = [...new Set(KNOWN.flatMap(outcomes))].sort();
        if (possible.length > 1) told.different++;
        expect([...new Set(outcomes(UNKNOWN))].sort(), `seed ${seed}: ${JSON.stringify(question)}`).toEqual(possible);
      }
    }
    for (const count of Object.values(told)) expect(count).toBeGreaterThan(20);
  });
});
