import { describe, expect, it } from 'vitest';
import { recogniseNatTables } from '../../src/render/nft-listing.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';

type Json = Record<string, unknown>;

const match = (left: Json, right: unknown): Json => ({ match: { op: '==', left, right } });
const iif = match({ meta: { key: 'iifname' } }, 'eth0');
const oif = match({ meta: { key: 'oifname' } }, 'eth0');
const daddr = (right: unknown): Json => match({ payload: { protocol: 'ip', field: 'daddr' } }, right);
const saddr = (right: unknown): Json => match({ payload: { protocol: 'ip', field: 'saddr' } }, right);
const prefix = (addr: string, len: number): Json => ({ prefix: { addr, len } });
const chain = (name: string, more: Json = {}): Json => ({ chain: { family: 'ip', table: 'parp_edge', name, handle: 1, ...more } });
const rule = (name: string, expr: Json[], more: Json = {}): Json => ({
  rule: { family: 'ip', table: 'parp_edge', chain: name, handle: 9, expr, ...more },
});

/** What `nft -j list ruleset` of nft 1.0.6 says of the example; `netmap` is how it says "prefix". */
function listing(netmap: Json = { flags: 'netmap', type_flags: 'prefix' }): Json[] {
  return [
    { metainfo: { version: '1.0.6', release_name: 'Lester Gooch #5', json_schema_version: 1 } },
    { table: { family: 'ip', name: 'parp_edge', handle: 2 } },
    chain('about'),
    chain('prerouting', { type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' }),
    chain('postrouting', { type: 'nat', hook: 'postrouting', prio: 100, policy: 'accept' }),
    chain('input', { type: 'filter', hook: 'input', prio: 0, policy: 'accept' }),
    rule('about', [iif, { return: null }], { comment: 'parp edge 1f2e3d4c' }),
    rule('prerouting', [
      iif,
      daddr('203.0.113.9'),
      match({ payload: { protocol: 'tcp', field: 'dport' } }, 443),
      { dnat: { addr: '10.0.0.5', port: 8443 } },
    ]),
    rule('prerouting', [iif, daddr('203.0.113.10'), { dnat: { addr: '10.0.0.10' } }]),
    rule('prerouting', [iif, daddr(prefix('203.0.113.16', 28)), { dnat: { addr: prefix('10.0.1.16', 28), ...netmap } }]),
    rule('postrouting', [oif, saddr('10.0.0.10'), { snat: { addr: '203.0.113.10' } }]),
    rule('postrouting', [oif, saddr(prefix('10.0.1.16', 28)), { snat: { addr: prefix('203.0.113.16', 28), ...netmap } }]),
    rule('postrouting', [oif, saddr(prefix('10.0.0.0', 24)), { snat: { addr: '203.0.113.9' } }], { comment: 'many to one' }),
    rule('input', [daddr('203.0.113.9'), { drop: null }]),
    rule('input', [daddr('203.0.113.10'), { drop: null }]),
    rule('input', [daddr(prefix('203.0.113.16', 28)), { drop: null }]),
  ];
}

describe('recogniseNatTables()', () => {
  it.each([
    ['as nft 1.0.6 writes', listing()],
    ['with lists of one flag', listing({ flags: ['netmap'], type_flags: ['prefix'] })],
    ['without the flag that the prefix implies', listing({ flags: 'netmap' })],
    ['with the family that the table implies', listing({ family: 'ip', flags: 'netmap', type_flags: 'prefix' })],
    [
      'with the comment of the table',
      listing().map((object) => ('table' in object ? { table: { ...(object['table'] as Json), comment: 'parp edge 1f2e3d4c' } } : object)),
    ],
  ])('reads a listing %s', (_how, objects) => {
    expect(recogniseNatTables(objects)).toEqual({ parp_edge: EXAMPLE_TABLE });
  });

  it('passes over what is not its own', () => {
    const foreign = ['inet', 'ip6', 'arp'].map((family) => ({ table: { family, name: 'parp_edge', handle: 1 } }));
    expect(recogniseNatTables([...foreign, { table: { family: 'ip', name: 'nat', handle: 3 } }, ...listing()])).toEqual({
      parp_edge: EXAMPLE_TABLE,
    });
  });

  it.each([
    ['no netmap', listing({ type_flags: 'prefix' })],
    ['another flag', listing({ flags: ['netmap', 'random'] })],
    ['another comment on the table', [...listing().slice(2), { table: { family: 'ip', name: 'parp_edge', comment: 'mine' } }]],
    ['a flowtable', [...listing(), { flowtable: { family: 'ip', table: 'parp_edge', name: 'f' } }]],
    ['a rule without expressions', [...listing(), rule('input', [])]],
    ['an unknown shape', [...listing(), { rule: { family: 'ip', table: 'parp_edge', chain: 'input', expr: 'drop' } }]],
  ])('does not recognise a table with %s', (_what, objects) => {
    expect(recogniseNatTables(objects)).toEqual({ parp_edge: { unrecognised: expect.any(String) as string } });
  });

  it('does not stop at nonsense', () => {
    expect(recogniseNatTables([null, 7, 'x', [], {}, { table: null }, { table: { family: 'ip', name: 7 } }])).toEqual({});
  });
});
