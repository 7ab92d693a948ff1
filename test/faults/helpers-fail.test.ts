// The story: a helper that speaks to the kernel for parp fails: `ip` or `nft` ends with an error, is killed before its work or behind it, prints
// garbage, half a document or 100 MB, hangs, or loses an answer of netlink, at each of its calls. The apply comes to all or to nothing, and where the
// way back is cut off as well (6), recover goes on from there. The judge is the router's whole configuration, before and behind.
// Here parp works with the iproute2 engine, for which `ip` does all the work.
import '../support/with-iproute2.ts';
import { beforeAll, describe, expect } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import type { Snapshot } from '../../src/lab/snapshot.ts';
import { foundOn, held } from '../support/judging.ts';
import { neither } from '../support/kill-points.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { EDGE_OF_TWO } from '../support/plain-profiles.ts';
import { useRefusingRouter } from '../support/refused-writes.ts';
import { eachOfSweep, itInLongRun } from '../support/sampled.ts';
import { LONG } from '../support/tally.ts';

/** Where netlink loses something in the short run. */
const SAMPLED: Readonly<Record<'reads' | 'writes', readonly (readonly [call: number, answer: number])[]>> = {
  reads: [
    [1, 1],
    [1, 3],
    [2, 1],
    [5, 2],
  ],
  // The first two answers of each tell the interface.
  writes: [
    [1, 3],
    [1, 4],
    [2, 3],
  ],
};

describe.skipIf(!CAN_BUILD)('the helpers', () => {
  const { net, bare, parp, apply, applyWith, rolled, refused } = useRefusingRouter();

  let applied: Snapshot;
  beforeAll(async () => {
    await apply(EDGE_OF_TWO);
    applied = await net.snapshot('router');
    await parp('remove', 'edge');
  });

  /** What a run of an apply may come to with a helper that fails once: all, or nothing; where it says that the way back was cut off, recover goes on. */
  async function judged(end: Ended, what: string): Promise<number> {
    expect([0, 4, 5, 6], end.stderr).toContain(end.exitCode);
    const now = await net.snapshot('router');
    if (end.exitCode === 6) {
      expect(held(net), what).toMatchObject({ open: true });
      await parp('recover');
    } else {
      expect(neither(now, end.exitCode === 0 ? applied : bare()), what).toEqual([]);
      expect(held(net), what).toEqual({ profiles: end.exitCode === 0 ? ['edge'] : [], open: false });
      if (end.exitCode === 0) await parp('remove', 'edge');
    }
    expect(await foundOn(net, bare(), 'helpers that failed at their k-th call')).toEqual([]);
    return end.exitCode ?? -1;
  }

  const ways = {
    'ends with 1': 'echo "Error: not today." >&2; exit 1',
    'prints garbage': 'echo garbage; exit 0',
    'prints half a document': 'REAL "$@" | head -c 99; exit 0',
    'is killed': 'kill -KILL $$',
    'is killed behind its work': 'REAL "$@"; kill -KILL $$',
    'is refused by the kernel (EPERM)': 'exec setpriv --bounding-set=-net_admin --inh-caps=-net_admin REAL "$@"',
  } as const;

  // In the short run each way meets another third of the calls of ip.
  const sweeps = Object.entries(ways).map(([what, does], way) => ({ what, does, start: LONG ? 1 : 1 + (way % 3), step: LONG ? 1 : 3 }));

  eachOfSweep(sweeps)('#44 #37 ip or nft $what at each of its calls: all or nothing', async ({ what, does, start, step }) => {
    const codes = new Map<number, number>();
    for (const program of ['ip', 'nft'] as const) {
      for (let at = program === 'ip' ? start : 1; ; at += program === 'ip' ? step : 1) {
        const end = await applyWith(EDGE_OF_TWO, { program, does: `: > ${net.lab.folder}/reached; ${does}`, at });
        const { exitCode: reached } = await net.run('router', ['rm', `${net.lab.folder}/reached`]);
        const code = await judged(end, `${program} ${what} at call ${at}`);
        if (reached !== 0) break;
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    expect([...codes.keys()], 'before and behind the first write').toEqual(expect.arrayContaining([5]));
  });

  itInLongRun('#44 a helper that hangs, as it reads and as it writes: 4 and 5 behind its time limit', async () => {
    const hangs = 'exec sleep 600';
    for (const program of ['ip', 'nft'] as const) {
      expect(
        await refused(async () => applyWith(EDGE_OF_TWO, { program, does: hangs, at: 1 }), 'helper-timeout', 'did not end within 30 s'),
      ).toEqual([]);
      const writing = program === 'ip' ? '*-batch*' : '*-f*';
      // The second batch of ip is its first write.
      expect(
        await rolled(
          await applyWith(EDGE_OF_TWO, { program, does: hangs, at: program === 'ip' ? 2 : 1, among: writing }),
          'did not end within',
        ),
      ).toEqual([]);
    }
  });

  eachOfSweep(['ENOBUFS', 'EINTR'])('#45 %s of netlink at calls of ip: reads go on, writes are taken back', async (errno) => {
    const tracing = (when: number): string =>
      `exec strace -qq -o /dev/null -e trace=recvmsg -e inject=recvmsg:error=${errno}:when=${when} REAL "$@"`;
    const codesOf = async (among: string, places: readonly (readonly [at: number, when: number])[]): Promise<number[]> => {
      const codes: number[] = [];
      for (const [at, when] of places)
        codes.push(
          await judged(
            await applyWith(EDGE_OF_TWO, { program: 'ip', does: tracing(when), at, among }),
            `${errno} at answer ${when} of call ${at}`,
          ),
        );
      return [...new Set(codes)];
    };
    const every = (calls: number): [number, number][] =>
      Array.from({ length: calls * 5 }, (_, i) => [1 + Math.floor(i / 5), [1, 2, 3, 5, 9][i % 5] ?? 1]);
    // Reads ask for details; a read that failed is repeated in pieces.
    expect(await codesOf('*-details*', LONG ? every(12) : SAMPLED.reads)).toEqual([0]);
    // iproute2 itself asks again where it was interrupted; where an answer is lost, nobody knows what was done.
    const writes = await codesOf('-4\\ -json\\ -batch*', LONG ? every(2) : SAMPLED.writes);
    expect(writes).toContain(errno === 'EINTR' ? 0 : 5);
    expect(writes.every((code) => code === 0 || (errno === 'ENOBUFS' && code === 5))).toBe(true);
  });

  eachOfSweep([
    { program: 'ip', among: '*-batch*', at: 1, ending: 4 },
    { program: 'nft', among: '*list*', at: 1, ending: 4 },
    { program: 'ip', among: '*-batch*', at: 2, ending: 5 },
    { program: 'nft', among: '*-f*', at: 1, ending: 5 },
  ] as const)('#46 100 MB of $program at call $at of $among: $ending', async ({ program, among, at, ending }) => {
    const does = 'head -c 100000000 /dev/zero | tr "\\0" x; exit 0';
    if (ending === 4)
      expect(await refused(async () => applyWith(EDGE_OF_TWO, { program, among, at, does }), /unreadable|helper-output/)).toEqual([]);
    else expect(await rolled(await applyWith(EDGE_OF_TWO, { program, among, at, does }), 'more than the 16777216 characters')).toEqual([]);
  });
});
