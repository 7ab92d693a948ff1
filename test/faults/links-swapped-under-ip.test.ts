// The story: two interfaces change their names with each other right before a call of `ip`, right behind it, or for its time alone, so that nobody who
// looks before or behind can see it. `ip` is told interfaces by their numbers: what it writes reaches the one that is meant, and what it reads under the
// wrong names is not taken for the host. What is applied with the iproute2 engine here is compared with what the default one makes of the same.
import { describe, expect, it } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { BOTH, useChangingRouter } from '../support/changing-links.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { onRouter, swapping } from '../support/renaming.ts';
import { type Replaced, replacing } from '../support/replaced-programs.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { LONG } from '../support/tally.ts';

function withoutLabels(snapshot: Snapshot): Snapshot {
  const plain: Snapshot = JSON.parse(JSON.stringify(snapshot, (key, value: unknown) => (key === 'label' ? undefined : value)));
  return plain;
}

// What an address's label is behind a renaming is the kernel's own affair (inetdev_changename).
const differing = (wanted: Snapshot, now: Snapshot): string[] => differences(withoutLabels(wanted), withoutLabels(now));

describe.skipIf(!CAN_BUILD)('two interfaces change their names while ip works', () => {
  const { net, bare, expectAs, applyArgs, parp, apply, after } = useChangingRouter();

  const swap = swapping('eth0', 'eth1');
  /** Around one call of ip, and not before or behind it: what reads and what writes there must mean the right one all the same. */
  const around = `${swap}; REAL "$@"; end=$?; ${swap}; exit $end`.replaceAll('ip link', 'REAL link');
  const before = `${swap}; exec REAL "$@"`.replaceAll('ip link', 'REAL link');
  const behind = `REAL "$@"; end=$?; ${swap}; exit $end`.replaceAll('ip link', 'REAL link');

  const applyWith = async (replaced: Replaced): Promise<Ended> =>
    net.run('router', [...replacing(net, replaced), ...PARP, '--engine', 'iproute2', '--json', ...applyArgs(BOTH)]);

  it('#62 for the time of each call of ip that writes: it is in force on the right one', async () => {
    await apply(BOTH);
    const applied = await net.snapshot('router');
    await parp('remove', 'work');
    const replaced = { program: 'ip', among: '-4\\ -json\\ -batch*' } as const;
    for (const at of [1, 2]) {
      const script = `: > ${net.lab.folder}/reached; ${around}`;
      const end = await applyWith({ ...replaced, does: script, at });
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      expect(await net.run('router', ['rm', `${net.lab.folder}/reached`])).toMatchObject({ exitCode: 0 });
      expect(differing(applied, await net.snapshot('router'))).toEqual([]);
      await parp('remove', 'work');
      await expectAs(bare());
    }
  });

  eachOfSweep([
    { how: 'for the time of one call of ip', does: around, stays: false, start: 1 },
    { how: 'right before one call of ip', does: before, stays: true, start: 2 },
    { how: 'right behind one call of ip', does: behind, stays: true, start: 3 },
  ])('#62 $how, whichever: no write reaches the other one', async ({ does, stays, start }) => {
    await apply(BOTH);
    const applied = await net.snapshot('router');
    await parp('remove', 'work');
    const swapped = await after(swap, swap);
    // Where the names were changed before the plan was made, it is made for them as they are.
    await onRouter(net, swap);
    await apply(BOTH);
    const applyBehind = await net.snapshot('router');
    await parp('remove', 'work');
    await onRouter(net, swap);
    let calls = 0;
    for (let at = LONG ? 1 : start; ; at += LONG ? 1 : 3) {
      const script = `: > ${net.lab.folder}/reached; ${does}`;
      const end = await applyWith({ program: 'ip', does: script, at });
      const { exitCode: reached } = await net.run('router', ['rm', `${net.lab.folder}/reached`]);
      const now = await net.snapshot('router');
      const names = reached === 0 && stays ? 'swapped' : 'as before';
      expect([0, 4, 5], end.stderr).toContain(end.exitCode);
      if (end.exitCode === 0 && names === 'swapped') {
        // Either it is in force on what bears the names now, or the names were changed behind it all.
        const [one, other] = [differing(applyBehind, now), differing(applied, now)];
        const followed = one.length > 0;
        if (followed) await onRouter(net, swap);
        const found = followed ? differing(applied, await net.snapshot('router')) : one;
        if (followed) await onRouter(net, swap);
        expect({ at, found, other: other.length > 0 }).toEqual({ at, found: [], other: true });
      } else {
        expect({ at, found: differing(end.exitCode === 0 ? applied : names === 'swapped' ? swapped : bare(), now) }).toEqual({
          at,
          found: [],
        });
      }
      if (end.exitCode === 0) await parp('remove', 'work');
      await expectAs(names === 'swapped' ? swapped : bare());
      if (names === 'swapped') await onRouter(net, swap);
      if (reached !== 0) break;
      calls++;
      // Reads at the same time as that call can see it.
      if (!stays && end.exitCode !== 0) expect(end.stderr, `call ${at}`).toContain('renamed, replaced or deleted meanwhile');
    }
    expect(calls).toBeGreaterThan(LONG ? 6 : 2);
  });
});
