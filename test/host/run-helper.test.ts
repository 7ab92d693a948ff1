import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { runHelper } from '../../src/host/run-helper.ts';
import { Failure } from '../../src/model/failure.ts';

const NO_ROOT = process.getuid?.() === 0 ? null : 'needs root to own the programs';

let folder = '';
let count = 0;

/** A folder of its own with one program in it. */
function folderWith(script: string, name = 'ip'): string {
  const path = join(folder, String(++count));
  mkdirSync(path, { mode: 0o755 });
  writeFileSync(join(path, name), script, { mode: 0o755 });
  return path;
}

async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<Failure> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('It did not fail');
}

describe.skipIf(NO_ROOT)(`programs of others${NO_ROOT === null ? '' : ` (skipped: ${NO_ROOT})`}`, () => {
  beforeAll(() => {
    folder = mkdtempSync('/tmp/parp-test-');
    chmodSync(folder, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runHelper() gives what the helper said and its exit code', async () => {
    const folders = [folderWith('#!/bin/sh\ncat; echo "$@" >&2; exit 3\n')];
    expect(await runHelper('ip', ['a b', '$(id)'], { folders, input: 'hello\n' })).toEqual({
      exitCode: 3,
      stdout: 'hello\n',
      stderr: 'a b $(id)\n',
    });
  });

  it('runHelper() hands on nothing of its own environment, and no input unless there is one', async () => {
    process.env['PARP_TEST_SECRET'] = '1';
    const folders = [folderWith('#!/bin/sh\nenv; pwd; wc -c\n')];
    const { stdout } = await runHelper('ip', [], { folders });
    expect(
      stdout
        .split('\n')
        .filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line))
        .sort(),
    ).toEqual(['', '/', '0', 'LC_ALL=C', 'PATH=/usr/sbin:/sbin:/usr/bin:/bin'].sort());
  });

  it('runHelper() runs the helper in a process group of its own', async () => {
    const { stdout } = await runHelper('ip', [], { folders: [folderWith('#!/bin/sh\necho $$; cut -d" " -f5 /proc/$$/stat\n')] });
    const [pid, group] = stdout.trim().split('\n');
    expect(group).toBe(pid);
    const ownGroup = readFileSync('/proc/self/stat', 'utf8').split(' ')[4];
    expect(group).not.toBe(ownGroup);
  });

  it.each([
    ['dies by a signal', 'kill -9 $$', {}, 'helper-killed', /was killed by SIGKILL$/],
    ['hangs', 'exec sleep 600', { timeoutMs: 50 }, 'helper-timeout', /did not end within 0.05 s$/],
    ['hangs and will not be ended', 'trap "" TERM; while :; do sleep 0.1; done', { timeoutMs: 50 }, 'helper-timeout', /did not end/],
    ['talks without end', 'exec yes', { maxOutput: 10_000 }, 'helper-output', /says more than the 10000 characters/],
  ])('runHelper() refuses one that %s', async (_what, script, call, code, message) => {
    const failure = await failureOf(runHelper('ip', [], { folders: [folderWith(`#!/bin/sh\n${script}\n`)], ...call }));
    expect(failure).toMatchObject({ ending: 'refused', code, message: expect.stringMatching(message) as string });
  });

  it('runHelper() refuses what cannot be started', async () => {
    const failure = await failureOf(runHelper('ip', [], { folders: [folderWith('#!/nix/interpreter\n')] }));
    expect(failure).toMatchObject({ ending: 'refused', code: 'helper-failed' });
  });

  it('runHelper() is not stopped by a helper that reads nothing', async () => {
    const folders = [folderWith('#!/bin/sh\nexit 1\n')];
    expect(await runHelper('ip', [], { folders, input: 'x'.repeat(5_000_000) })).toMatchObject({ exitCode: 1 });
  });

  it('findProgram() says what to install', async () => {
    expect(await failureOf(() => findProgram('nft', [folder]))).toMatchObject({
      ending: 'refused',
      code: 'missing-program',
      message: '`nft` is not installed',
      remedy: expect.stringContaining('apt install nftables') as string,
    });
    expect((await failureOf(() => findProgram('ip', [folder]))).remedy).toContain('apt install iproute2');
  });

  it('findProgram() takes the first folder that has it', () => {
    const [one, other] = [folderWith(''), folderWith('')];
    expect(findProgram('ip', [folder, other, one])).toBe(join(other, 'ip'));
  });

  const FRIENDLY = '#!/bin/sh\n';
  it.each([
    ['that everyone may write', (path: string) => chmodSync(join(path, 'ip'), 0o777), /is writable for everyone/],
    ['in a folder that everyone may write', (path: string) => chmodSync(path, 0o1777), /is writable for everyone/],
    ['of another user', (path: string) => chownSync(join(path, 'ip'), 1, 1), /belongs to user 1, not to root/],
    ['in a folder of another user', (path: string) => chownSync(path, 1, 1), /belongs to user 1/],
    [
      'behind a link into such a folder',
      (path: string) => {
        const target = folderWith(FRIENDLY);
        chmodSync(target, 0o777);
        rmSync(join(path, 'ip'));
        symlinkSync(join(target, 'ip'), join(path, 'ip'));
      },
      /is writable for everyone/,
    ],
    [
      'that is a link into nothing',
      (path: string) => {
        rmSync(join(path, 'ip'));
        symlinkSync('/nix/ip', join(path, 'ip'));
      },
      /leads nowhere/,
    ],
    [
      'that is a folder',
      (path: string) => {
        rmSync(join(path, 'ip'));
        mkdirSync(join(path, 'ip'));
      },
      /is not a file/,
    ],
  ])('findProgram() refuses a program %s', async (_what, spoil, message) => {
    const path = folderWith(FRIENDLY);
    spoil(path);
    const failure = await failureOf(() => findProgram('ip', [path]));
    expect(failure).toMatchObject({ ending: 'refused', code: 'untrusted-program', message: expect.stringMatching(message) as string });
  });

  it('findProgram() finds the system’s own', () => {
    expect(findProgram('ip')).toMatch(/^\/(usr\/)?s?bin\/ip$/);
  });
});
