// The story: `nft`, which parp needs for the table of a NAT proxy whatever its engine is, does not serve: it is too old for JSON, it is not there, or
// it refuses one line of thousands. Without it a profile that needs it is refused with nothing written (4), and the others are not hindered; a refused
// line leaves nothing of the table, and everything else of the profile is taken back (5).
import { describe, expect, it } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { EDGE_OF_TWO } from '../support/plain-profiles.ts';
import { useRefusingRouter, WORK } from '../support/refused-writes.ts';
import { inMounts, type Replaced } from '../support/replaced-programs.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('nft', () => {
  const { net, bare, expectAs, applyArgs, parp, applyWith, rolled, refused } = useRefusingRouter();

  it('#44 an nft that is too old for JSON: what needs it is refused, and the rest works', async () => {
    const old: Replaced = {
      program: 'nft',
      does: 'case "$*" in -j*) echo "nft: invalid option -- j" >&2; exit 1;; esac; exec REAL "$@"',
    };
    expect(await refused(async () => applyWith(EDGE_OF_TWO, old), 'unreadable-ruleset', 'cannot be read')).toEqual([]);
    const end = await applyWith(WORK, old);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    await parp('remove', 'work');
    await expectAs(bare());
  });

  it('#44 an nft that is not there: 4', async () => {
    const end = async (): Promise<Ended> =>
      net.run('router', [
        ...inMounts('for nft in /usr/sbin/nft /sbin/nft; do [ ! -e $nft ] || mount --bind /dev/null $nft; done'),
        ...PARP,
        '--json',
        ...applyArgs(EDGE_OF_TWO),
      ]);
    expect(await refused(end, /missing-program|untrusted-program/)).toEqual([]);
  });

  describe('4,000 lines of nft', () => {
    /** 1,400 addresses one to one, of two rules each, and 1,400 ports, of one. */
    const address = (i: number, net24: string): string => `${net24}.${i >> 8}.${i & 255}`;
    const many = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat:
${Array.from({ length: 1400 }, (_, i) => `  - { public: ${address(i, '198.18')}, private: ${address(i, '10.10')} }\n  - { public: ${address(i, '198.19')}, protocol: tcp, port: 443, to: '${address(i, '10.11')}:443' }\n`).join('')}`;

    eachOfSweep([
      { place: 'first', line: '3i' },
      { place: 'middle', line: '2100i' },
      { place: 'last', line: '$i' },
    ])('#43 the $place of them is bad: nothing of nft, and everything else is taken back', async ({ line }) => {
      const bad = 'add rule ip parp_edge nowhere drop';
      // At the end it stands behind the table; elsewhere between two of its rules.
      const sed = line === '$i' ? `sed '$a ${bad}'` : `sed '${line} not a rule at all'`;
      const does = `input=$(mktemp -p ${net.lab.folder}); ${sed} > $input; wc -l < $input > ${net.lab.folder}/lines; exec REAL -f $input`;
      const end = await applyWith(many, { program: 'nft', among: '*-f*', at: 1, does });
      expect(await rolled(end, /nftables table ip parp_edge: (syntax error|.*No such file or directory)/)).toEqual([]);
      const { stdout } = await net.run('router', ['cat', `${net.lab.folder}/lines`]);
      expect(Number(stdout)).toBeGreaterThan(4000);
    });
  });
});
