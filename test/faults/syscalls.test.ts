// The story: parp as it is shipped, met from below. strace kills it, or its helpers, at any system call that writes, or has the disk answer that it
// is full or broken. Killed, it has done nothing or all, as the next command sees to; told that a record could not be made durable, it has not
// begun, or takes back what it did; and a confirmation that may not be on the disk is none: the change does not stay.
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import type { Ended } from '../../src/lab/child-process.ts';
import { share, useRouters, type Router } from '../support/furnished.ts';
import { guardGone } from '../support/guard-of.ts';
import { neither } from '../support/kill-points.ts';
import { argsIn, type Line, type Story } from '../support/kill-stories.ts';
import { at as atPlace, counting, expectSettled, lastOf, PATIENCE, runLine, type Scene, stage } from '../support/kill-sweep.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { CAN_TRACE, counted, injected, type Counts, type Injection } from '../support/strace.ts';
import { LONG } from '../support/tally.ts';

const PIECES: Story = { what: 'pieces', first: [], command: ['apply', '@pieces'], held: [], holds: ['pieces'] };
/** Calls by which something outside of the process changes, or begins. */
const CALLS = ['pwrite64', 'fsync', 'rename', 'unlink', 'ftruncate', 'mkdir', 'write', 'clone', 'sendmsg', 'sendto', 'sendmmsg'];
/** How many of the places of a call are tried; the journal's own, which are few, always all. */
const SAMPLE: Readonly<Record<string, number>> = LONG
  ? {}
  : { write: 5, clone: 3, sendmsg: 4, sendto: 1, sendmmsg: 1, mkdir: 1, ftruncate: 1 };

/** Some of the numbers from 1 to `count`, evenly: all where there are fewer. */
function some(count: number, most = count): number[] {
  const taken = Math.min(count, most);
  return Array.from({ length: taken }, (_, at) => Math.round(((at + 1) * count) / taken));
}

/** Where a call can be met: in parp's own process, or in a helper's that makes more of it. */
function places({ own, helper }: Counts): Injection[] {
  return CALLS.flatMap((call) =>
    some(Math.max(own.get(call) ?? 0, helper.get(call) ?? 0), SAMPLE[call]).map((when) => ({ call, when, what: 'signal=KILL' })),
  );
}

describe.skipIf(!CAN_BUILD || !CAN_TRACE)('system calls', PATIENCE, () => {
  const routers = useRouters(2);
  const first = (): Router => {
    if (routers[0] === undefined) throw new Error('There is no router');
    return routers[0];
  };

  /** Recovers, as soon as a helper that outlived the run lets go of the lock. */
  async function recover({ net }: Scene): Promise<Ended> {
    for (;;) {
      const end = await net.parp('router', ['recover']);
      if (end.exitCode !== 7) return end;
    }
  }

  /** The scene is as it was, or as it was to become, by what the journal says; and as its end said, where it came to one. */
  async function judge(scene: Scene, end: Ended): Promise<void> {
    const told = end.exitCode === 4 || end.exitCode === 5;
    if (told) expect(differences(scene.before, await scene.net.snapshot('router')), 'with nothing recovered yet').toEqual([]);
    const { exitCode, stderr } = await recover(scene);
    expect(exitCode, stderr).toBe(0);
    const kept = lastOf(scene.net)?.phase === 'confirmed';
    if (told || end.exitCode === 0) expect(kept).toBe(!told);
    await expectSettled(scene, kept, false);
    if (kept) await runLine(scene, ['rollback']);
    await expectSettled(scene, false, false);
  }

  it('#5 an apply, or a helper of its, is killed at system calls: all or nothing', async () => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, PIECES)));
    const { counts, exitCode, stderr } = await counted(first().net, argsIn(first().net, PIECES.command), CALLS);
    expect(exitCode, stderr).toBe(0);
    await runLine(first(), ['rollback']);
    expect(Object.fromEntries(counts.own)).toMatchObject({ rename: 1, unlink: 1 });
    const all = places(counts);
    let met = 0;
    await counting('system calls killed', all.length, async () =>
      share(scenes, all, async (scene, injection) =>
        atPlace(`Killed at ${injection.call} ${injection.when}`, async () => {
          const end = await injected(scene.net, scene.args, injection);
          if (end.met) met++;
          await judge(scene, end);
        }),
      ),
    );
    expect(met, 'calls that came').toBeGreaterThan(all.length * 0.8);
  });

  it('#5 a rollback, or a helper of its, is killed at system calls: all or nothing', async () => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, PIECES)));
    await Promise.all(scenes.map(async (scene) => runLine(scene, PIECES.command)));
    const { counts } = await counted(first().net, ['rollback'], CALLS);
    await runLine(first(), PIECES.command);
    const all = places(counts).filter((_, at) => LONG || at % 3 === 0);
    let met = 0;
    await counting('system calls killed', all.length, async () =>
      share(scenes, all, async (scene, injection) =>
        atPlace(`Killed at ${injection.call} ${injection.when}`, async () => {
          const end = await injected(scene.net, ['rollback'], injection);
          if (end.met) met++;
          const { exitCode, stderr } = await recover(scene);
          expect(exitCode, stderr).toBe(0);
          const kept = lastOf(scene.net)?.phase === 'confirmed';
          await expectSettled(scene, kept, false);
          if (!kept) await runLine(scene, PIECES.command);
        }),
      ),
    );
    expect(met, 'calls that came').toBeGreaterThan(all.length * 0.8);
    await Promise.all(scenes.map(async (scene) => runLine(scene, ['rollback'])));
  });

  it('#5 an apply is killed while it announces: it is in force', async () => {
    const scene = await stage(first(), PIECES);
    const { net } = scene;
    const args = scene.args.filter((word) => word !== '--no-announce');
    for (const when of [1, 2]) {
      const end = await injected(net, args, { call: 'sendmmsg', when: `${when}+`, what: 'signal=KILL' });
      expect(end.met).toBe(true);
      await judge(scene, end);
    }
  });

  it.each([
    { when: 1, where: 'the journal', code: 4 },
    { when: 2, where: 'its folder', code: 4 },
    { when: 3, where: 'the mark "confirmed"', code: 5 },
    { when: '3..5', where: 'the mark "confirmed", and those of the way back', code: 5 },
  ] as const)('#18 EIO when $where is made durable: $code, and no transaction is left', async ({ when, code }) => {
    const scene = await stage(first(), PIECES);
    const end = await injected(scene.net, scene.args, { call: 'fsync', when, what: 'error=EIO' });
    expect(end, end.stderr).toMatchObject({ exitCode: code, met: true });
    expect(end.stderr).toContain('(EIO)');
    await expectSettled(scene, false, true);
  });

  it('#18 EIO when the mark of a confirmation is made durable: it does not stay', async () => {
    const scene = await stage(first(), { ...PIECES, command: ['apply', '--confirm=60s', '@pieces'] }, 'applied');
    const { net } = scene;
    await runLine(scene, scene.story.command);
    const end = await injected(net, ['confirm'], { call: 'fsync', when: 1, what: 'error=EIO' });
    expect(end, end.stderr).toMatchObject({ exitCode: 5 });
    expect(end.stderr).toContain('(EIO)');
    await guardGone(net);
    await expectSettled(scene, false, true);
  });

  it('#18 EIO when a rollback writes down that it begins: nothing is written yet, and the next command goes on', async () => {
    const scene = await stage(first(), PIECES);
    const { net } = scene;
    await runLine(scene, PIECES.command);
    const end = await injected(net, ['rollback'], { call: 'fsync', when: 1, what: 'error=EIO' });
    expect(end, end.stderr).toMatchObject({ exitCode: 1 });
    expect(differences(scene.after, await net.snapshot('router'))).toEqual([]);
    await runLine(scene, ['recover']);
    await expectSettled(scene, false, true);
  });

  it.each<{ line: Line; call: string; when: Injection['when']; where: string; code: number }>([
    { line: ['apply', '@pieces'], call: 'mkdir', when: 2, where: 'the folder', code: 4 },
    { line: ['apply', '@pieces'], call: 'pwrite64', when: 1, where: 'the name in the lock', code: 0 },
    { line: ['apply', '@pieces'], call: 'pwrite64', when: 2, where: 'the journal', code: 4 },
    { line: ['apply', '@pieces'], call: 'rename', when: 1, where: 'the place of the journal', code: 4 },
    { line: ['apply', '@pieces'], call: 'pwrite64', when: 3, where: 'the mark "confirmed"', code: 5 },
    { line: ['apply', '@pieces'], call: 'pwrite64', when: '3+', where: 'the mark "confirmed", and whatever is behind it', code: 5 },
  ])('#17 ENOSPC at $where: $code', async ({ line, call, when, code }) => {
    const scene = await stage(first(), { ...PIECES, command: line });
    const { net } = scene;
    const end = await injected(net, scene.args, { call, when, what: 'error=ENOSPC' });
    expect(end, end.stderr).toMatchObject({ exitCode: code });
    if (code !== 0) expect(end.stderr).toContain('ENOSPC');
    const now = await net.snapshot('router');
    expect(differences(code === 0 ? scene.after : scene.before, now)).toEqual([]);
    expect(neither(now, scene.before, scene.after)).toEqual([]);
    // Where not even the mark could be written that it is taken back, the next command writes it.
    await judge(scene, end);
  });

  it('#17 ENOSPC at the mark of a confirmation: the change waits on, and can be confirmed later', async () => {
    const scene = await stage(first(), { ...PIECES, command: ['apply', '--confirm=60s', '@pieces'] }, 'applied');
    const { net } = scene;
    await runLine(scene, scene.story.command);
    const end = await injected(net, ['confirm'], { call: 'pwrite64', when: '2+', what: 'error=ENOSPC' });
    expect(end, end.stderr).toMatchObject({ exitCode: 1 });
    expect(lastOf(net)?.phase).toBe('applied');
    await runLine(scene, ['confirm'], true);
    await expectSettled(scene, true, true);
    await guardGone(net);
    await runLine(scene, ['rollback']);
    await expectSettled(scene, false, true);
  });
});
