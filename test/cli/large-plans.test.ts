// What one profile may come to: tens of thousands of addresses, routes and translations, thousands of interfaces. Whatever looks through all of them for
// each one, or hands them to one call as its arguments, does not come to an end here.
import { describe, expect, it } from 'vitest';
import { planProfiles, planRemoval } from '../../src/cli/work-out.ts';
import { packTransaction, unpackTransaction } from '../../src/host/journal-format.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import { foretell } from '../../src/model/foretell.ts';
import { isEmptyPlan } from '../../src/model/make-plan.ts';
import type { Plan } from '../../src/model/plan.ts';
import { remaining } from '../../src/model/remaining.ts';
import type { HostState } from '../../src/model/state.ts';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import { parseProfiles } from '../../src/profile/parse.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { changesOf, commandsOf } from '../../src/render/plan-json.ts';
import { planLines } from '../../src/render/plan-text.ts';
import { freshHost } from '../support/memory-kernel.ts';

const NOW = '2030-01-01T00:00:00.000Z';

const ip = (number: number): string => ipv4FromNumber(0x0a000000 + number);
const lines = (count: number, line: (at: number) => string): string => Array.from({ length: count }, (_, at) => line(at)).join('\n');
const custom = (key: string, count: number, item: (at: number) => string): string =>
  `version: 1\nkind: custom\nname: large\n${key}:\n${lines(count, (at) => `  - ${item(at)}`)}\n`;

/** As large as it gets; `changes` is how many there are at least. */
const LARGE: readonly { what: string; text: string; links?: number; changes: number }[] = [
  {
    what: '10,000 addresses of subnets of their own',
    text: custom('addresses', 10_000, (at) => `{ address: ${ip(256 * at + 1)}/24, interface: eth0 }`),
    changes: 10_000,
  },
  {
    what: '10,000 addresses of one subnet',
    text: custom('addresses', 10_000, (at) => `{ address: ${ip(at + 1)}/8, interface: eth0 }`),
    changes: 10_000,
  },
  {
    what: '50,000 routes',
    text: custom('routes', 50_000, (at) => `{ to: ${ip(2 * at + 1)}/32, interface: eth1 }`),
    changes: 50_000,
  },
  {
    what: '10,000 proxy neighbours',
    text: custom('proxies', 10_000, (at) => `{ address: ${ip(2 * at)}, interface: eth1 }`),
    changes: 10_000,
  },
  {
    what: '150,000 translations',
    text: `version: 1\nkind: nat-proxy\nname: large\noutside: eth0\ninside: eth1\nnat:\n${lines(150_000, (at) => `  - { public: 11.${at >> 16}.${(at >> 8) & 255}.${at & 255}, private: ${ip(at)} }`)}\n`,
    changes: 5,
  },
  {
    what: '2,000 interfaces',
    text: 'version: 1\nkind: private-vlan\nname: large\ninterfaces: ["veth*"]\n',
    links: 2000,
    changes: 4 * 2000,
  },
  {
    what: '300 segments',
    text: `version: 1\nkind: pseudo-bridge\nname: large\nsegments:\n  - { interface: eth0, addresses: [10.0.0.1/8], hosts: [10.0.0.2] }\n${lines(300, (at) => `  - { interface: veth${at}, hosts: [${ip(4 * at + 5)}] }`)}\n`,
    links: 300,
    changes: 6 * 300,
  },
];

function profileOf(text: string): Profile {
  const { profiles, diagnostics } = parseProfiles({ file: 'large.yaml', bytes: Buffer.from(text) }, () => ({ ok: false, problem: 'none' }));
  if (profiles[0] === undefined) throw new Error(diagnostics[0]?.message);
  return profiles[0];
}

/** The plan as its journal brings it back. */
function recorded({ operations, links, ledger }: Plan): Pick<Plan, 'operations' | 'ledger'> {
  const by = { pid: 1, startTicks: 1, uid: 0, user: null };
  const request = { id: 'large', command: 'apply large', startedAt: NOW, by, links, confirmWithinMs: null };
  const packed = packTransaction({ ...request, operations, ledgerBefore: EMPTY_LEDGER, ledgerAfter: ledger });
  const read = unpackTransaction(JSON.parse(JSON.stringify(packed)));
  if (read === undefined) throw new Error('The transaction does not read back');
  return { operations: read.operations, ledger: read.ledgerAfter };
}

const sizes = ({ addresses, routes, proxies, nat }: HostState): number[] =>
  [addresses, routes, proxies, Object.keys(nat)].map(({ length }) => length);

describe('a plan', () => {
  it.each(LARGE)('of $what is made, shown, recorded, found in force and taken back', ({ text, links = 0, changes }) => {
    const host = freshHost(['eth0', 'eth1', ...Array.from({ length: links }, (_, at) => `veth${at}`)]);
    const profile = profileOf(text);
    const plan = planProfiles([profile], host, EMPTY_LEDGER, NOW);
    expect(plan.conflicts).toEqual([]);
    expect(changesOf(plan).length).toBeGreaterThanOrEqual(changes);
    expect(planLines(plan, 'all').length).toBeGreaterThan(changes);
    expect(planLines(plan).length).toBeLessThan(400);
    expect(commandsOf(plan).length).toBeGreaterThanOrEqual(changes);
    const { operations, ledger } = recorded(plan);
    const after = foretell(host, operations);
    expect(remaining(plan.desired, after)).toEqual([]);
    const again = planProfiles([profile], after, ledger, NOW);
    expect(isEmptyPlan(again, ledger)).toBe(true);
    const removal = planRemoval(['large'], after, ledger, NOW);
    const given = foretell(after, removal.operations);
    expect(given.sysctls).toEqual(host.sysctls);
    expect(sizes(given)).toEqual(sizes(host));
  });
});
