// The story: /proc/sys is mounted read-only, as in many a container: before parp begins, or from some operation of an apply on. What is known beforehand
// is refused with nothing written (4), whatever would come first. Where it comes to that in the middle, the way back leads over the same files: what
// can be is taken back, what is left is listed (6), and recover does it as soon as it can.
// Here parp works with the iproute2 engine, which has nothing but the files; the other one writes what it can by netlink then.
import '../support/with-iproute2.ts';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { documentOf, held } from '../support/judging.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { EDGE_OF_TWO } from '../support/plain-profiles.ts';
import { LAID, useRefusingRouter, WORK } from '../support/refused-writes.ts';
import { inMounts, OWN_PROC_SYS, READ_ONLY_PROC_SYS } from '../support/replaced-programs.ts';

describe.skipIf(!CAN_BUILD)('/proc/sys', () => {
  const { net, bare, expectAs, applyArgs, parp, apply, applyBut, rolled, refused, places } = useRefusingRouter();

  it('#39 is mounted read-only: 4, whatever is first to be written, and remove and rollback as well', async () => {
    const readOnly = [...inMounts(OWN_PROC_SYS, READ_ONLY_PROC_SYS), ...PARP];
    for (const text of [WORK, LAID, EDGE_OF_TWO])
      expect(
        await refused(async () => net.run('router', [...readOnly, '--json', ...applyArgs(text)]), 'read-only-sysctl', 'EROFS'),
      ).toEqual([]);
    await apply(WORK);
    const applied = await net.snapshot('router');
    for (const command of [['remove', 'work'], ['rollback']])
      expect(
        await refused(async () => net.run('router', [...readOnly, '--json', ...command]), 'read-only-sysctl', 'EROFS', applied),
      ).toEqual([]);
    await parp('remove', 'work');
  });

  it('#40 becomes read-only before the first operation, in the middle, before the last: what can be is taken back, the rest is listed, recover does it', async () => {
    // Behind them a switch is refused, so that the apply fails.
    const steps = await places(WORK);
    const own = inMounts(OWN_PROC_SYS);
    for (const { place, at } of steps) {
      const end = await applyBut(WORK, at, READ_ONLY_PROC_SYS, own);
      const now = await net.snapshot('router');
      if (place === 'first') {
        expect(await rolled(end, 'EROFS')).toEqual([]);
        continue;
      }
      expect(end, end.stderr).toMatchObject({ exitCode: 6 });
      expect(documentOf(end)).toMatchObject({ outcome: 'rollback-incomplete', error: expect.stringContaining('EROFS') });
      const rest = differences(bare(), now);
      expect(rest.every((line) => line.startsWith('net/ipv4/conf/') || line.startsWith('net/ipv4/ip_forward'))).toBe(true);
      for (const path of rest.map((line) => line.split(':')[0] ?? ''))
        if (!/forwarding$|accept_redirects$/.test(path)) expect(end.stderr, 'each is named').toContain(`Write ${path} = `);
      expect(held(net)).toEqual({ profiles: [], open: true });
      // It can be asked for as long as it takes.
      const still = await net.run('router', [...inMounts(OWN_PROC_SYS, READ_ONLY_PROC_SYS), ...PARP, '--json', 'recover']);
      expect(still, still.stderr).toMatchObject({ exitCode: 4 });
      await expectAs(now);
      await parp('recover');
      await expectAs(bare());
      expect(held(net)).toEqual({ profiles: [], open: false });
    }
  });
});
