// The story: a change that has to be confirmed, and death at every place on its way. Whoever applies is killed: from the moment that the guard is
// at its place it takes everything back by itself, within a second; once all is written and verified the change waits for `confirm`,
// as it would have. Whoever confirms, or takes back, is killed: the change is kept, or it waits on, or it is taken back, by the one mark that
// decides. The guard is killed as well: the next command does its work. Nothing that was not confirmed survives its guard and that command.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { FAULTY, faultEnv, logEnv, takeLog } from '../support/faults.ts';
import { share, useRouters, type Router } from '../support/furnished.ts';
import { guardGone, guardPid, toGuard, undone } from '../support/guard-of.ts';
import { faulty, pointsOf, withFault } from '../support/kill-points.ts';
import { argsIn, STORIES, type Line, type Story } from '../support/kill-stories.ts';
import {
  at as atPlace,
  counting,
  expectSettled,
  killed,
  lastOf,
  PATIENCE,
  recoverAndJudge,
  runLine,
  type Scene,
  stage,
  strike,
  wholeFrom,
} from '../support/kill-sweep.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { stopped } from '../support/stopped.ts';
import { LONG } from '../support/tally.ts';

const FEW: Line = ['apply', '--confirm=60s', '@few'];
const STORY: Story = { what: 'a few pieces', first: [], command: FEW, held: [], holds: ['few'] };
const GUARDED = [
  STORY,
  ...(LONG ? STORIES.filter(({ command }) => command[0] === 'apply') : []).map((story) => ({
    ...story,
    command: ['apply', '--confirm=60s', ...story.command.slice(1)],
  })),
].map((story) => [story.what, story] as const);

/** How long a guard may take, in milliseconds: the middle one, and any of them on a machine with other things to do. */
const WITHIN = { middle: 1000, longest: 5000 };

/** The change of a scene is in force, and waits with its guard. */
async function expectWaiting({ net, after }: Scene): Promise<void> {
  expect(lastOf(net)?.phase).toBe('applied');
  expect(guardPid(net), 'a guard').toBeDefined();
  expect(differences(after, await net.snapshot('router'))).toEqual([]);
}

/** Nobody confirms: the guard, asked to, takes the change back, and the scene is as at its beginning. */
async function expectTakenBack(scene: Scene): Promise<void> {
  toGuard(scene.net, 'SIGTERM');
  await guardGone(scene.net);
  await expectSettled(scene, false, false);
}

describe.skipIf(!CAN_BUILD)('a change that has to be confirmed', PATIENCE, () => {
  const routers = useRouters(2);
  const first = (): Router => {
    if (routers[0] === undefined) throw new Error('There is no router');
    return routers[0];
  };

  it.each(GUARDED)('#1 apply --confirm is killed at every failpoint, the guard undoes it by itself: %s', async (_, story) => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, story, 'applied')));
    const { points = [], keptFrom: kept = 0 } = scenes[0] ?? {};
    const armed = points.indexOf('journal.mark.armed#1');
    const times: number[] = [];
    await counting('kill points', points.length, async () =>
      share(scenes, points, async (scene, point, at) => {
        await atPlace(`Killed at ${point}`, async () => {
          await killed(scene.net, scene.args, at);
          if (at < armed) return recoverAndJudge(scene, false, false);
          if (at >= kept) {
            await expectWaiting(scene);
            return expectTakenBack(scene);
          }
          times.push(await undone(scene.net));
          await guardGone(scene.net);
          return expectSettled(scene, false, at % 4 === 0);
        });
      }),
    );
    times.sort((a, b) => a - b);
    expect(times[times.length >> 1]).toBeLessThan(WITHIN.middle);
    expect(times.at(-1)).toBeLessThan(WITHIN.longest);
    await Promise.all(scenes.map(strike));
  });

  it('#1 confirm is killed at every failpoint: the change waits on until the mark is whole, and is kept from then on', async () => {
    const scene = await stage(first(), STORY, 'applied');
    const { net } = scene;
    await runLine(scene, FEW);
    const points = await pointsOf(net, ['confirm']);
    expect(points).toContain('journal.marked.confirmed#1');
    await guardGone(net);
    await runLine(scene, ['rollback']);
    await runLine(scene, FEW);
    await counting('kill points', points.length, async () => {
      for (const at of points.keys()) {
        if (guardPid(net) === undefined) await runLine(scene, FEW);
        await killed(net, ['confirm'], at);
        if (at < wholeFrom(points, 'confirmed')) {
          await expectWaiting(scene);
          continue;
        }
        await guardGone(net);
        await expectSettled(scene, true, true);
        await runLine(scene, ['rollback']);
        await expectSettled(scene, false, false);
      }
    });
  });

  it.each([
    ['a change that waits', FEW],
    ['a change that was kept', ['apply', '@few']],
  ] as const)('#1 rollback of %s is killed at every failpoint: all or nothing', async (_, line) => {
    const waits = line === FEW;
    const story = { ...STORY, command: line };
    const scenes = await Promise.all(routers.map(async (router) => stage(router, story, waits ? 'applied' : 'confirmed')));
    await Promise.all(routers.map(async (router) => runLine(router, line)));
    const points = await pointsOf(first().net, ['rollback']);
    expect(points).toContain('journal.marked.undone#1');
    await runLine(first(), line);
    const places = [...points.keys()].filter((at) => LONG || waits || at % 2 === 1);
    await counting('kill points', places.length, async () =>
      share(scenes, places, async (scene, at) => {
        const { net } = scene;
        await atPlace(`Killed at ${points[at]}`, async () => {
          await killed(net, ['rollback'], at);
          if (at < wholeFrom(points, 'undoing')) return waits ? expectWaiting(scene) : expectSettled(scene, true, false);
          if (waits) await guardGone(net);
          else await runLine(scene, ['recover']);
          await expectSettled(scene, false, at % 4 === 0);
          return void (await runLine(scene, line));
        });
      }),
    );
    await Promise.all(routers.map(async (router) => runLine(router, ['rollback'])));
  });

  it('#10 the guard is killed while the change waits: status says so, and the next command takes it back', async () => {
    const scene = await stage(first(), STORY, 'applied');
    const { net } = scene;
    for (const next of [['recover'], ['remove', '--all'], ['rollback']]) {
      await runLine(scene, FEW);
      toGuard(net, 'SIGKILL');
      await guardGone(net);
      expect(differences(scene.after, await net.snapshot('router'))).toEqual([]);
      expect((await net.parp('router', ['--json', 'status'])).json).toMatchObject({ pending: { command: 'apply few', guarded: false } });
      await runLine(scene, next);
      await expectSettled(scene, false, true);
    }
    await runLine(scene, FEW);
    toGuard(net, 'SIGKILL');
    const confirmed = await net.parp('router', ['confirm']);
    expect(confirmed, confirmed.stderr).toMatchObject({ exitCode: 5 });
    await expectSettled(scene, false, true);
  });

  it('#10 the guard is killed while it is still being written: it is not kept', async () => {
    const scene = await stage(first(), STORY, 'applied');
    const { net } = scene;
    for (const at of ['execute.armed', 'operation.written#2', 'execute.verified', 'journal.marked.applied']) {
      await withFault(net, scene.args, {
        at,
        act: `run: kill -KILL $(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' ${net.lab.stateDir}/*/guard/lock)`,
        only: 'apply',
      });
      expect(guardPid(net), at).toBeUndefined();
      await runLine(scene, ['recover']);
      await expectSettled(scene, false, false);
    }
  });

  it('#10 the guard is killed at every failpoint of its own undoing: the next command goes on', async () => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, STORY, 'applied')));
    const log = `${first().net.lab.folder}/guard-points`;
    expect((await faulty(first().net, argsIn(first().net, FEW), logEnv(log, 'guard'))).exitCode).toBe(0);
    toGuard(first().net, 'SIGTERM');
    await guardGone(first().net);
    const points = takeLog(log);
    expect(points).toContain('journal.marked.undone#1');
    const undoing = points.filter((point, at) => point !== 'guard.ready#1' && (LONG || at % 3 === 0));
    await counting('kill points', undoing.length, async () =>
      share(scenes, undoing, async (scene, point, at) =>
        atPlace(`Guard killed at ${point}`, async () => {
          const { net, args } = scene;
          expect((await withFault(net, args, { at: point, only: 'guard' })).exitCode).toBe(0);
          toGuard(net, 'SIGTERM');
          await guardGone(net);
          await runLine(scene, ['recover']);
          await expectSettled(scene, false, at % 4 === 0);
        }),
      ),
    );
  });

  it('is not taken back by a guard that was slow, and had not read all that was marked before it was ready', async () => {
    const scene = await stage(first(), STORY, 'applied');
    const { net, args } = scene;
    expect((await withFault(net, args, { at: 'guard.ready', act: 'run: sleep 1', only: 'guard' })).exitCode).toBe(0);
    await pause(1200);
    await expectWaiting(scene);
    await expectTakenBack(scene);
  });

  it('#11 apply and guard are killed together, at any place: the next command takes it back', async () => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, STORY, 'applied')));
    const { points = [] } = scenes[0] ?? {};
    const armed = points.indexOf('journal.mark.armed#1');
    expect(armed).toBeGreaterThan(0);
    const places = [...points.keys()].filter((at) => at >= armed && (LONG || at % 3 === 0));
    await counting('kill points', places.length, async () =>
      share(scenes, places, async (scene, at) => {
        const { net, args } = scene;
        const child = net.spawn('router', [...FAULTY, ...args], { env: faultEnv({ at: at + 1, act: 'stop', only: 'apply' }) });
        await stopped(child.pid);
        toGuard(net, 'SIGKILL');
        child.kill('SIGKILL');
        await child.end;
        await runLine(scene, ['recover']);
        await expectSettled(scene, false, at % 4 === 0);
      }),
    );
  });

  it.each([
    ['between "armed" and the first write', 'execute.armed', false],
    ['between the last write and "applied"', 'execute.written', true],
    ['between the verification and "applied"', 'execute.verified', true],
  ] as const)('#7-8 apply is killed %s: its guard takes it back, and where that is dead, the next command', async (_, at, touched) => {
    const scene = await stage(first(), STORY, 'applied');
    const { net, args, before } = scene;
    for (const guarded of [true, false]) {
      const child = net.spawn('router', [...FAULTY, ...args], { env: faultEnv({ at, act: 'stop', only: 'apply' }) });
      await stopped(child.pid);
      expect(differences(before, await net.snapshot('router')).length > 0, 'what is written by then').toBe(touched);
      if (!guarded) toGuard(net, 'SIGKILL');
      child.kill('SIGKILL');
      await child.end;
      if (guarded) await guardGone(net);
      else await runLine(scene, ['recover']);
      await expectSettled(scene, false, true);
    }
  });
});
