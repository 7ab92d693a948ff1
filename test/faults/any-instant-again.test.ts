// The story: it goes wrong again. A run is killed while it writes down how far it is, so that half a mark stands there: it never happened, and the next
// mark is written over it. A run is killed, and the one that takes it back is killed as well, and the one behind that: undoing goes by
// what the host shows, so that the last one, left alone, brings it back to where it was.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeJournal, SLOT } from '../../src/host/journal-format.ts';
import { Random } from '../fuzz/random.ts';
import { FAULTY, faultEnv } from '../support/faults.ts';
import { share, useRouters, type Router } from '../support/furnished.ts';
import { guardGone, guardPid, toGuard } from '../support/guard-of.ts';
import { withFault } from '../support/kill-points.ts';
import { argsIn, STORIES, type Line, type Story } from '../support/kill-stories.ts';
import {
  at as atPlace,
  counting,
  expectSettled,
  journalPath,
  killed,
  PATIENCE,
  recoverAndJudge,
  runLine,
  type Scene,
  stage,
  strike,
} from '../support/kill-sweep.ts';
import { CAN_BUILD, type Network } from '../support/namespaces.ts';
import { stopped } from '../support/stopped.ts';
import { LONG, SEED } from '../support/tally.ts';

const FEW: Story = { what: 'a few pieces', first: [], command: ['apply', '@few'], held: [], holds: ['few'] };

/** Whether half a mark stands behind the last whole one. */
function endsTorn(net: Network): boolean {
  const bytes = readFileSync(journalPath(net) ?? '');
  const read = decodeJournal(bytes);
  return read.kind === 'whole' && bytes[read.end] !== 0 && bytes[read.end + SLOT - 1] === 0;
}

describe.skipIf(!CAN_BUILD)('half of a record', PATIENCE, () => {
  const routers = useRouters(1);

  const confirming: Line = ['apply', '--confirm=60s', '@few'];
  const apply: Line = ['apply', '@few'];
  it.each<{ mark: string; first: readonly Line[]; line: Line; half: number; kept: boolean; cut?: string }>([
    { mark: 'confirmed', first: [], line: apply, half: 3, kept: false },
    { mark: 'armed', first: [], line: confirming, half: 3, kept: false },
    { mark: 'applied', first: [], line: confirming, half: 5, kept: false },
    { mark: 'confirmed, by confirm', first: [confirming], line: ['confirm'], half: 1, kept: false },
    { mark: 'undoing, by rollback', first: [apply], line: ['rollback'], half: 1, kept: true },
    { mark: 'undone, by rollback', first: [apply], line: ['rollback'], half: 3, kept: false },
    { mark: 'undoing, by recover', first: [], line: ['recover'], half: 1, kept: false, cut: 'operation.written#3' },
    { mark: 'undone, by recover', first: [], line: ['recover'], half: 3, kept: false, cut: 'operation.written#3' },
  ])('#2 killed in the middle of the mark "$mark": it is none, and is written over', async ({ first, line, half, kept, cut }) => {
    const [router] = routers;
    if (router === undefined) throw new Error('There is no router');
    const { net } = router;
    const scene = await stage(router, FEW);
    for (const before of first) await runLine(router, before);
    if (cut !== undefined) await withFault(net, scene.args, { at: cut });
    await counting('kill points', 1, async () => {
      // Stopped first, so that no guard writes over it before it was looked at.
      const fault = faultEnv({ at: `file.part-written#${half}`, act: 'stop', only: line[0] ?? '' });
      const child = net.spawn('router', [...FAULTY, ...argsIn(net, line)], { env: fault });
      await stopped(child.pid);
      expect(endsTorn(net)).toBe(true);
      child.kill('SIGKILL');
      await child.end;
      // What waits to be confirmed waits on; nobody comes, and its guard, told so, takes it back.
      if (guardPid(net) !== undefined && line[0] === 'confirm') toGuard(net, 'SIGTERM');
      await guardGone(net);
      await recoverAndJudge(scene, kept, true);
      expect(endsTorn(net)).toBe(false);
      await runLine(router, apply);
      await expectSettled(scene, true, true);
      await runLine(router, ['rollback']);
      await expectSettled(scene, false, true);
    });
  });
});

describe.skipIf(!CAN_BUILD)('a recovery that is killed as well', PATIENCE, () => {
  const routers = useRouters(2);
  const random = new Random(SEED);
  const stories = STORIES.filter(({ what }) => what.startsWith('pieces') || what.startsWith('a profile that was changed')).map(
    (story) => [story.what, story] as const,
  );

  /** Recovers, killed at its failpoint `at`, from 0; whether it was killed, or had ended before. */
  async function recoverKilled({ net }: Router, at: number): Promise<boolean> {
    const { signal, exitCode, stderr } = await withFault(net, ['recover'], { at: at + 1, only: 'recover' });
    expect(signal ?? exitCode, stderr).toBeOneOf(['SIGKILL', 0]);
    return signal === 'SIGKILL';
  }

  /** Kills the command at `k`, then recoveries at each of `places` in turn; returns how many of them were met. */
  async function killedAgain(scene: Scene, k: number, places: readonly number[]): Promise<number> {
    await killed(scene.net, scene.args, k);
    let met = 0;
    for (const place of places) if (await recoverKilled(scene, place)) met++;
    await recoverAndJudge(scene, k >= scene.keptFrom, false);
    return met;
  }

  /** How many failpoints a recovery passes at most: what the command has written, and its own marks. */
  const mostPlaces = ({ points }: Scene): number => points.filter((point) => point.startsWith('operation.')).length + 12;
  const from = ({ points }: Scene): number => points.indexOf('journal.opened#1');

  it.each(stories)('#3 killed at k, and its recovery at j: %s', async (_, story) => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, story)));
    const [scene] = scenes;
    if (scene === undefined) throw new Error('There is no router');
    const [first, most] = [from(scene), mostPlaces(scene)];
    const all = Array.from({ length: scene.keptFrom - first }, (_, k) =>
      Array.from({ length: most }, (__, j) => [first + k, j] as const),
    ).flat();
    const pairs = LONG ? all : Array.from({ length: 18 }, () => random.pick(all));
    let met = 0;
    await counting('double kills', pairs.length, async () =>
      share(scenes, pairs, async (one, [k, j]) =>
        atPlace(`Killed at ${one.points[k]}, then at ${j}`, async () => {
          const more = await killedAgain(one, k, [j]);
          met += more;
        }),
      ),
    );
    expect(met, 'recoveries that were met').toBeGreaterThan(pairs.length / 3);
    await Promise.all(scenes.map(strike));
  });

  it.each(stories)('#4 killed at k, its recovery at j, and the recovery of that at i: %s', async (_, story) => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, story)));
    const [scene] = scenes;
    if (scene === undefined) throw new Error('There is no router');
    expect(scene.keptFrom).toBeGreaterThan(from(scene));
    const triples = Array.from({ length: LONG ? 60 : 4 }, () => ({
      k: from(scene) + random.below(scene.keptFrom - from(scene)),
      places: [random.below(mostPlaces(scene)), random.below(mostPlaces(scene))],
    }));
    expect(triples).not.toEqual([]);
    await counting('triple kills', triples.length, async () =>
      share(scenes, triples, async (one, { k, places }) =>
        atPlace(`Killed at ${one.points[k]}, then at ${places.join(' and ')}`, async () => void (await killedAgain(one, k, places))),
      ),
    );
    await Promise.all(scenes.map(strike));
  });
});
