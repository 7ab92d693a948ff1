// The story: parp is killed, at every place where it can be told from the place before. A router that others have furnished gets profiles of
// every kind, changed ones, several at once, and gives them back; each of these commands is killed at each of its failpoints, and
// recovered. Until the mark "confirmed" is whole the host is what it was before, from then on what was asked for, never anything between;
// no transaction is left, and the profiles in force are those that the host has. Half of a mark is none.
import { describe, expect, it } from 'vitest';
import { share, useRouters } from '../support/furnished.ts';
import { at as atPlace, counting, killed, recoverAndJudge, stage, strike } from '../support/kill-sweep.ts';
import { STORIES } from '../support/kill-stories.ts';
import { CAN_BUILD } from '../support/namespaces.ts';

/** Every how-manieth recovery is a process of its own, and `parp status` is asked behind it; the journal itself is read behind each. */
const FRESH = 4;

describe.skipIf(!CAN_BUILD)('a command that is killed', () => {
  const routers = useRouters(3);

  it.each(STORIES)('#1 $what, killed at every failpoint: all or nothing', async (story) => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, story)));
    const points = scenes[0]?.points ?? [];
    expect(points).toContain('journal.marked.confirmed#1');
    await counting('kill points', points.length, async () =>
      share(scenes, points, async (scene, point, at) =>
        atPlace(`Killed at ${point}`, async () => {
          expect(scene.points).toEqual(points);
          await killed(scene.net, scene.args, at);
          await recoverAndJudge(scene, at >= scene.keptFrom, at % FRESH === 0);
        }),
      ),
    );
    await Promise.all(scenes.map(strike));
  });
});
