import { describe, expect, it } from 'vitest';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/ledger.ts';
import { followLedger, followOperations, namesIn, renamesSince, type LinkIdentities } from '../../src/model/link-identity.ts';
import type { Setting } from '../../src/model/operation.ts';
import type { Link } from '../../src/model/state.ts';
import type { Mac } from '../../src/net/mac.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { address, link, operation, route, sysctl } from '../support/operations.ts';

const { links: LINKS } = freshHost(['eth0', 'eth1']);
const KNOWN: LinkIdentities = Object.fromEntries(LINKS.map(({ name, index, mac }) => [name, { index, mac }]));

/** The same links, each under the name that it has now. */
const named = (names: Readonly<Record<string, string>>): Link[] =>
  LINKS.map((one) => ({ ...one, name: link(names[one.name] ?? one.name) }));

describe('namesIn()', () => {
  it('finds the interfaces of every kind of operation, and no other holder of switches', () => {
    const operations = [
      sysctl('net/ipv4/conf/eth0/proxy_arp', '0', '1'),
      sysctl('net/ipv4/ip_forward', '0', '1'),
      address('10.0.0.1/24', 'eth1'),
      route('10.0.0.9/32', 'eth2'),
      operation('nat', 'parp_edge', null, { ...EXAMPLE_TABLE, outside: link('eth3') }),
    ];
    expect([...namesIn(operations)]).toEqual(['eth0', 'eth1', 'eth2', 'eth3']);
  });
});

describe('renamesSince()', () => {
  it('follows two interfaces that changed their names with each other', () => {
    const renames = renamesSince(KNOWN, named({ eth0: 'eth1', eth1: 'eth0' }));
    expect([...renames]).toEqual([
      ['eth0', 'eth1'],
      ['eth1', 'eth0'],
    ]);
    const both = [sysctl('net/ipv4/conf/eth0/proxy_arp', '0', '1'), address('10.0.0.1/24', 'eth1')];
    expect(followOperations(both, renames)).toEqual([sysctl('net/ipv4/conf/eth1/proxy_arp', '0', '1'), address('10.0.0.1/24', 'eth0')]);
  });

  it('takes a new interface of the old name for another one, and a new MAC for nothing', () => {
    expect([
      ...renamesSince(
        KNOWN,
        LINKS.map((one) => (one.name === 'eth0' ? { ...one, index: 9 } : one)),
      ),
    ]).toEqual([['eth0', null]]);
    expect(
      renamesSince(
        KNOWN,
        LINKS.map((one) => ({ ...one, mac: '02:00:00:00:00:99' as Mac })),
      ).size,
    ).toBe(0);
  });
});

describe('followLedger()', () => {
  it('has a table speak of the interface as it is called now, so that the one which does not is seen to differ', () => {
    const wanted: Setting = { kind: 'nat', subject: 'parp_edge', value: { ...EXAMPLE_TABLE, outside: link('eth0') } };
    const profile = {
      profile: 'edge',
      kind: 'nat-proxy',
      settings: [wanted],
      announcements: [],
      announce: false,
      claims: [],
      probe: false,
      stale: [],
      flush: false,
      risks: [],
      acceptRisks: [],
      origin: {},
    } as const;
    const ledger: Ledger = { ...EMPTY_LEDGER, links: KNOWN, profiles: { edge: { settings: profile, appliedAt: '2030-01-01T00:00:00Z' } } };
    const followed = followLedger(ledger, named({ eth0: 'wan0' }));
    expect(followed.profiles['edge']?.settings.settings).toEqual([{ ...wanted, value: { ...EXAMPLE_TABLE, outside: 'wan0' } }]);
    expect(followLedger(ledger, LINKS)).toBe(ledger);
  });
});
