import { describe, expect, it } from 'vitest';
import { possibleOutcomes } from '../../src/model/arp-decision.ts';
import { historiesOf } from '../../src/model/routing-history.ts';
import type { HostState } from '../../src/model/state.ts';
import { ipv4FromNumber, ipv4ToNumber, UNSPECIFIED } from '../../src/net/ipv4.ts';
import { Random } from '../fuzz/random.ts';
import { ip, link } from '../support/operations.ts';
import { arbitraryRouter } from '../support/arbitrary-router.ts';
import { routeOf } from '../support/router-state.ts';

const BOTH: readonly HostState['sticky'][] = [
  { customRules: false, customLocalRoutes: false },
  { customRules: false, customLocalRoutes: true },
  { customRules: true, customLocalRoutes: true },
];

describe('historiesOf()', () => {
  it.each<readonly [what: string, unknown: HostState['sticky'], known: readonly HostState['sticky'][]]>([
    ['nothing is known', { customRules: null, customLocalRoutes: null }, BOTH],
    [
      'no local route was ever added',
      { customRules: null, customLocalRoutes: false },
      [
        { customRules: false, customLocalRoutes: false },
        { customRules: true, customLocalRoutes: false },
      ],
    ],
  ])(
    'leaves possible what one of the histories makes of a request, though it leaves out those that make no difference: %s',
    (_what, unknown, known) => {
      const told = { shorter: 0, whole: 0, different: 0 };
      for (let seed = 0; seed < 300; seed++) {
        const random = new Random(seed);
        const bare = arbitraryRouter(random, { withRules: false });
        const state = {
          ...bare,
          routes: random.chance(0.2) ? [...bare.routes, routeOf('local 10.0.1.8/29 dev lo table 254')] : bare.routes,
        };
        const unsure = { ...state, sticky: unknown };
        if (historiesOf(unsure).some(({ customRules }) => customRules)) told.whole++;
        else told.shorter++;
        for (let i = 0; i < 40; i++) {
          const number = (): number => ipv4ToNumber(ip(random.pick(['10.0.0.0', '10.0.1.0', '192.168.0.0']))) + random.below(18);
          const from = random.chance(0.1) ? UNSPECIFIED : ipv4FromNumber(number());
          const question = { interface: link(random.pick(['eth0', 'eth1', 'eth2'])), from, to: ipv4FromNumber(number()) };
          const outcomes = (of: HostState): string[] =>
            possibleOutcomes(of, question).map(({ answer, because }) => `${answer}: ${because}`);
          const possible = [...new Set(known.flatMap((sticky) => outcomes({ ...state, sticky })))].sort();
          if (possible.length > 1) told.different++;
          expect([...new Set(outcomes(unsure))].sort(), `seed ${seed}: ${JSON.stringify(question)}`).toEqual(possible);
        }
      }
      for (const count of Object.values(told)) expect(count).toBeGreaterThan(20);
    },
  );
});
