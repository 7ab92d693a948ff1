// The story: parp lives, and a helper of its dies: `ip` or `nft` is killed at any of its calls, before it has done anything, in the middle of
// its lines, or with all done and nobody told. Before the first write that is a refusal (4); behind it everything is taken back (5); on the way
// back it is said that it is not done (6), and recover goes on. The host is what it was before.
import '../support/with-iproute2.ts';
import { describe, expect } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { dyings, withDying, type Dying } from '../support/dying-helper.ts';
import { share, useRouters } from '../support/furnished.ts';
import { argsIn, type Line, type Story } from '../support/kill-stories.ts';
import { at as atPlace, counting, expectSettled, lastOf, PATIENCE, runLine, type Scene, stage } from '../support/kill-sweep.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { LONG } from '../support/tally.ts';
import { eachOfSweep } from '../support/sampled.ts';

const STORIES = (
  [
    {
      what: 'ip, that writes addresses, routes and proxies',
      helper: 'ip',
      first: [],
      command: ['apply', '@pieces'],
      held: [],
      holds: ['pieces'],
    },
    { what: 'nft, that writes a table', helper: 'nft', first: [], command: ['apply', '@edge'], held: [], holds: ['edge'] },
  ] satisfies (Story & { helper: Dying['helper'] })[]
).map((story) => [story.what, story] as const);

describe.skipIf(!CAN_BUILD)('a helper that is killed', PATIENCE, () => {
  const routers = useRouters(2);

  /** How often a command calls the helper when nothing happens to it; what the command did is taken back. */
  async function callsOf(scene: Scene, line: Line, helper: Dying['helper']): Promise<readonly string[]> {
    const { calls, exitCode, stderr } = await withDying(scene.net, argsIn(scene.net, line), { helper, call: 0, death: 'at once' });
    expect(exitCode, stderr).toBe(0);
    return calls;
  }

  eachOfSweep(STORIES)('#6 %s, while it is applied: 4 before the first write, 5 behind it', async (_, story) => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, story)));
    const [scene] = scenes;
    if (scene === undefined) throw new Error('There is no router');
    const calls = await callsOf(scene, story.command, story.helper);
    await runLine(scene, ['rollback']);
    const all = dyings(story.helper, calls);
    const codes = new Set<number | null>();
    await counting('helpers killed', all.length, async () =>
      share(scenes, all, async (one, dying) =>
        atPlace(`Call ${dying.call} of ${calls.length}, killed ${dying.death}`, async () => {
          const written = lastOf(one.net)?.transaction.id;
          const end = await withDying(one.net, one.args, dying);
          codes.add(end.exitCode);
          expect(end.exitCode, end.stderr).toBeOneOf([4, 5]);
          expect(end.stderr).toContain('was killed by SIGKILL');
          if (end.exitCode === 4) expect(lastOf(one.net)?.transaction.id, 'no journal is written').toBe(written);
          await expectSettled(one, false, dying.death === 'halfway');
        }),
      ),
    );
    expect(codes).toEqual(new Set([4, 5]));
  });

  eachOfSweep(STORIES)('#6 %s, while it is taken back: 4 before the first write, 6 behind it, and recover goes on', async (_, story) => {
    const scenes = await Promise.all(routers.map(async (router) => stage(router, story)));
    const [scene] = scenes;
    if (scene === undefined) throw new Error('There is no router');
    await Promise.all(scenes.map(async (one) => runLine(one, story.command)));
    const calls = await callsOf(scene, ['rollback'], story.helper);
    await runLine(scene, story.command);
    const all = dyings(story.helper, calls).filter(({ death }, at) => LONG || at % 2 === 0 || death === 'halfway');
    const codes = new Set<number | null>();
    await counting('helpers killed', all.length, async () =>
      share(scenes, all, async (one, dying) =>
        atPlace(`Call ${dying.call} of ${calls.length}, killed ${dying.death}`, async () => {
          const { exitCode, stderr } = await withDying(one.net, ['rollback'], dying);
          codes.add(exitCode);
          expect(exitCode, stderr).toBeOneOf([4, 6]);
          if (exitCode === 4) {
            expect(lastOf(one.net)?.phase).toBe('confirmed');
            expect(differences(one.after, await one.net.snapshot('router'))).toEqual([]);
            return;
          }
          await runLine(one, ['recover']);
          await expectSettled(one, false, true);
          await runLine(one, story.command);
        }),
      ),
    );
    expect(codes).toEqual(new Set([4, 6]));
    await Promise.all(scenes.map(async (one) => runLine(one, ['rollback'])));
  });
});
