// The story: the place for the records is no good. The disk is full, has no inodes left, or is read-only; something else lies where the folder should
// be, or the folder is somebody else's, or open to everybody. Whatever it is, parp says so before it writes anything to the kernel (4), leaves
// what it found as it found it, and follows no link. A disk that fills up later cannot stop it: the room was taken beforehand.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { FAULTY, faultEnv } from '../support/faults.ts';
import { useRouters, type Router } from '../support/furnished.ts';
import { argsIn, type Line } from '../support/kill-stories.ts';
import { CAN_BUILD, PARP, type Network } from '../support/namespaces.ts';
import { mountState, type StateDisk } from '../support/state-disk.ts';
import type { Ended } from '../../src/lab/child-process.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('the place for the records', () => {
  const routers = useRouters(1);
  let before: Snapshot;
  const router = (): Router => {
    if (routers[0] === undefined) throw new Error('There is no router');
    return routers[0];
  };
  const net = (): Network => router().net;
  const changed = async (): Promise<string[]> => differences(before, await net().snapshot('router'));

  beforeAll(async () => {
    before = await net().snapshot('router');
  });

  async function diskOf(mount: string): Promise<StateDisk> {
    rmSync(net().lab.stateDir, { recursive: true, force: true });
    const disk = await mountState(net(), mount);
    onTestFinished(async () => disk.leave());
    return disk;
  }

  const on = async (disk: StateDisk, line: Line): Promise<Ended> => disk.run([...PARP, ...argsIn(net(), line)]);

  /** It ended with 4, the host is as it was, and there is neither a journal nor a piece of one. */
  async function expectRefused(end: Ended, disk: StateDisk, says: string): Promise<void> {
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(end.stderr).toContain(says);
    expect(await changed()).toEqual([]);
    expect(await disk.sh('find $S -name "journal*"')).toBe('');
  }

  async function expectAppliedAndTakenBack(end: Ended, disk: StateDisk): Promise<void> {
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect((await changed()).length).toBeGreaterThan(0);
    expect(await on(disk, ['rollback'])).toMatchObject({ exitCode: 0 });
    expect(await changed()).toEqual([]);
  }

  it('#16 a disk of 8 KiB: refused; on one that has just the room, it comes through', async () => {
    const sizes = [4, 8, 12, 16];
    const codes: (number | null)[] = [];
    for (const size of sizes) {
      const disk = await diskOf(`mount -t tmpfs -o size=${size}k,mode=700 tmpfs $S`);
      const end = await on(disk, ['apply', '@routed']);
      codes.push(end.exitCode);
      if (end.exitCode === 0) await expectAppliedAndTakenBack(end, disk);
      else await expectRefused(end, disk, 'No space left on device (ENOSPC)');
    }
    expect(codes).toEqual([4, 4, 4, 0]);
  });

  it('#20 no inode is left for the folder, the lock or the journal: refused', async () => {
    const codes: (number | null)[] = [];
    for (const inodes of [1, 2, 3, 4]) {
      const disk = await diskOf(`mount -t tmpfs -o nr_inodes=${inodes},mode=700 tmpfs $S`);
      const end = await on(disk, ['apply', '@few']);
      codes.push(end.exitCode);
      if (end.exitCode === 0) await expectAppliedAndTakenBack(end, disk);
      else await expectRefused(end, disk, 'ENOSPC');
    }
    expect(codes).toEqual([4, 4, 4, 0]);
  });

  it('#20 no inode is left for the guard: refused, nothing written', async () => {
    const disk = await diskOf('mount -t tmpfs -o nr_inodes=4,mode=700 tmpfs $S');
    const end = await on(disk, ['apply', '--confirm=60s', '@few']);
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(end.stderr).toContain('Start the guard');
    expect(await changed()).toEqual([]);
    const status = await on(disk, ['--json', 'status']);
    expect(JSON.parse(status.stdout)).toMatchObject({ profiles: [], unfinished: null, pending: null });
  });

  eachOfSweep(['journal.opened', 'operation.written#2', 'execute.verified'])(
    '#17 the disk fills up at %s: it comes through, and rollback as well',
    async (at) => {
      const disk = await diskOf('mount -t tmpfs -o size=64k,mode=700 tmpfs $S');
      const fill = faultEnv({ at, act: `run: dd if=/dev/zero of=${net().lab.stateDir}/fill bs=4k`, only: 'apply' });
      const end = await disk.run([...FAULTY, ...argsIn(net(), ['apply', '@few'])], { env: fill });
      expect(await disk.sh('test -s $S/fill && dd if=/dev/zero of=$S/more bs=4k 2>&1 || true')).toContain('No space left');
      expect((await on(disk, ['remove', 'few'])).exitCode, 'what needs a new journal').toBe(4);
      await expectAppliedAndTakenBack(end, disk);
    },
  );

  it('#17 the disk fills up behind "armed": it is applied, and confirmed', async () => {
    const disk = await diskOf('mount -t tmpfs -o size=64k,mode=700 tmpfs $S');
    const fill = faultEnv({ at: 'execute.armed', act: `run: dd if=/dev/zero of=${net().lab.stateDir}/fill bs=4k`, only: 'apply' });
    const end = await disk.run([...FAULTY, ...argsIn(net(), ['apply', '--confirm=60s', '@few'])], { env: fill });
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect((await on(disk, ['confirm'])).exitCode).toBe(0);
    await expectAppliedAndTakenBack(end, disk);
  });

  it('#19 a read-only folder: refused, with something in force and without', async () => {
    const readOnly = 'mount --bind $S $S && mount -o remount,ro,bind $S';
    const empty = await diskOf(readOnly);
    await expectRefused(await on(empty, ['apply', '@few']), empty, 'EROFS');
    expect((await net().parp('router', argsIn(net(), ['apply', '@few']))).exitCode).toBe(0);
    const inForce = await net().snapshot('router');
    const disk = await mountState(net(), readOnly);
    onTestFinished(async () => disk.leave());
    for (const line of [['remove', 'few'], ['rollback'], ['recover'], ['apply', '@guests'], ['apply', '--confirm=60s', '@guests']]) {
      const end = await on(disk, line);
      expect(end, line.join(' ')).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('EROFS') });
    }
    expect(differences(inForce, await net().snapshot('router'))).toEqual([]);
    expect((await on(disk, ['status'])).stdout).toContain('in force');
    expect((await net().parp('router', ['rollback'])).exitCode).toBe(0);
    expect(await changed()).toEqual([]);
  });

  /** What stands in a place, and how it is made there. `target` is a folder of somebody's with a file in it. */
  const OBSTACLES: readonly { readonly what: string; readonly make: (path: string, target: string) => void }[] = [
    { what: 'a link to a folder', make: (path, target) => symlinkSync(target, path) },
    { what: 'a link to a file', make: (path, target) => symlinkSync(join(target, 'file'), path) },
    { what: 'a link that leads nowhere', make: (path, target) => symlinkSync(join(target, 'absent'), path) },
    { what: 'a file', make: (path) => writeFileSync(path, 'mine\n') },
    { what: 'a pipe', make: (path) => void execFileSync('mkfifo', [path]) },
  ];
  const FOLDERS: typeof OBSTACLES = [
    {
      what: "somebody else's folder",
      make: (path) => {
        mkdirSync(path, { mode: 0o700 });
        chownSync(path, 65534, 65534);
      },
    },
    {
      what: 'a folder that everybody may write to',
      make: (path) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
    },
    {
      what: 'a folder that a group may write to',
      make: (path) => {
        mkdirSync(path);
        chmodSync(path, 0o770);
      },
    },
  ];
  const FOLDER: typeof OBSTACLES = [{ what: 'a folder', make: (path) => mkdirSync(path) }];

  it.each([
    { place: 'all records', at: () => net().lab.stateDir, obstacles: [...OBSTACLES, ...FOLDERS] },
    { place: "this namespace's records", at: () => join(net().lab.stateDir, inode()), obstacles: [...OBSTACLES, ...FOLDERS] },
    {
      place: 'the lock',
      at: () => join(net().lab.stateDir, inode(), 'lock'),
      obstacles: [...OBSTACLES.filter(({ what }) => what !== 'a file'), ...FOLDER],
    },
    { place: 'the journal', at: () => join(net().lab.stateDir, inode(), 'journal'), obstacles: [...OBSTACLES, ...FOLDER] },
  ])('#21 in the place of $place stands something else: no write, and it is left as it is', async ({ place, at, obstacles }) => {
    const target = mkdtempSync(join(net().lab.folder, 'target-'));
    for (const obstacle of obstacles) {
      const { what } = obstacle;
      rmSync(net().lab.stateDir, { recursive: true, force: true });
      const path = at();
      mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
      writeFileSync(join(target, 'file'), 'of somebody\n');
      obstacle.make(path, target);
      const found = listing(path, target);
      for (const line of [['apply', '@few'], ['remove', '--all'], ['rollback']]) {
        const end = await router().warm.run(argsIn(net(), line));
        const doing = `${what} in the place of ${place}: ${line.join(' ')}: ${end.stderr}`;
        if (place === 'the journal') expect(end.exitCode, doing).not.toBe(0);
        else expect(end.exitCode, doing).toBe(4);
        expect(end.stderr, doing).not.toMatch(/\n {4}at /);
      }
      expect(await changed(), what).toEqual([]);
      expect(listing(path, target), what).toEqual(found);
    }
    rmSync(net().lab.stateDir, { recursive: true, force: true });
  });

  const inode = (): string => execFileSync('stat', ['-c', '%i', `/run/netns/${net().lab.name('router')}`], { encoding: 'utf8' }).trim();
  /** What stands there, and what a link in its place leads to: types, modes, owners, sizes, times of change, and names. */
  const listing = (...paths: string[]): string =>
    paths.map((path) => execFileSync('find', [path, '-printf', '%p %y %m %U %s %C@ %l\n'], { encoding: 'utf8' })).join('');
});
