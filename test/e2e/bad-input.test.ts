// The story: what parp is given is wrong: the profile is empty, binary, far too large, no file at all, of an unknown kind, somebody else's, or it
// names an interface that is not there. Each is noticed before anything is written, said in one sentence that names the place and the way out,
// and has the right exit code: 3 where the command line or the profile is wrong, 4 where root must not trust it or this host lacks something.
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { EDGE, GUESTS, OFFICE, ROUTES, TWO_WIRES } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';

const NOBODY = 65_534;

describe.skipIf(!CAN_BUILD)('bad input', () => {
  const net = useNetwork(TWO_WIRES);
  let before: Snapshot;

  beforeAll(async () => {
    before = await net.snapshot('router');
  });

  async function nothingHasChanged(): Promise<void> {
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  }

  describe('as a profile', () => {
    it.each<{ is: string; make: (path: string) => unknown; exitCode?: number; code: string; says: string }>([
      { is: 'missing', make: () => undefined, code: 'unreadable-profile', says: 'No such file or directory (ENOENT)' },
      { is: 'empty', make: (path) => writeFileSync(path, ''), code: 'empty-file', says: 'The file holds no profile' },
      {
        is: 'a comment alone',
        make: (path) => writeFileSync(path, '# nothing yet\n'),
        code: 'empty-file',
        says: 'The file holds no profile',
      },
      { is: 'binary', make: (path) => writeFileSync(path, randomBytes(4096)), code: 'not-utf8', says: 'not UTF-8' },
      { is: 'text with NUL', make: (path) => writeFileSync(path, `${OFFICE}\0`), code: 'control-character', says: '10:1' },
      { is: '20 MB large', make: (path) => writeFileSync(path, '#'.repeat(20_000_000)), code: 'file-too-large', says: '20000000 bytes' },
      {
        is: '1 TB large, with nothing in it',
        make: (path) => {
          writeFileSync(path, '');
          truncateSync(path, 1e12);
        },
        code: 'file-too-large',
        says: '16 MiB',
      },
      { is: 'a folder', make: (path) => mkdirSync(path), code: 'not-a-regular-file', says: 'it is a folder, not a regular file' },
      {
        is: 'a named pipe',
        make: async (path) => net.run('router', ['mkfifo', path]),
        code: 'not-a-regular-file',
        says: 'it is a named pipe',
      },
      {
        is: 'a device',
        make: async (path) => net.run('router', ['mknod', path, 'c', '1', '5']),
        code: 'not-a-regular-file',
        says: 'it is a device',
      },
      {
        is: 'a symbolic link',
        make: (path) => symlinkSync(net.profile('office.yaml', OFFICE), path),
        code: 'not-a-regular-file',
        says: 'it is a symbolic link',
      },
      { is: 'no YAML', make: (path) => writeFileSync(path, 'version: 1\nkind: [custom\n'), code: 'yaml-syntax', says: 'x.yaml:' },
      { is: 'a list', make: (path) => writeFileSync(path, '- 1\n'), code: 'not-a-profile', says: 'x.yaml:1:1' },
      { is: 'of no kind', make: (path) => writeFileSync(path, 'version: 1\n'), code: 'missing-key', says: '"kind"' },
      {
        is: 'of an unknown kind',
        make: (path) => writeFileSync(path, OFFICE.replace('pseudo-bridge', 'psuedo-bridge')),
        code: 'unknown-kind',
        says: 'pseudo-bridge',
      },
      {
        is: 'of a version to come',
        make: (path) => writeFileSync(path, OFFICE.replace('1', '2')),
        code: 'unknown-value',
        says: 'x.yaml:1:10',
      },
      { is: 'misspelt', make: (path) => writeFileSync(path, OFFICE.replace('hosts', 'host')), code: 'unknown-key', says: '"hosts"' },
      {
        is: 'writable for everybody',
        make: (path) => {
          writeFileSync(path, OFFICE);
          chmodSync(path, 0o666);
        },
        exitCode: 4,
        code: 'unsafe-profile',
        says: 'chmod o-w',
      },
      {
        is: "a stranger's",
        make: (path) => {
          writeFileSync(path, OFFICE);
          chownSync(path, NOBODY, NOBODY);
        },
        exitCode: 4,
        code: 'unsafe-profile',
        says: 'it belongs to user 65534',
      },
    ])('what is $is: apply exits with $code', async ({ make, exitCode = 3, code, says }) => {
      const path = `${net.lab.folder}/x.yaml`;
      await make(path);
      try {
        expectRefusal(await net.parp('router', ['--json', 'apply', path], { timeoutMs: 20_000 }), exitCode, code, says);
        await nothingHasChanged();
        expect(existsSync(net.lab.stateDir), 'no record is begun').toBe(false);
      } finally {
        rmSync(path, { recursive: true, force: true });
      }
    });

    it.each([
      { profile: OFFICE.replace('eth1', 'eth9'), says: 'Interface "eth9" does not exist; there are lo, eth0, eth1' },
      { profile: GUESTS.replace('eth0', 'guest0'), says: 'Interface "guest0" does not exist; there are lo, eth0, eth1' },
      {
        profile: GUESTS.replace('eth0', '"guest*"').replace(/addresses.*\n/, ''),
        says: 'No interface matches "guest*"; there are lo, eth0, eth1',
      },
      { profile: EDGE.replace('eth0', 'wan'), says: 'Interface "wan" does not exist; there are lo, eth0, eth1' },
      { profile: ROUTES.replace('eth1', 'eth9'), says: 'Interface "eth9" does not exist; there are lo, eth0, eth1' },
    ])('that names an interface which is not there: plan and apply say $says', async ({ profile, says }) => {
      const file = net.profile('missing.yaml', profile);
      expectRefusal(await net.parp('router', ['--json', 'apply', file, '--force', '--no-probe']), 4, 'no-such-interface', says);
      expect((await net.parp('router', ['plan', file])).stdout).toContain(says);
      expect((await net.parp('router', ['plan', file])).exitCode).toBe(4);
      expect((await net.parp('router', ['validate', file])).exitCode, 'whatever this host has').toBe(0);
      await nothingHasChanged();
    });
  });

  it.each([
    { args: ['apply'], says: 'Name at least one profile' },
    { args: ['plan', '--nonsense', 'x.yaml'], says: "unknown option '--nonsense'" },
    { args: ['aply', 'x.yaml'], says: 'Did you mean apply?' },
    { args: ['remove'], says: 'Name the profiles to remove, or --all' },
    { args: ['remove', 'office', '--all'], says: 'Name either profiles or --all, not both' },
    { args: ['--engine', 'magic', 'status'], says: 'Allowed choices are' },
    { args: ['--netns', '../x', 'status'], says: 'is not the name of a network namespace' },
  ])('as a command line, $args: 3 and what is wrong', async ({ args, says }) => {
    const end = await net.parp('router', ['--json', ...args]);
    expect({ exitCode: end.exitCode, stderr: end.stderr }).toEqual({ exitCode: 3, stderr: expect.stringContaining(says) });
    expect(end.json).toMatchObject({ error: { code: 'usage' } });
    await nothingHasChanged();
  });
});
