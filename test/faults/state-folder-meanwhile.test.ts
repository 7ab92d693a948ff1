// The story: the ground moves while parp works. The folder of its records is deleted under its hands, or only the lock; there are no descriptors to
// be had, or no memory; or the records are those of another namespace that had the same number. It ends with nothing changed, or with
// everything taken back, by itself or by the next command; whoever comes second while somebody writes is turned away; and what another namespace
// did is nobody's to undo here.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { FAULTY, faultEnv } from '../support/faults.ts';
import { share, useRouters, type Router } from '../support/furnished.ts';
import { faulty, pointsOf, withFault } from '../support/kill-points.ts';
import { argsIn, type Line } from '../support/kill-stories.ts';
import { at as atPlace, counting, journalPath, lastOf, PATIENCE, runLine } from '../support/kill-sweep.ts';
import { CAN_BUILD, PARP, type Network } from '../support/namespaces.ts';
import { stopped } from '../support/stopped.ts';
import { LONG } from '../support/tally.ts';
import { eachOfSweep } from '../support/sampled.ts';

/** A profile of 30,000 routes, each an operation. */
const MANY = `version: 1
kind: pseudo-bridge
name: many
segments:
  - interface: eth0
    addresses: [10.0.0.1/8]
  - interface: eth1
    hosts:
${Array.from({ length: 30_000 }, (_, n) => `      - 10.1.${(n >> 7) & 255}.${(n & 127) * 2}\n`).join('')}`;

describe.skipIf(!CAN_BUILD)('the ground that parp stands on', PATIENCE, () => {
  const routers = useRouters(2);
  const before = new Map<Network, Snapshot>();
  const first = (): Router => {
    if (routers[0] === undefined) throw new Error('There is no router');
    return routers[0];
  };
  const changed = async (net: Network): Promise<string[]> =>
    differences(before.get(net) ?? (await net.snapshot('router')), await net.snapshot('router'));

  beforeAll(async () => {
    for (const { net } of routers) before.set(net, await net.snapshot('router'));
  });

  /** Nothing of a change is left: neither on the host nor in the records. */
  async function expectNothing({ net }: Router): Promise<void> {
    expect(await changed(net)).toEqual([]);
    expect(lastOf(net)?.phase ?? 'undone').toBe('undone');
  }

  /** Gives back by hand what the profile "few" has done: what is to be done where the records are gone. */
  async function byHand(net: Network): Promise<void> {
    await net.ip('router', 'address del 192.168.7.1/24 dev eth1', 'neigh del proxy 10.8.8.8 dev eth0');
    await net.setSysctl('router', 'net/ipv4/conf/eth1/proxy_arp', '0');
    await net.setSysctl('router', 'net/ipv4/conf/eth0/arp_ignore', '0');
    expect(await changed(net)).toEqual([]);
  }

  it('#22 the folder is deleted at any failpoint: refused, taken back, or done and said so', async () => {
    const { net } = first();
    const points = await pointsOf(net, argsIn(net, ['apply', '@few']));
    await runLine(first(), ['rollback']);
    const placed = points.indexOf('journal.opened#1');
    const promised = points.indexOf('journal.mark.confirmed#1');
    await counting('folders deleted', points.length, async () =>
      share(routers, points, async (router, point, at) =>
        atPlace(`Deleted at ${point}`, async () => {
          const { stateDir } = router.net.lab;
          const end = await withFault(router.net, argsIn(router.net, ['apply', '@few']), { at: at + 1, act: `run: rm -rf ${stateDir}/*` });
          // From the mark on it is as though it were deleted behind the end.
          expect(end.exitCode, end.stderr).toBe(at < placed ? 4 : at <= promised ? 5 : 0);
          if (end.exitCode !== 0) expect(end.stderr).toMatch(/No such file|deleted or replaced/);
          if (end.exitCode === 0) await byHand(router.net);
          await expectNothing(router);
        }),
      ),
    );
  });

  eachOfSweep(['operation.written#2', 'execute.verified', 'journal.mark.applied'])(
    '#22 the folder is deleted at %s, and who applies is killed: the guard outlives both',
    async (at) => {
      const { net } = first();
      const act = `run: rm -rf ${net.lab.stateDir}/*; kill -KILL $PPID`;
      const end = await withFault(net, argsIn(net, ['apply', '--confirm=60s', '@few']), { at, act, only: 'apply' });
      expect(end).toMatchObject({ signal: 'SIGKILL' });
      const since = performance.now();
      while ((await changed(net)).length > 0 && performance.now() - since < 10_000) await pause(50);
      await expectNothing(first());
    },
  );

  eachOfSweep([
    { how: 'deleted', line: 'rm LOCK' },
    { how: 'replaced', line: 'mv LOCK LOCK.old && touch LOCK' },
    { how: 'replaced by a link', line: 'ln -sf /dev/null LOCK' },
  ])('#28 the lock is $how while it is held: who comes second is turned away (7), and the first one comes through', async ({ line }) => {
    const { net } = first();
    const child = net.spawn('router', [...FAULTY, ...argsIn(net, ['apply', '@few'])], {
      env: faultEnv({ at: 'operation.written#2', act: 'stop' }),
    });
    await stopped(child.pid);
    const lock = `${dirname(journalPath(net) ?? '')}/lock`;
    expect((await net.run('router', ['sh', '-c', line.replaceAll('LOCK', lock)])).exitCode).toBe(0);
    const halfway = await net.snapshot('router');
    for (const second of [['apply', '@guests'], ['recover']]) {
      const { exitCode, stderr } = await net.parp('router', argsIn(net, second));
      expect(exitCode, stderr).toBe(7);
    }
    expect(differences(halfway, await net.snapshot('router'))).toEqual([]);
    child.kill('SIGCONT');
    const end = await child.end;
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    rmSync(lock, { force: true });
    await runLine(first(), ['rollback']);
    await expectNothing(first());
  });

  it('#29 few descriptors may be open: refused or done', async () => {
    const { net } = first();
    const codes = new Map<number, number | null>();
    for (const limit of LONG ? Array.from({ length: 120 }, (_, n) => 17 + n) : [20, 48, 80, 112, 256]) {
      const { exitCode } = await net.run('router', [
        'sh',
        '-c',
        `ulimit -c 0; ulimit -n ${limit}; exec "$@"`,
        'sh',
        ...PARP,
        ...argsIn(net, ['apply', '@few']),
      ]);
      codes.set(limit, exitCode);
      if (exitCode === 0) await runLine(first(), ['rollback']);
      await atPlace(`With ${limit}`, async () => expectNothing(first()));
    }
    expect(codes.get(20) ?? 1).not.toBe(0);
  });

  it.each(['journal.opened', 'operation.written#2', 'execute.written', 'journal.mark.confirmed'])(
    '#29 no descriptor is to be had any more from %s on: what cannot be taken back is said, and recover goes on',
    async (at) => {
      const { net } = first();
      const end = await withFault(net, argsIn(net, ['apply', '@few']), {
        at,
        act: 'run: prlimit --pid $PPID --nofile=3:1024',
        only: 'apply',
      });
      if (at === 'journal.mark.confirmed') {
        expect(end, end.stderr).toMatchObject({ exitCode: 0 });
        await runLine(first(), ['rollback']);
        return expectNothing(first());
      }
      expect(end.exitCode, end.stderr).toBeOneOf([5, 6]);
      if (end.exitCode === 6) expect(end.stderr).toContain('parp recover');
      await runLine(first(), ['recover']);
      return expectNothing(first());
    },
  );

  it('#30 the heap is too small for 30,000 operations: whenever it is full, the next command puts it right', async () => {
    const { net } = first();
    const many = net.profile('many.yaml', MANY);
    const quiet = ['--no-probe', '--no-announce', '-q'];
    const codes: (string | number | null)[] = [];
    for (const size of LONG ? Array.from({ length: 16 }, (_, n) => 16 + 4 * n) : [24, 48]) {
      const heap = ['sh', '-c', 'ulimit -c 0; exec "$@"', 'sh', process.execPath, `--max-old-space-size=${size}`];
      const end = await net.run('router', [...heap, ...PARP.slice(1), 'apply', many, ...quiet]);
      codes.push(end.signal ?? end.exitCode);
      await runLine(first(), ['recover']);
      if (lastOf(net)?.phase === 'confirmed') await runLine(first(), ['rollback']);
      await atPlace(`With ${size} MiB`, async () => expectNothing(first()));
    }
    expect(codes).toContain('SIGABRT');
  });

  eachOfSweep<{ phase: string; lines: readonly Line[]; cut?: string }>([
    { phase: 'open', lines: [['apply', '@few']], cut: 'operation.written#4' },
    { phase: 'confirmed', lines: [['apply', '@few']] },
    { phase: 'undoing', lines: [['apply', '@few'], ['rollback']], cut: 'undo.written' },
  ])('#15 records of another namespace that had the same number, "$phase": nothing is undone here', async ({ phase, lines, cut }) => {
    const [here, there] = routers;
    if (here === undefined || there === undefined) throw new Error('There are not two routers');
    for (const [at, line] of lines.entries()) {
      const args = argsIn(there.net, line);
      if (cut !== undefined && at === lines.length - 1) await withFault(there.net, args, { at: cut });
      else expect((await faulty(there.net, args)).exitCode).toBe(0);
    }
    expect(lastOf(there.net)?.phase).toBe(phase);
    // The administrator of this one has by hand what the other one has of parp: an undo would take it for its own.
    await runLine(here, ['apply', '@few']);
    const folders = [here, there].map(({ net }) => dirname(journalPath(net) ?? ''));
    const [own, others] = folders;
    if (own === undefined || others === undefined || !existsSync(own)) throw new Error('There are no records');
    rmSync(own, { recursive: true });
    renameSync(others, own);
    const inForce = await here.net.snapshot('router');
    const status: unknown = JSON.parse((await here.warm.run(['--json', 'status'])).stdout);
    expect(status).toMatchObject({ profiles: [], unfinished: null, pending: null });
    expect(JSON.parse(await runLine(here, ['--json', 'recover'], true))).toMatchObject({ recovered: null });
    expect((await here.warm.run(['rollback'])).exitCode).toBe(4);
    await runLine(here, ['remove', '--all']);
    expect(differences(inForce, await here.net.snapshot('router'))).toEqual([]);
    await runLine(here, ['apply', '@edge']);
    await runLine(here, ['rollback']);
    expect(differences(inForce, await here.net.snapshot('router'))).toEqual([]);
    await byHand(here.net);
    // The other one gets its records back.
    const bytes = readFileSync(`${own}/journal`);
    expect(bytes.length).toBeGreaterThan(0);
    rmSync(own, { recursive: true });
    if ((await changed(there.net)).length > 0) await byHand(there.net);
  });
});
