import { describe, expect, it } from 'vitest';
import { fibLookup, type FibResult } from '../../src/model/fib-lookup.ts';
import type { Flow } from '../../src/model/flow.ts';
import type { HostState, NexthopEntry, RuleEntry } from '../../src/model/state.ts';
import { ip, link } from '../support/operations.ts';
import { router, type RouterWords } from '../support/router-state.ts';

/** What was found, in words: `10.9.0.0/24 dev eth1`, or why nothing was. */
function words(result: FibResult): string {
  switch (result.found) {
    case 'nothing':
      return 'nothing';
    case 'unknown':
      return `unknown: rule ${result.rule.priority}`;
    case 'refusal':
      return `${result.by}${result.route === null ? ' by rule' : ` ${result.route.to}`}`;
    case 'route': {
      const { route, table, hops } = result;
      const ways = hops.map(({ interface: at, via }) => `${via === undefined ? '' : ` via ${via}`} dev ${at ?? ''}`);
      return `${route.type === 'unicast' ? '' : `${route.type} `}${route.to}${ways.join('')}${table === 254 ? '' : ` table ${table}`}`;
    }
  }
}

function look(state: HostState, to: string, flow: Partial<Flow> = {}): string {
  const customRules = state.sticky.customRules ?? false;
  return words(fibLookup(state, { to: ip(to), from: ip('10.0.0.2'), iif: link('eth0'), ...flow }, customRules));
}

const eth1 = link('eth1');
const DOWN = { eth1: ['LOWER_UP'] };
const NO_CARRIER = { eth1: ['UP', 'NO-CARRIER'] };
const IGNORED = { 'eth1/ignore_routes_with_linkdown': '1' };
const OBJECTS: readonly NexthopEntry[] = [
  { id: 1, interface: eth1 },
  { id: 2, interface: link('eth2'), via: ip('10.0.2.9') },
  { id: 3, blackhole: true },
  {
    id: 4,
    group: [
      { id: 1, weight: 1 },
      { id: 2, weight: 1 },
    ],
  },
];

describe('fibLookup()', () => {
  it.each<[claim: string, state: RouterWords, to: string, found: string]>([
    ['finds nothing where no prefix holds the target', { routes: ['10.9.0.0/24 dev eth1'] }, '10.9.1.1', 'nothing'],
    [
      'takes the longest prefix',
      { routes: ['default dev eth0', '10.0.0.0/8 dev eth1', '10.9.0.0/16 dev eth2'] },
      '10.9.1.1',
      '10.9.0.0/16 dev eth2',
    ],
    [
      'takes the least metric',
      { routes: ['10.9.0.0/24 dev eth0 metric 5', '10.9.0.0/24 dev eth1 metric 2'] },
      '10.9.0.1',
      '10.9.0.0/24 dev eth1',
    ],
    [
      'passes over routes with a tos',
      { routes: ['10.0.0.0/8 dev eth2', '10.9.0.0/24 dev eth1 tos 16'] },
      '10.9.0.1',
      '10.0.0.0/8 dev eth2',
    ],
    [
      'stops at a blackhole before a default route (F11)',
      { routes: ['default dev eth1', 'blackhole 10.9.0.0/24'] },
      '10.9.0.1',
      'blackhole 10.9.0.0/24',
    ],
    ['stops at unreachable', { routes: ['default dev eth1', 'unreachable 10.9.0.0/24'] }, '10.9.0.1', 'unreachable 10.9.0.0/24'],
    ['stops at prohibit', { routes: ['default dev eth1', 'prohibit 10.9.0.0/24'] }, '10.9.0.1', 'prohibit 10.9.0.0/24'],
    [
      'leaves the table at throw, not to a shorter prefix of it (F11)',
      { routes: ['default dev eth1', 'throw 10.9.0.0/24'] },
      '10.9.0.1',
      'nothing',
    ],
    [
      'goes on to table default after throw',
      { routes: ['default dev eth1', 'throw 10.9.0.0/24', '10.9.0.0/16 dev eth2 table 253'] },
      '10.9.0.1',
      '10.9.0.0/16 dev eth2 table 253',
    ],
    [
      'asks table default where main knows nothing',
      { routes: ['10.9.0.0/24 dev eth1 table 253'] },
      '10.9.0.1',
      '10.9.0.0/24 dev eth1 table 253',
    ],
    [
      'takes a refusal in main for final',
      { routes: ['blackhole 10.9.0.0/24', '10.9.0.0/24 dev eth1 table 253'] },
      '10.9.0.1',
      'blackhole 10.9.0.0/24',
    ],
    ['never looks into other tables by itself', { routes: ['10.9.0.0/24 dev eth1 table 100'] }, '10.9.0.1', 'nothing'],
    [
      'searches local and main as one, the longest first (F21)',
      { routes: ['local 10.9.0.0/16 dev lo', '10.9.1.0/24 dev eth1'] },
      '10.9.1.1',
      '10.9.1.0/24 dev eth1',
    ],
    [
      'searches local first once rules were touched (F21)',
      { routes: ['local 10.9.0.0/16 dev lo', '10.9.1.0/24 dev eth1'], sticky: { customRules: true, customLocalRoutes: true } },
      '10.9.1.1',
      'local 10.9.0.0/16 dev lo table 255',
    ],
    [
      'prefers local for the same prefix',
      { routes: ['10.9.0.0/24 dev eth1', 'local 10.9.0.0/24 dev lo metric 9'] },
      '10.9.0.1',
      'local 10.9.0.0/24 dev lo table 255',
    ],
    [
      'finds own addresses, also of an interface that is down (F6)',
      { addresses: ['10.1.0.1/24 eth1'], flags: DOWN },
      '10.1.0.1',
      'local 10.1.0.1/32 dev eth1 table 255',
    ],
    [
      'finds the broadcast address that an address brings (F12)',
      { addresses: ['10.1.0.1/24 eth1'] },
      '10.1.0.255',
      'broadcast 10.1.0.255/32 dev eth1 table 255',
    ],
    ['finds 127.0.0.0/8 on lo', {}, '127.3.3.3', 'local 127.0.0.0/8 dev lo table 255'],
    [
      'passes over a route by a link that is down',
      { routes: ['10.0.0.0/8 dev eth2', '10.9.0.0/24 dev eth1'], flags: DOWN },
      '10.9.0.1',
      '10.0.0.0/8 dev eth2',
    ],
    [
      'uses a link without carrier (F27)',
      { routes: ['10.0.0.0/8 dev eth2', '10.9.0.0/24 dev eth1 linkdown'], flags: NO_CARRIER },
      '10.9.0.1',
      '10.9.0.0/24 dev eth1',
    ],
    [
      'unless ignore_routes_with_linkdown says otherwise (F27)',
      { routes: ['10.0.0.0/8 dev eth2', '10.9.0.0/24 dev eth1 linkdown'], flags: NO_CARRIER, switches: IGNORED },
      '10.9.0.1',
      '10.0.0.0/8 dev eth2',
    ],
    [
      'and then takes the next metric of the same prefix',
      { routes: ['10.9.0.0/24 dev eth2 metric 9', '10.9.0.0/24 dev eth1'], flags: NO_CARRIER, switches: IGNORED },
      '10.9.0.1',
      '10.9.0.0/24 dev eth2',
    ],
    ['asks a refusal for no link', { routes: ['blackhole 10.9.0.0/24 dev eth1'], flags: DOWN }, '10.9.0.1', 'blackhole 10.9.0.0/24'],
    [
      'gives every usable hop (F14)',
      { routes: ['10.9.0.0/24 nexthop dev eth0 nexthop via 10.0.2.9 dev eth2'] },
      '10.9.0.1',
      '10.9.0.0/24 dev eth0 via 10.0.2.9 dev eth2',
    ],
    ['and only those', { routes: ['10.9.0.0/24 nexthop dev eth1 nexthop dev eth2'], flags: DOWN }, '10.9.0.1', '10.9.0.0/24 dev eth2'],
    ['follows a nexthop object', { routes: ['10.9.0.0/24 nhid 2'], nexthops: OBJECTS }, '10.9.0.1', '10.9.0.0/24 via 10.0.2.9 dev eth2'],
    ['follows a group', { routes: ['10.9.0.0/24 nhid 4'], nexthops: OBJECTS }, '10.9.0.1', '10.9.0.0/24 dev eth1 via 10.0.2.9 dev eth2'],
    [
      'stops at a nexthop object that is a blackhole (F11)',
      { routes: ['default dev eth1', '10.9.0.0/24 nhid 3'], nexthops: OBJECTS },
      '10.9.0.1',
      'blackhole 10.9.0.0/24',
    ],
  ])('%s', (_claim, state, to, found) => {
    expect(look(router(state), to)).toBe(found);
  });

  it.each<[claim: string, rules: readonly RuleEntry[], found: string]>([
    [
      'asks rules in the order of their priority',
      [
        { priority: 9, src: 'all', table: '100' },
        { priority: 8, src: 'all', table: '101' },
      ],
      '10.9.0.0/24 dev eth1 table 101',
    ],
    ['goes on to the next table where one knows nothing', [{ priority: 9, src: 'all', table: '77' }], '10.9.0.0/24 dev eth0'],
    ['takes a rule for its sender (F23)', [{ priority: 9, src: '10.0.0.0', srclen: 24, table: '100' }], '10.9.0.0/24 dev eth2 table 100'],
    ['leaves it for others', [{ priority: 9, src: '10.0.1.0', srclen: 24, table: '100' }], '10.9.0.0/24 dev eth0'],
    ['takes a bare address for a whole one', [{ priority: 9, src: '10.0.0.2', table: '100' }], '10.9.0.0/24 dev eth2 table 100'],
    [
      'takes a rule for its target',
      [{ priority: 9, src: 'all', dst: '10.9.0.0', dstlen: 30, table: '100' }],
      '10.9.0.0/24 dev eth2 table 100',
    ],
    [
      'takes a rule for the receiving interface',
      [{ priority: 9, src: 'all', iif: 'eth0', table: '100' }],
      '10.9.0.0/24 dev eth2 table 100',
    ],
    ['leaves it for others', [{ priority: 9, src: 'all', iif: 'eth1', table: '100' }], '10.9.0.0/24 dev eth0'],
    [
      'leaves a rule whose interface is gone',
      [{ priority: 9, src: 'all', iif: 'eth0', iif_detached: null, table: '100' }],
      '10.9.0.0/24 dev eth0',
    ],
    [
      'turns a rule round with not',
      [{ priority: 9, not: null, src: '10.0.1.0', srclen: 24, table: '100' }],
      '10.9.0.0/24 dev eth2 table 100',
    ],
    ...['oif', 'fwmark', 'tos', 'ipproto', 'dport', 'tun_id'].flatMap((key): [string, RuleEntry[], string][] => {
      const value = key === 'oif' ? 'eth1' : key === 'ipproto' ? 'ipproto-6' : '0x10';
      return [
        [`never takes a rule with ${key} (F23)`, [{ priority: 9, src: 'all', [key]: value, table: '100' }], '10.9.0.0/24 dev eth0'],
        [
          `but its opposite with not`,
          [{ priority: 9, not: null, src: 'all', [key]: value, table: '100' }],
          '10.9.0.0/24 dev eth2 table 100',
        ],
      ];
    }),
    [
      'takes a mark of 0 under a mask',
      [{ priority: 9, src: 'all', fwmark: '0', fwmask: '0xff', table: '100' }],
      '10.9.0.0/24 dev eth2 table 100',
    ],
    ['takes the users from 0 on', [{ priority: 9, src: 'all', uid_start: 0, uid_end: 5, table: '100' }], '10.9.0.0/24 dev eth2 table 100'],
    ['and no others', [{ priority: 9, src: 'all', uid_start: 5, uid_end: 9, table: '100' }], '10.9.0.0/24 dev eth0'],
    ['obeys unreachable rules (F23)', [{ priority: 9, src: 'all', action: '7' }], 'unreachable by rule'],
    ['obeys prohibit rules', [{ priority: 9, src: 'all', action: 'prohibit' }], 'prohibit by rule'],
    ['obeys blackhole rules', [{ priority: 9, src: 'all', action: '6' }], 'blackhole by rule'],
    [
      'jumps with goto',
      [
        { priority: 9, src: 'all', goto: 32766 },
        { priority: 10, src: 'all', table: '100' },
      ],
      '10.9.0.0/24 dev eth0',
    ],
    [
      'passes over a goto to nowhere',
      [
        { priority: 9, src: 'all', goto: 44 },
        { priority: 10, src: 'all', table: '100' },
      ],
      '10.9.0.0/24 dev eth2 table 100',
    ],
    ['passes over nop', [{ priority: 9, src: 'all', nop: null }], '10.9.0.0/24 dev eth0'],
    ['suppresses prefixes that are too short', [{ priority: 9, src: 'all', table: '100', suppress_prefixlen: 24 }], '10.9.0.0/24 dev eth0'],
    ['but no longer ones', [{ priority: 9, src: 'all', table: '100', suppress_prefixlen: 23 }], '10.9.0.0/24 dev eth2 table 100'],
    ['leaves rules of VRFs to interfaces in one', [{ priority: 9, src: 'all', l3mdev: null }], '10.9.0.0/24 dev eth0'],
    ['does not guess what an unknown key selects', [{ priority: 9, src: 'all', table: '100', colour: 'red' }], 'unknown: rule 9'],
    ['unless the rule is for others anyway', [{ priority: 9, src: '10.1.1.1', table: '100', colour: 'red' }], '10.9.0.0/24 dev eth0'],
    ['does not guess a group of links', [{ priority: 9, src: 'all', table: '100', suppress_ifgroup: '3' }], 'unknown: rule 9'],
  ])('%s', (_claim, rules, found) => {
    const routes = ['10.9.0.0/24 dev eth0', '10.9.0.0/24 dev eth1 table 101', '10.9.0.0/24 dev eth2 table 100'];
    expect(look(router({ routes, rules }), '10.9.0.1')).toBe(found);
  });

  it('passes over rules until any was touched (F21)', () => {
    const state = router({ routes: ['10.9.0.0/24 dev eth0', '10.9.0.0/24 dev eth1 table 100'] });
    expect(look({ ...state, rules: [{ priority: 5, src: 'all', table: '100' }] }, '10.9.0.1')).toBe('10.9.0.0/24 dev eth0');
  });

  it('finds nothing without any rule once they were touched', () => {
    const state = router({ routes: ['10.9.0.0/24 dev eth0'], sticky: { customRules: true, customLocalRoutes: false } });
    expect(look({ ...state, rules: [] }, '10.9.0.1')).toBe('nothing');
  });

  it('narrows a lookup to an interface and a scope, and ignores the carrier if asked', () => {
    const routes = ['10.9.0.0/24 via 10.0.0.9 dev eth0 onlink', '10.0.0.0/8 dev eth1', '10.9.0.0/16 dev eth2'];
    const state = router({ routes, flags: NO_CARRIER, switches: IGNORED });
    expect(look(state, '10.9.0.1')).toBe('10.9.0.0/24 via 10.0.0.9 dev eth0');
    expect(look(state, '10.9.0.1', { scope: 253 })).toBe('10.9.0.0/16 dev eth2');
    expect(look(state, '10.9.0.1', { scope: 253, oif: eth1 })).toBe('nothing');
    expect(look(state, '10.9.0.1', { scope: 253, oif: eth1, ignoreLinkState: true })).toBe('10.0.0.0/8 dev eth1');
  });
});
