// The story: somebody reloads his firewall, which flushes the ruleset and parp's table with it, or he edits that table by hand. Before parp has verified
// it the apply fails, and everything else is taken back; while it is in force status shows the drift, and the next apply heals it. A table that holds
// anything of his is left by remove and rollback, which say how to delete it. Tables of others are never parp's to give back.
import { describe, expect, it } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { documentOf, held } from '../support/judging.ts';
import { withFault } from '../support/kill-points.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { leftIn, useSharedRouter } from '../support/others-hands.ts';
import { EDGE_OF_TWO } from '../support/plain-profiles.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { LONG } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('the ruleset', () => {
  const { net, bare, expectAs, applyArgs, parp, apply, differing } = useSharedRouter();

  const nft = async (words: string): Promise<Ended> => net.run('router', ['nft', words]);
  const OTHERS = 'table ip others { chain input { type filter hook input priority 5; tcp dport 9 counter drop; }; }';
  const restore = async (): Promise<void> => void (await nft(OTHERS));
  const drift = async (): Promise<unknown> => {
    const end = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
    expect(end.exitCode).toBe(2);
    return end.json;
  };

  it('#52 is flushed before parp verifies: 5, and everything else is taken back', async () => {
    const end = await withFault(net, ['--json', ...applyArgs(EDGE_OF_TWO)], { at: 'execute.written', act: 'run: nft flush ruleset' });
    expect(end, end.stderr).toMatchObject({ exitCode: 5 });
    expect(documentOf(end)).toMatchObject({ error: 'The kernel does not show what was written: nat parp_edge', left: [], refused: [] });
    expect(await differing(), 'theirs, whose doing it is').toEqual(['nftables', 'nftables', 'nftables']);
    await restore();
  });

  it('#52 is flushed while the profile is in force: drift; apply heals it, remove and rollback have nothing more to do', async () => {
    await apply(EDGE_OF_TWO);
    const applied = await net.snapshot('router');
    await nft('flush ruleset');
    expect(await drift()).toMatchObject({ profiles: [{ drift: [{ kind: 'nat', subject: 'parp_edge', found: null }] }] });
    await restore();
    await apply(EDGE_OF_TWO);
    expect(differences(applied, await net.snapshot('router'))).toEqual([]);
    await nft('flush ruleset');
    expect(leftIn(await parp('rollback')), 'of the second apply').toEqual([]);
    expect(leftIn(await parp('remove', 'edge'))).toEqual([]);
    await restore();
  });

  const RULES = [
    'add rule ip parp_edge prerouting ip saddr 10.0.0.7 drop',
    'insert rule ip parp_edge input accept',
    'add chain ip parp_edge mine',
    'add set ip parp_edge mine { type ipv4_addr; }',
    'flush chain ip parp_edge postrouting',
  ];

  eachOfSweep(LONG ? RULES : RULES.slice(0, 2))(
    '#53 is edited by hand in the table of parp (%s): drift, and replaced on apply',
    async (edit) => {
      await apply(EDGE_OF_TWO);
      const applied = await net.snapshot('router');
      await nft(edit);
      expect(differences(applied, await net.snapshot('router')).length).toBeGreaterThan(0);
      expect(await drift()).toMatchObject({ profiles: [{ drift: [{ kind: 'nat', subject: 'parp_edge' }] }] });
      await apply(EDGE_OF_TWO);
      expect(differences(applied, await net.snapshot('router'))).toEqual([]);
      expect(leftIn(await parp('remove', 'edge'))).toEqual([]);
    },
  );

  eachOfSweep([['remove', 'edge'], ['rollback']])(
    '#53 is edited by hand in the table of parp: %s leaves that, and says how to delete it',
    async (...way) => {
      for (const edit of LONG ? RULES : RULES.slice(2)) {
        await apply(EDGE_OF_TWO);
        await nft(edit);
        const end = await net.parp('router', way);
        expect(end, end.stderr).toMatchObject({ exitCode: 0 });
        expect(end.stdout + end.stderr).toContain('nft delete table ip parp_edge');
        expect(new Set(await differing())).toEqual(new Set(['nftables']));
        expect(held(net)).toEqual({ profiles: [], open: false });
        expect(await nft('delete table ip parp_edge')).toMatchObject({ exitCode: 0 });
        await expectAs(bare());
      }
    },
  );
});
