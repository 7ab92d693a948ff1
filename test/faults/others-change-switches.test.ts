// The story: parp is not alone on the router. While a profile is in force, or before parp has verified it, somebody else sets a switch to a value of
// his own, or back to what it was. A value of his is left, and said, by remove, rollback and a failed apply; what is back already is written by
// nobody. The judge is the router's whole configuration: what parp leaves differs from the router before it only in what he did.
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { documentOf, held } from '../support/judging.ts';
import { withFault } from '../support/kill-points.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { inTurns, leftIn, pathsOf, useSharedRouter, WAYS, WORK } from '../support/others-hands.ts';
import { inMounts, OWN_PROC_SYS, READ_ONLY_PROC_SYS } from '../support/replaced-programs.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { LONG } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('a switch', () => {
  const { net, bare, expectAs, applyArgs, parp, apply, read, write, differing } = useSharedRouter();

  const SWITCHES = [
    { path: 'net/ipv4/neigh/eth1/proxy_delay', third: '60' },
    { path: 'net/ipv4/neigh/eth1/proxy_qlen', third: '7' },
    { path: 'net/ipv4/conf/lo/forwarding', third: '2' },
    { path: 'net/ipv4/conf/all/accept_redirects', third: '5' },
    { path: 'net/ipv4/conf/eth1/arp_ignore', third: '8' },
    { path: 'net/ipv4/conf/default/rp_filter', third: '1' },
    { path: 'net/ipv4/conf/eth1/proxy_arp', third: '-1' },
  ] as const;

  eachOfSweep(SWITCHES.map((one, at) => ({ ...one, ways: inTurns(at) })))(
    '#47 is set to a third value ($path): left, and said, by remove and rollback; the rest is given back',
    async ({ path, third, ways }) => {
      const prior = (await read(path)) ?? '';
      for (const way of ways) {
        await apply(WORK);
        await write(path, third);
        const document = await parp(...way);
        expect(leftIn(document)).toEqual([path]);
        expect(await read(path)).toBe(third);
        expect(await differing()).toEqual([path]);
        expect(held(net)).toEqual({ profiles: [], open: false });
        await write(path, prior);
      }
    },
  );

  eachOfSweep(SWITCHES.slice(LONG ? 0 : 4))(
    '#47 is set to a third value before parp verifies ($path): 5, and left',
    async ({ path, third }) => {
      const prior = (await read(path)) ?? '';
      const end = await withFault(net, ['--json', ...applyArgs(WORK)], {
        at: 'execute.written',
        act: `run: echo ${third} > /proc/sys/${path}`,
      });
      // What is no wish of the profile but an effect of ip_forward is not verified.
      if (path.endsWith('redirects')) {
        expect(end, end.stderr).toMatchObject({ exitCode: 0 });
        await parp('rollback');
      } else {
        expect(end, end.stderr).toMatchObject({ exitCode: 5 });
        expect(leftIn(documentOf(end))).toEqual([path]);
      }
      expect(await differing()).toEqual([path]);
      await write(path, prior);
    },
  );

  it('#47 ip_forward itself is set to a third value, and every switch that it rewrites with it', async () => {
    for (const way of WAYS) {
      await apply(WORK);
      const before = await net.snapshot('router');
      await write('net/ipv4/ip_forward', '2');
      const theirs = pathsOf(differences(before, await net.snapshot('router')));
      // Another name of ip_forward, and a switch that is as it was before and never was parp's.
      const unclaimed = ['net/ipv4/conf/all/forwarding', 'net/ipv4/conf/eth2/forwarding'];
      expect(theirs).toEqual(expect.arrayContaining(unclaimed));
      expect(new Set(leftIn(await parp(...way)))).toEqual(new Set(theirs.filter((path) => !unclaimed.includes(path))));
      expect(new Set(await differing())).toEqual(new Set(theirs));
      await write('net/ipv4/ip_forward', '0');
      await write('net/ipv4/conf/eth2/forwarding', '1');
    }
  });

  eachOfSweep(WAYS.map((way) => ({ way })))('#48 all of them are set back by somebody else: $way writes none', async ({ way }) => {
    await apply(WORK);
    await write('net/ipv4/ip_forward', '0');
    await write('net/ipv4/conf/eth2/forwarding', '1');
    for (const { path } of SWITCHES) await write(path, bare().sysctls[path] ?? '');
    // Where /proc/sys is read-only, a single write to it would be refused.
    const end = await net.run('router', [...inMounts(OWN_PROC_SYS, READ_ONLY_PROC_SYS), ...PARP, '--json', ...way]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    const { operations, left } = documentOf(end);
    expect(operations).not.toContainEqual(expect.objectContaining({ kind: 'sysctl' }));
    expect(left).toEqual([]);
  });

  it('#48 one is set back before parp verifies: 5, and everything else is taken back', async () => {
    for (const { path } of SWITCHES.filter((one) => one.path.includes('eth1'))) {
      const end = await withFault(net, ['--json', ...applyArgs(WORK)], {
        at: 'execute.written',
        act: `run: echo ${bare().sysctls[path]} > /proc/sys/${path}`,
      });
      expect(end, end.stderr).toMatchObject({ exitCode: 5 });
      expect(documentOf(end)).toMatchObject({ left: [], refused: [] });
      await expectAs(bare());
    }
  });
});
