import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, type LockBusy, type LockHeld } from '../../src/host/file-lock.ts';
import { scriptOf, type Script } from '../support/script.ts';

let folder: string;
let path: string;
const taken: LockHeld[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => {
  for (const lock of taken.splice(0)) lock.release();
  rmSync(folder, { recursive: true, force: true });
});

function take(command = 'apply'): LockHeld | LockBusy {
  const lock = acquireLock(path, command);
  if (lock.kind === 'held') taken.push(lock);
  return lock;
}

function release(lock: LockHeld | LockBusy): void {
  if (lock.kind === 'held') lock.release();
}

describe('acquireLock()', () => {
  it('lets one in and tells the next who holds it', () => {
    expect(take('apply').kind).toBe('held');
    const holder = expect.stringMatching(new RegExp(`^parp apply, process ${process.pid}, since \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$`));
    expect(take('remove')).toMatchObject({ kind: 'busy', holder, by: { pid: process.pid, command: 'apply' } });
  });

  it('lets the next in once it is released, and forgets the holder', () => {
    const first = take();
    release(first);
    release(first);
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(take('remove').kind).toBe('held');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, command: 'remove' });
  });

  it('keeps the file for its owner alone', () => {
    take();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('lets nobody in when the file is deleted or replaced while it is held', () => {
    const lock = take();
    unlinkSync(path);
    expect(take()).toEqual({ kind: 'busy', holder: 'another parp', by: null });
    writeFileSync(path, '');
    expect(take()).toEqual({ kind: 'busy', holder: 'another parp', by: null });
    release(lock);
    expect(take().kind).toBe('held');
  });

  it('notices when file and folder are replaced while it is held', () => {
    const lock = take();
    expect(lock).toMatchObject({ kind: 'held' });
    expect(lock.kind === 'held' && lock.isIntact()).toBe(true);
    renameSync(folder, `${folder}-moved`);
    try {
      mkdirSync(folder);
      expect(lock.kind === 'held' && lock.isIntact()).toBe(false);
    } finally {
      rmSync(`${folder}-moved`, { recursive: true });
    }
  });

  it('tells of a holder without control characters of its', () => {
    take('app\u001b]0;ly');
    expect(take()).toMatchObject({ kind: 'busy', holder: expect.stringMatching(/^parp app[\x20-\x7e]+ly, process/) });
  });

  it.each([
    ['a symbolic link', () => symlinkSync(join(folder, 'elsewhere'), path), 'It is a symbolic link'],
    ['a folder', () => mkdirSync(path), 'Is a directory (EISDIR)'],
    ['a FIFO', () => void spawnSync('mkfifo', [path]), 'It is no regular file'],
    ['in no folder', () => rmSync(folder, { recursive: true }), 'No such file or directory (ENOENT)'],
  ])('refuses a path that is %s', (_name, prepare, problem) => {
    prepare();
    expect(() => acquireLock(path, 'apply')).toThrow(expect.objectContaining({ ending: 'refused', code: 'lock-unusable' }));
    expect(() => acquireLock(path, 'apply')).toThrow(problem);
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  it('is not let go by a refusal', () => {
    mkdirSync(path);
    expect(() => acquireLock(path, 'apply')).toThrow('EISDIR');
    rmSync(path, { recursive: true });
    expect(take().kind).toBe('held');
  });
});

describe('acquireLock() of another process', () => {
  const LOOP = `
    import { acquireLock } from './src/host/file-lock.ts';
    const lock = acquireLock(process.argv[2], 'apply');
    console.log(lock.kind === 'held' ? 'held' : lock.holder);
    setInterval(() => {}, 1000);
  `;
  let script: Script;
  beforeEach(async () => {
    script = await scriptOf(LOOP);
  });
  afterEach(() => script.remove());

  it('is respected while the process lives, and not a moment longer', async () => {
    const [program = '', ...args] = script.argv;
    const child = spawn(program, [...args, path], { env: script.env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    try {
      const [said] = await once(child.stdout, 'data');
      expect(String(said)).toBe('held\n');
      expect(take()).toMatchObject({ kind: 'busy', holder: expect.stringContaining(`parp apply, process ${child.pid}, since`) });
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    expect(take().kind).toBe('held');
  });

  it('lets exactly one of many in', async () => {
    const [program = '', ...args] = script.argv;
    const children = Array.from({ length: 6 }, () =>
      spawn(program, [...args, path], { env: script.env, stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const ends = children.map(async (child) => once(child, 'exit'));
    try {
      const said = await Promise.all(children.map(async (child) => String((await once(child.stdout, 'data'))[0])));
      expect(said.filter((text) => text === 'held\n')).toHaveLength(1);
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ends);
    }
  });
});
