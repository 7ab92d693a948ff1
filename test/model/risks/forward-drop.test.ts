import { describe, expect, it } from 'vitest';
import { forwardChains, verdictOf } from '../../../src/model/risks/forward-chains.ts';
import { link } from '../../support/operations.ts';
import { kindsFound, risksFound } from '../../support/risks-found.ts';
import { router } from '../../support/router-state.ts';
import { officeOf } from '../../support/plain-profiles.ts';

const OFFICE = officeOf('192.168.0.0/24', '192.168.0.66');

type Expression = Readonly<Record<string, unknown>>;

const DROP: Expression = { drop: null };
const ACCEPT: Expression = { accept: null };
const JUMP: Expression = { jump: { target: 'other' } };
const meta = (key: string, right: unknown, op = '=='): Expression => ({ match: { op, left: { meta: { key } }, right } });
const ESTABLISHED: Expression = { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } };

/** The ruleset of one base chain `forward`, and of a chain `other` that only jumps lead to. */
function ruleset(policy: string, rules: readonly (readonly Expression[])[], other: readonly (readonly Expression[])[] = []): unknown[] {
  const at = { family: 'inet', table: 'filter' };
  return [
    { metainfo: { version: '1.1.3' } },
    { table: { family: 'inet', name: 'filter' } },
    { chain: { ...at, name: 'forward', type: 'filter', hook: 'forward', prio: 0, policy } },
    { chain: { ...at, name: 'other' } },
    ...rules.map((expr) => ({ rule: { ...at, chain: 'forward', expr } })),
    ...other.map((expr) => ({ rule: { ...at, chain: 'other', expr } })),
  ];
}

const CASES: readonly (readonly [claim: string, nftables: readonly unknown[], verdict: 'accept' | 'drop' | 'partly'])[] = [
  ['policy accept', ruleset('accept', []), 'accept'],
  ['policy drop', ruleset('drop', []), 'drop'],
  ['a drop of everything', ruleset('accept', [[{ counter: {} }, DROP]]), 'drop'],
  ['a reject from this interface', ruleset('accept', [[meta('iifname', 'eth0'), { reject: {} }]]), 'drop'],
  ['a drop from another interface', ruleset('accept', [[meta('iifname', 'eth7'), DROP]]), 'accept'],
  ['a drop from any but this one', ruleset('accept', [[meta('iifname', 'eth0', '!='), DROP]]), 'accept'],
  ['a drop of something else than interfaces', ruleset('accept', [[ESTABLISHED, DROP]]), 'accept'],
  ['policy drop, but between these accepted', ruleset('drop', [[meta('iifname', 'eth0'), meta('oifname', 'eth1'), ACCEPT]]), 'accept'],
  ['policy drop, accepted the other way alone', ruleset('drop', [[meta('iifname', 'eth1'), meta('oifname', 'eth0'), ACCEPT]]), 'drop'],
  ['policy drop, a pattern and a set accepted', ruleset('drop', [[meta('iifname', { set: ['lan', 'eth*'] }), ACCEPT]]), 'accept'],
  ['policy drop, a named set accepted', ruleset('drop', [[meta('iifname', '@lan'), ACCEPT]]), 'partly'],
  ['policy drop, only answers accepted', ruleset('drop', [[ESTABLISHED, ACCEPT]]), 'partly'],
  ['policy drop, an xt of iptables-nft', ruleset('drop', [[{ xt: { type: 'match', name: 'set' } }, ACCEPT]]), 'partly'],
  ['an accept in a chain that is jumped to', ruleset('drop', [[JUMP]], [[ACCEPT]]), 'accept'],
  ['an accept behind a return', ruleset('drop', [[JUMP]], [[{ return: null }], [ACCEPT]]), 'drop'],
  ['a drop in a chain that others are sent to', ruleset('accept', [[meta('iifname', 'eth7'), JUMP]], [[DROP]]), 'accept'],
  ['what stands behind a goto', ruleset('accept', [[{ goto: { target: 'other' } }], [DROP]]), 'accept'],
  ['a chain that jumps to itself', ruleset('drop', [[JUMP]], [[JUMP]]), 'drop'],
];

describe('verdictOf()', () => {
  it.each(CASES)('of %s', (_claim, nftables, verdict) => {
    const [chain] = forwardChains({ ...router({}), nftables });
    expect(chain === undefined ? 'no chain' : verdictOf(chain, link('eth0'), link('eth1'))).toBe(verdict);
  });
});

describe('forward-drop', () => {
  it('warns of a chain that drops what a profile attracts, with the rule that would let it pass', () => {
    const state = { ...router({ flags: { eth2: [] } }), nftables: ruleset('drop', []) };
    const [risk] = risksFound(state, OFFICE);
    expect(risk).toMatchObject({ code: 'forward-drop', severity: 'warning', profile: 'office' });
    expect(risk?.message).toContain('nft insert rule inet filter forward iifname eth0 oifname eth1 accept');
  });

  it('offers no line to copy that a shell would read otherwise', () => {
    const state = router({ addresses: ['192.168.0.1/24 eth0'] });
    const links = state.links.map((entry) => (entry.name === 'eth1' ? { ...entry, name: link('$(id)') } : entry));
    const glob = 'version: 1\nkind: private-vlan\nname: guests\ninterfaces: ["*"]\n';
    const nftables = ruleset('accept', [[meta('iifname', '$(id)'), DROP]]);
    const [message] = risksFound({ ...state, links, nftables }, glob).flatMap((risk) =>
      risk.code === 'forward-drop' ? [risk.message] : [],
    );
    expect(message).toMatch(/comes in by \$\(id\).*let them pass with a rule of that chain$/);
  });

  it('finds that one direction is not let pass', () => {
    const one = ruleset('drop', [[meta('iifname', 'eth0'), meta('oifname', 'eth1'), ACCEPT]]);
    expect(kindsFound({ ...router({ flags: { eth2: [] } }), nftables: one }, OFFICE)).toContain('warning forward-drop');
  });

  it('looks both ways between each of three segments and the next', () => {
    const three = `${OFFICE}  - interface: eth2\n    hosts: [192.168.0.67]\n`;
    const links = ['eth0', 'eth1', 'eth2'];
    for (const [from, out] of links.flatMap((one) => links.filter((other) => other !== one).map((other) => [one, other] as const))) {
      const nftables = ruleset('accept', [[meta('iifname', from), meta('oifname', out), DROP]]);
      expect(kindsFound({ ...router({}), nftables }, three), `${from} to ${out}`).toContain('warning forward-drop');
    }
  });

  it('does not mind chains of other hooks, types and families', () => {
    const at = { family: 'inet', table: 'filter', policy: 'drop' };
    const nftables = [
      { chain: { ...at, name: 'input', type: 'filter', hook: 'input' } },
      { chain: { ...at, name: 'route', type: 'route', hook: 'output' } },
      { chain: { ...at, family: 'ip6', name: 'forward', type: 'filter', hook: 'forward' } },
    ];
    expect(kindsFound({ ...router({ flags: { eth2: [] } }), nftables }, OFFICE)).not.toContain('warning forward-drop');
  });

  it('looks at a private VLAN from its interface to itself', () => {
    const guests = 'version: 1\nkind: private-vlan\nname: guests\ninterfaces: [eth0]\naddresses: [192.168.0.1/24]\n';
    const state = (nftables: readonly unknown[]) => ({ ...router({}), nftables });
    const rule = [meta('iifname', 'eth0'), meta('oifname', 'eth0'), DROP];
    expect(kindsFound(state(ruleset('accept', [rule])), guests)).toContain('warning forward-drop');
    expect(kindsFound(state(ruleset('accept', [[meta('oifname', 'eth1'), DROP]])), guests)).not.toContain('warning forward-drop');
  });
});
