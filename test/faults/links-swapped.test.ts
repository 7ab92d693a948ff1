// The story: two interfaces change their names with each other, which leaves every name in its place and makes each mean the other interface: while the
// wire is asked, in the middle of an apply, behind a kill, while a profile is in force, in the middle of a rollback. Whatever parp writes reaches the
// interface that was meant, and nothing is ever written to the other one: both have values of others, so that one would be seen.
import { describe, expect, it } from 'vitest';
import { BOTH, EDGE, some, useChangingRouter, WORK } from '../support/changing-links.ts';
import { held, journalText } from '../support/judging.ts';
import { pointsOf, withFault } from '../support/kill-points.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { onRouter, swapping } from '../support/renaming.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { asking, startParp } from '../support/stopping.ts';

describe.skipIf(!CAN_BUILD)('two interfaces change their names with each other', () => {
  const { net, expectAs, file, parp, apply, after, expectTakenBack, expectRecovered } = useChangingRouter();

  const swap = swapping('eth0', 'eth1');
  // A gateway without its interface would be looked for where its network is before the apply.
  const ONE = WORK.replace('via: 192.168.7.9', 'via: 192.168.7.9, interface: eth1');
  const PROFILES = [
    { names: 'one of them', text: ONE },
    { names: 'both', text: BOTH },
    { names: 'both, and rules of nft', text: EDGE },
  ];

  eachOfSweep(PROFILES)(
    '#62 in the middle of an apply that names $names: no write reaches the other one, and all is taken back (5)',
    async ({ text }) => expectTakenBack(text, { there: swap, back: swap }),
  );

  it('#62 while the wire is asked: refused (4), and nothing is written', async () => {
    const swapped = await after(swap, swap);
    const journal = journalText(net);
    // By what it says, the plan is the same for the other one.
    const text = 'version: 1\nkind: custom\nname: work\naddresses: [{ address: 192.168.7.1/24, interface: eth1 }]\n';
    const child = startParp(net, 'apply', file(text), '--no-announce');
    await asking(child);
    child.kill('SIGSTOP');
    await onRouter(net, swap);
    child.kill('SIGCONT');
    const end = await child.end;
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(journalText(net) === journal).toBe(true);
    await expectAs(swapped);
    await onRouter(net, swap);
  });

  eachOfSweep(PROFILES)('#62 between the kill of an apply that names $names and its recovery', async ({ text }) =>
    expectRecovered(text, { there: swap, back: swap }),
  );

  eachOfSweep(PROFILES)('#62 between apply of a profile that names $names and remove, rollback, another apply', async ({ text }) => {
    const swapped = await after(swap, swap);
    for (const way of [['remove', 'work'], ['rollback']]) {
      await apply(text);
      await onRouter(net, swap);
      await parp(...way);
      await expectAs(swapped);
      await onRouter(net, swap);
    }
    await apply(text);
    await onRouter(net, swap);
    // By the names of now, whatever was in force before.
    await apply(text);
    expect((await net.parp('router', ['status', '--detailed-exitcode'])).exitCode).toBe(0);
    const again = await net.snapshot('router');
    await parp('remove', 'work');
    await expectAs(swapped);
    await apply(text);
    await expectAs(again);
    await parp('remove', 'work');
    await onRouter(net, swap);
  });

  it('#62 in the middle of a rollback: no write reaches the other one, and recover goes on', async () => {
    const swapped = await after(swap, swap);
    await apply(BOTH);
    const points = (await pointsOf(net, ['rollback'])).filter((name) => name.startsWith('operation.written'));
    for (const at of some(['journal.marked.undoing', ...points, 'undo.written'])) {
      await apply(BOTH);
      const end = await withFault(net, ['--json', 'rollback'], { at, act: `run: ${swap}` });
      expect([0, 6], end.stderr).toContain(end.exitCode);
      if (end.exitCode === 6) await parp('recover');
      expect(held(net)).toEqual({ profiles: [], open: false });
      await expectAs(swapped);
      await onRouter(net, swap);
    }
  });
});
