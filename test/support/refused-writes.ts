import { expect } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import type { Snapshot } from '../../src/lab/snapshot.ts';
import { FAULTY, faultEnv } from './faults.ts';
import { buildFurnished } from './furnished.ts';
import { documentOf, foundOn, held, journalText } from './judging.ts';
import { useKeptRouter, type KeptRouter } from './kept-router.ts';
import { faulty, pointsOf } from './kill-points.ts';
import { PARP } from './namespaces.ts';
import { workOn } from './plain-profiles.ts';
import { replacing, type Replaced } from './replaced-programs.ts';

export const custom = (lines: string): string => `version: 1\nkind: custom\nname: work\n${lines}\n`;

/** Operations of every kind but nat, on one interface. */
export const WORK = workOn('eth1');
/** An address, two routes over eth1, a switch, a route to the host itself: they are written in this order. */
export const LAID = custom(`addresses: [{ address: 192.168.7.1/24, interface: eth1 }]
routes: [{ to: 10.8.8.8/32, interface: eth1 }, { to: 10.8.8.9/32, interface: eth1 }, { to: 10.6.6.6/32, type: local, interface: lo }]
sysctl: { net/ipv4/conf/eth1/arp_ignore: 1 }`);

/** Three routes, which are written in this order. */
export const THREE = [
  { place: 'first', to: '10.1.1.1/32' },
  { place: 'middle', to: '10.1.1.2/32' },
  { place: 'last', to: '10.1.1.3/32' },
] as const;
/** A profile of those, each in the words that it is given. */
export const three = (lines: (to: string) => string): string => custom(`routes: [${THREE.map(({ to }) => lines(to)).join(', ')}]`);

/** A router whose kernel, or a helper, refuses a write. */
export interface RefusingRouter extends KeptRouter {
  /** An apply behind which lines of sh run at a failpoint, in the router's namespace. */
  readonly applyBut: (text: string, at: string, lines: string, before?: readonly string[]) => Promise<Ended>;
  /** An apply where `ip` or `nft` is replaced. */
  readonly applyWith: (text: string, replaced: Replaced) => Promise<Ended>;
  /** All taken back, nothing open; gives what of the router is not as it is wanted. */
  readonly rolled: (end: Ended, says: string | RegExp, wanted?: Snapshot) => Promise<string[]>;
  /** Nothing written: not to the journal, which comes first, nor to the kernel; gives what of the router is not as it is wanted. */
  readonly refused: (run: () => Promise<Ended>, code: string | RegExp, says?: string | RegExp, wanted?: Snapshot) => Promise<string[]>;
  /** The failpoint before the first operation, before one in the middle, and before the last. */
  readonly places: (text: string) => Promise<readonly { readonly place: string; readonly at: string }[]>;
}

const TALLY = 'refusals of the kernel';

/** A furnished router for the tests of the surrounding `describe`. */
export function useRefusingRouter(): RefusingRouter {
  const router = useKeptRouter(buildFurnished, TALLY);
  const { net, bare, applyArgs } = router;
  return {
    ...router,
    applyBut: async (text, at, lines, before = []) =>
      net.run('router', [...before, ...FAULTY, '--json', ...applyArgs(text)], {
        env: faultEnv({ at, act: `run: ${lines}`, only: 'apply' }),
      }),
    applyWith: async (text, replaced) => net.run('router', [...replacing(net, replaced), ...PARP, '--json', ...applyArgs(text)]),
    rolled: async (end, says, wanted = bare()) => {
      expect(end, end.stderr).toMatchObject({ exitCode: 5 });
      expect(end.stderr).toMatch(says);
      expect(documentOf(end)).toMatchObject({ outcome: 'rolled-back', refused: [] });
      expect(held(net)).toEqual({ profiles: [], open: false });
      return foundOn(net, wanted, TALLY);
    },
    refused: async (run, code, says = '', wanted = bare()) => {
      const journal = journalText(net);
      const end = await run();
      expect(end, end.stderr).toMatchObject({ exitCode: 4 });
      expect(documentOf(end)).toMatchObject({ error: { code: expect.stringMatching(code) } });
      expect(end.stderr).toMatch(says);
      expect(journalText(net) === journal, 'the journal is as it was').toBe(true);
      return foundOn(net, wanted, TALLY);
    },
    places: async (text) => {
      const steps = (await pointsOf(net, applyArgs(text))).filter((name) => name.startsWith('operation.written'));
      expect(await faulty(net, ['rollback'])).toMatchObject({ exitCode: 0 });
      return [
        { place: 'first', at: 'journal.opened' },
        { place: 'middle', at: `operation.written#${steps.length >> 1}` },
        { place: 'last', at: `operation.written#${steps.length - 1}` },
      ];
    },
  };
}
