// The story: an interface gets another name, in the middle of an apply, between a kill and its recovery, while a profile is in force, or in the middle
// of a rollback. parp knows it by what it is: what was written is found again under the new name, and taken back there. Only an apply that is not yet
// verified fails of it (5): the profile speaks of a name that nobody bears.
import { describe, expect, it } from 'vitest';
import { BOTH, EDGE, some, useChangingRouter, WORK } from '../support/changing-links.ts';
import { held } from '../support/judging.ts';
import { pointsOf, withFault } from '../support/kill-points.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { onRouter, renaming } from '../support/renaming.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('an interface gets another name', () => {
  const { net, expectAs, parp, apply, after, expectTakenBack, expectRecovered } = useChangingRouter();

  const there = renaming('eth1', 'lan9');
  const back = renaming('lan9', 'eth1');

  eachOfSweep([
    { kind: 'custom', text: WORK },
    { kind: 'pseudo-bridge', text: BOTH },
    { kind: 'nat-proxy', text: EDGE },
  ])('#61 in the middle of an apply ($kind): found by what it is, and all taken back (5)', async ({ text }) =>
    expectTakenBack(text, { there, back }),
  );

  it('#61 between the kill of an apply and its recovery: found by what it is', async () => expectRecovered(WORK, { there, back }));

  eachOfSweep([
    { text: WORK, drift: [] },
    { text: BOTH, drift: [] },
    // The rules themselves go on speaking of the old name.
    { text: EDGE.replace('outside: eth0', 'outside: eth1').replace('inside: eth1', 'inside: eth2'), drift: ['nat'] },
  ])('#61 between apply and status, remove, rollback: no drift but of $drift, and all is given back', async ({ text, drift }) => {
    const renamed = await after(there, back);
    for (const way of [['remove', 'work'], ['rollback']]) {
      await apply(text);
      await onRouter(net, there);
      const { profiles } = await parp('status');
      expect(profiles).toMatchObject([{ drift: drift.map((kind) => ({ kind })) }]);
      await parp(...way);
      await expectAs(renamed);
      await onRouter(net, back);
    }
  });

  it('#61 in the middle of a rollback: recover goes on where it was stopped', async () => {
    const renamed = await after(there, back);
    await apply(WORK);
    const points = (await pointsOf(net, ['rollback'])).filter((name) => name.startsWith('operation.written'));
    for (const at of some(['journal.marked.undoing', ...points, 'undo.written'])) {
      await apply(WORK);
      const end = await withFault(net, ['--json', 'rollback'], { at, act: `run: ${there}` });
      expect([0, 6], end.stderr).toContain(end.exitCode);
      expect(held(net)).toEqual({ profiles: [], open: end.exitCode === 6 });
      if (end.exitCode === 6) await parp('recover');
      await expectAs(renamed);
      await onRouter(net, back);
    }
  });
});
