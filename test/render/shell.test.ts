import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invert } from '../../src/model/operation.ts';
import { shellOf, shellWord } from '../../src/render/shell.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { address, operation, proxy, route, sysctl } from '../support/operations.ts';

describe('shellOf()', () => {
  it('gives a line for each command, in the order of the operations', () => {
    expect(
      shellOf([
        sysctl('net/ipv4/neigh/eth0/proxy_delay', '800ms', '0ms'),
        address('10.3.0.1/24', 'eth0'),
        route('10.0.0.9/32', 'eth1'),
        proxy('10.0.0.9', 'eth0'),
        sysctl('net/ipv4/conf/eth0.100/proxy_arp', '0', '1'),
      ]),
    ).toEqual([
      'ip ntable change name arp_cache dev eth0 proxy_delay 0',
      'ip addr add 10.3.0.1/24 dev eth0',
      'ip route add 10.0.0.9/32 dev eth1 proto 97 scope link',
      'ip neigh add proxy 10.0.0.9 dev eth0 protocol 97',
      'sysctl -w net/ipv4/conf/eth0.100/proxy_arp=1',
    ]);
  });

  it('gives a table of nftables as a here-document', () => {
    const table = operation('nat', 'parp_edge', null, EXAMPLE_TABLE);
    expect(shellOf([table])).toEqual([expect.stringMatching(/^nft -f - <<'EOF'\nadd table ip parp_edge\n[^]*\n\}\nEOF$/)]);
    expect(shellOf([invert(table)])).toEqual(["nft -f - <<'EOF'\nadd table ip parp_edge\ndelete table ip parp_edge\nEOF"]);
  });

  it('quotes the names of interfaces that a shell would read', () => {
    expect(shellOf([sysctl('net/ipv4/conf/$(id)/proxy_arp', '0', '1'), proxy('10.0.0.9', "a'b;c")])).toEqual([
      "sysctl -w 'net/ipv4/conf/$(id)/proxy_arp=1'",
      "ip neigh add proxy 10.0.0.9 dev 'a'\\''b;c' protocol 97",
    ]);
  });
});

describe('shellWord()', () => {
  it('is read back by a shell as it was', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary-ascii' }).filter((word) => !word.includes('\0')),
          { minLength: 1 },
        ),
        (words) => {
          const shown = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], { encoding: 'utf8' });
          expect(shown).toBe(words.map((word) => `${word}\0`).join(''));
        },
      ),
      { numRuns: 50, examples: [[['-n', '', '*', '$x', '`id`', "'", '"', '\\', '\n', '~', '#', 'a=b']]] },
    );
  });
});
