// The story: somebody else lays a route of his own where parp's was, or beside it, and tags a proxy neighbour anew; or he had that proxy neighbour
// before parp came. A kernel keeps one route of a kind, and one entry of an address: what is there now is told from parp's by its protocol, and by
// where it leads. What is his is left, and said; what he had before was never claimed; the rest is given back.
import { describe, expect, it } from 'vitest';
import { documentOf } from '../support/judging.ts';
import { withFault } from '../support/kill-points.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { inTurns, leftIn, useSharedRouter, WAYS, WORK } from '../support/others-hands.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('others change', () => {
  const { net, bare, expectAs, applyArgs, parp, apply, differing } = useSharedRouter();

  describe('a route', () => {
    const ROUTES = [
      { to: '10.9.0.0/16', line: 'route replace 10.9.0.0/16 dev eth0 proto static', gone: 'route del 10.9.0.0/16 proto static' },
      { to: '10.8.8.8/32', line: 'route replace 10.8.8.8/32 via 172.16.0.9 proto 55', gone: 'route del 10.8.8.8/32 proto 55' },
      { to: '10.8.8.8/32', line: 'route replace blackhole 10.8.8.8/32', gone: 'route del blackhole 10.8.8.8/32' },
      // Not even the protocol tells this one; where it leads does.
      { to: '10.8.8.8/32', line: 'route replace 10.8.8.8/32 dev eth0 proto 97', gone: 'route del 10.8.8.8/32 dev eth0' },
      {
        to: '10.6.6.6/32',
        line: 'route replace local 10.6.6.6/32 dev eth0 proto static',
        gone: 'route del local 10.6.6.6/32 dev eth0 proto static',
      },
    ];

    eachOfSweep(ROUTES.map((one, at) => ({ ...one, ways: inTurns(at) })))(
      '#49 is replaced by another ($line): left, and said, by remove and rollback',
      async ({ to, line, gone, ways }) => {
        for (const way of ways) {
          await apply(WORK);
          await net.ip('router', line);
          const document = await parp(...way);
          expect(leftIn(document)).toEqual([expect.objectContaining({ to })]);
          // Throws where it is no longer there.
          await net.ip('router', gone);
          await expectAs(bare());
        }
      },
    );

    eachOfSweep(ROUTES)('#49 is replaced before parp verifies ($line): 5, and left', async ({ to, line, gone }) => {
      const end = await withFault(net, ['--json', ...applyArgs(WORK)], { at: 'execute.written', act: `run: ip ${line}` });
      expect(end, end.stderr).toMatchObject({ exitCode: 5 });
      expect(leftIn(documentOf(end))).toEqual([expect.objectContaining({ to })]);
      await net.ip('router', gone);
    });

    it('#49 gets another beside it, of another metric: theirs stays, ours goes', async () => {
      for (const way of WAYS) {
        await apply(WORK);
        await net.ip('router', 'route add 10.8.8.8/32 dev eth0 metric 5 proto static', 'route append 10.9.0.0/16 dev eth0 proto static');
        expect(leftIn(await parp(...way))).toEqual([]);
        await net.ip('router', 'route del 10.8.8.8/32 dev eth0 metric 5 proto static', 'route del 10.9.0.0/16 dev eth0 proto static');
        await expectAs(bare());
      }
    });
  });

  describe('a proxy neighbour', () => {
    eachOfSweep([{ tag: '' }, { tag: ' protocol static' }, { tag: ' protocol 55' }])(
      '#50 was there before (tag "$tag"): not claimed, its tag unchanged, it survives',
      async ({ tag }) => {
        await net.ip('router', `neigh add proxy 10.8.8.9 dev eth0${tag}`);
        const before = await net.snapshot('router');
        for (const way of WAYS) {
          await apply(WORK);
          expect((await net.snapshot('router')).proxies).toEqual(before.proxies);
          expect(leftIn(await parp(...way))).toEqual([]);
          await expectAs(before);
        }
        await net.ip('router', 'neigh del proxy 10.8.8.9 dev eth0');
      },
    );

    it('#51 is tagged anew by somebody else: left, and said, by remove and rollback', async () => {
      for (const way of WAYS) {
        await apply(WORK);
        await net.ip('router', 'neigh add proxy 10.8.8.9 dev eth0 protocol 55');
        expect(leftIn(await parp(...way))).toEqual([{ address: '10.8.8.9', interface: 'eth0' }]);
        expect(await differing()).toEqual(['proxies']);
        await net.ip('router', 'neigh del proxy 10.8.8.9 dev eth0');
      }
    });

    it('#51 is tagged anew before parp verifies: it is in force, and remove leaves it', async () => {
      const end = await withFault(net, ['--json', ...applyArgs(WORK)], {
        at: 'execute.written',
        act: 'run: ip neigh add proxy 10.8.8.9 dev eth0 protocol 55',
      });
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      expect(leftIn(await parp('remove', 'work'))).toEqual([{ address: '10.8.8.9', interface: 'eth0' }]);
      await net.ip('router', 'neigh del proxy 10.8.8.9 dev eth0');
    });
  });
});
