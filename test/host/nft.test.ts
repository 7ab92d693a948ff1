// The translation of a profile is written as nftables' language and read back from nft's JSON: two forms of one table. Only the real
// nft, in a namespace, can tell whether the one is the inverse of the other, and what an administrator's own rules do to it.
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recogniseNatTables } from '../../src/render/nft-listing.ts';
import { natScript } from '../../src/render/nft.ts';
import { NO_NAMESPACES } from '../support/backend-in-namespace.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { natTables } from '../support/nat-tables.ts';

const namespace = `parp-test-${process.pid}-nft`;

function inside(argv: readonly string[], input = ''): string {
  return execFileSync('ip', ['netns', 'exec', namespace, ...argv], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

function nft(script: string): void {
  inside(['nft', '-f', '-'], script);
}

function recognised(): ReturnType<typeof recogniseNatTables> {
  return recogniseNatTables((JSON.parse(inside(['nft', '-j', 'list', 'ruleset'])) as { nftables: unknown[] }).nftables);
}

describe.skipIf(NO_NAMESPACES)(`with the real nft${NO_NAMESPACES === null ? '' : ` (skipped: ${NO_NAMESPACES})`}`, () => {
  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', namespace]);
  });
  afterAll(() => {
    execFileSync('ip', ['netns', 'delete', namespace]);
  });
  beforeEach(() => {
    inside(['nft', 'flush', 'ruleset']);
  });

  it('recogniseNatTables() is the inverse of natScript()', () => {
    fc.assert(
      fc.property(natTables, (table) => {
        nft(natScript('parp_edge', table));
        expect(recognised()).toEqual({ parp_edge: table });
      }),
      { numRuns: 100 },
    );
  });

  it('natScript() deletes with null, also what is absent', () => {
    nft(natScript('parp_edge', EXAMPLE_TABLE));
    nft(natScript('parp_other', EXAMPLE_TABLE));
    nft(natScript('parp_edge', null));
    nft(natScript('parp_edge', null));
    expect(recognised()).toEqual({ parp_other: EXAMPLE_TABLE });
  });

  it('natScript() replaces, and leaves every other table alone', () => {
    const foreign =
      'table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\ntable arp guard {\n}\n';
    nft(foreign);
    const before = inside(['nft', 'list', 'ruleset']);
    nft(natScript('parp_edge', EXAMPLE_TABLE));
    nft(natScript('parp_edge', { ...EXAMPLE_TABLE, inwards: [], guarded: [] }));
    expect(recognised()).toEqual({ parp_edge: { ...EXAMPLE_TABLE, inwards: [], guarded: [] } });
    nft(natScript('parp_edge', null));
    expect(inside(['nft', 'list', 'ruleset'])).toBe(before);
  });

  it.each([
    ['a rule more', 'add rule ip parp_edge prerouting tcp dport 22 dnat to 10.0.0.1', /rule 4 of chain prerouting/],
    [
      'a rule more that looks like one of another link',
      'add rule ip parp_edge prerouting iifname "eth1" ip daddr 9.9.9.9 dnat to 10.0.0.1',
      /rule 4 of/,
    ],
    ['a rule with another verdict', 'add rule ip parp_edge input ip daddr 203.0.113.10 accept', /rule 4 of chain input/],
    ['a rule that counts', 'add rule ip parp_edge input ip daddr 203.0.113.11 counter drop', /rule 4 of chain input/],
    ['a rule with a remark', 'add rule ip parp_edge input ip daddr 203.0.113.11 drop comment "mine"', /foreign comment/],
    [
      'a translation in another manner',
      'add rule ip parp_edge postrouting oifname "eth0" ip saddr 10.0.0.7 snat to 9.9.9.9 random',
      /rule 4 of/,
    ],
    [
      'a prefix that is not mapped one to one',
      'add rule ip parp_edge postrouting oifname "eth0" ip saddr 10.1.0.0/24 snat to 9.9.8.0/24',
      /rule 4 of/,
    ],
    ['a negated match', 'add rule ip parp_edge input ip daddr != 203.0.113.11 drop', /rule 4 of chain input/],
    ['a chain more', 'add chain ip parp_edge mine', /foreign chain "mine"/],
    ['a set', 'add set ip parp_edge blocked { type ipv4_addr; }', /foreign set "blocked"/],
    ['no guard', 'flush chain ip parp_edge input\ndelete chain ip parp_edge input', /chain input is missing/],
    ['no marker', 'flush chain ip parp_edge about', /does not say who made it/],
    ['a dormant table', 'add table ip parp_edge { flags dormant; }', /foreign flags/],
    ['a policy', 'add chain ip parp_edge input { policy drop; }', /chain input is hooked otherwise/],
  ])('recogniseNatTables() does not take for parp’s own what holds %s', (_what, edit, reason) => {
    nft(natScript('parp_edge', EXAMPLE_TABLE));
    nft(edit);
    expect(recognised()).toEqual({ parp_edge: { unrecognised: expect.stringMatching(reason) as string } });
  });

  it('recogniseNatTables() does not take for parp’s own a table of somebody else’s that bears such a name', () => {
    nft('table ip parp_edge {\n\tchain prerouting {\n\t\ttype nat hook prerouting priority 5; policy accept;\n\t}\n}\n');
    expect(recognised()).toEqual({ parp_edge: { unrecognised: 'it does not say who made it' } });
  });
});
