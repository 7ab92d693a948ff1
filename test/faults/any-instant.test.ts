// The story: parp is killed, at every place where it can be told from the place before. A router that others have furnished gets profiles of
// every kind, changed ones, several at once, and gives them back; each of these commands is killed at each of its failpoints, and
// recovered. Until the mark "confirmed" is whole the host is what it was before, from then on what was asked for, never anything between;
// no transaction is left, and the profiles in force are those that the host has. Half of a mark is none.
import { describe, expect, it } from 'vitest';
import { share, useRouters } from '../support/furnished.ts';
import { at as atPlace, counting, killed, PATIENCE, recoverAndJudge, stage, strike } from '../support/kill-sweep.ts';
import { STORIES } from '../support/kill-stories.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { LONG } from '../support/tally.ts';

/** Every how-manieth recovery is a process of its own, and `parp status` is asked behind it; the journal itself is read behind each. */
const FRESH = 6;

/** The last one differs from the one before it in little; it is for the long sweeps. */
const STORIES_HERE = (LONG ? STORIES : STORIES.slice(0, -1)).map((story) => [story.what, story] as const);

/** Before the journal is in its place nothing depends on the story: there, all places are tried of the first story alone, and some of the others. */
function isTried(points: readonly string[], at: number, isFirst: boolean): boolean {
  return LONG || isFirst || at >= points.indexOf('file.synced#1') || at % 3 === 0;
}

describe.skipIf(!CAN_BUILD)('a command that is killed', PATIENCE, () => {
  const routers = useRouters(2);

  it.each(STORIES_HERE)('#1 %s, killed at every failpoint: all or nothing', async (what, story) => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, story)));
    const points = scenes[0]?.points ?? [];
    expect(points).toContain('journal.marked.confirmed#1');
    const places = [...points.keys()].filter((at) => isTried(points, at, what === STORIES[0]?.what));
    await counting('kill points', places.length, async () =>
      share(scenes, places, async (scene, at) =>
        atPlace(`Killed at ${points[at]}`, async () => {
          expect(scene.points).toEqual(points);
          await killed(scene.net, scene.args, at);
          await recoverAndJudge(scene, at >= scene.keptFrom, at % FRESH === 0);
        }),
      ),
    );
    await Promise.all(scenes.map(strike));
  });
});
