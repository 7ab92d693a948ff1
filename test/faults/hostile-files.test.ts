// The story: the file that root's parp is told to read is not the administrator's. Anybody may write it, or replace it in its folder, or it is a
// stranger's; or it is no file at all, but a pipe that never says anything, a device that never ends, a socket, a text that the kernel makes up.
// parp refuses it before it reads, does not wait for it, and says which command puts it right.
import { chmodSync, chownSync, linkSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { STRANGER, useGivenFiles } from '../support/given-files.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { OFFICE } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { LONG } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('hostile input as a file', () => {
  const given = useGivenFiles();
  const { net, parp, write, nothingHasChanged } = given;

  /** How each file that a command reads is named: profiles, files of hosts, plans and captures. */
  const ROLES: Readonly<Record<string, (path: string) => string[]>> = {
    profile: (path) => ['apply', path],
    'hosts file': (path) => ['apply', write('bridge.yaml', OFFICE.replace('hosts: [192.168.0.66]', `hosts_file: ${path}`))],
    plan: (path) => ['apply', '--plan', path],
    capture: (path) => ['plan', write('office.yaml', OFFICE), '--against', path],
  };

  describe.each(Object.entries(ROLES))('that is read as a %s', (role, args) => {
    const expectUnsafe = async (path: string, ...words: string[]): Promise<void> => {
      expectRefusal(await parp(['--json', ...args(path)]), 4, `unsafe-${role.replace(' ', '-')}`, ...words);
    };

    it('#99 one that everybody may write, or replace, or that is a stranger’s, is refused by its path', async () => {
      const path = write('x', OFFICE, 0o666);
      await expectUnsafe(path, path, `chmod o-w ${path}`);
      chmodSync(path, 0o644);
      chownSync(path, STRANGER, 0);
      await expectUnsafe(path, path, `belongs to user ${STRANGER}`);
      mkdirSync(`${given.folder}/open`);
      const inside = write('open/x', OFFICE);
      for (const mode of [0o777, 0o703]) {
        chmodSync(`${given.folder}/open`, mode);
        await expectUnsafe(inside, `${given.folder}/open`, 'everybody may replace it');
      }
      mkdirSync(`${given.folder}/closed`);
      symlinkSync(`${given.folder}/open`, `${given.folder}/closed/link`);
      await expectUnsafe(`${given.folder}/closed/link/x`, `${given.folder}/open`);
      await nothingHasChanged();
    });

    const kinds: [what: string, make: (path: string) => unknown, says: string][] = [
      ['a symbolic link', (path) => symlinkSync(write('target', OFFICE), path), 'it is a symbolic link'],
      ['a named pipe', async (path) => net.run('router', ['mkfifo', path]), 'it is a named pipe'],
      ['a device that never ends', async (path) => net.run('router', ['mknod', path, 'c', '1', '5']), 'it is a device'],
      ['a folder', (path) => mkdirSync(path), 'it is a folder'],
      ['sparse', (path) => (writeFileSync(path, ''), truncateSync(path, 2 ** 41)), 'MiB'],
      ['a link to itself', (path) => symlinkSync(path, path), 'it is a symbolic link'],
      ['a device that gives nothing', async (path) => net.run('router', ['mknod', path, 'c', '1', '3']), 'it is a device'],
      ['a block device of nothing', async (path) => net.run('router', ['mknod', path, 'b', '7', '250']), 'not a regular file'],
      ['a socket', async (path) => socketAt(path), 'it is a socket'],
    ];
    eachOfSweep(role === 'profile' || LONG ? kinds : kinds.slice(0, 3))(
      '#100 one that is %s is refused without waiting for it',
      async (_what, make, says) => {
        const path = `${given.folder}/x`;
        await make(path);
        const end = await parp(['--json', ...args(path)]);
        expect({ exitCode: end.exitCode, stderr: end.stderr }).toEqual({ exitCode: 3, stderr: expect.stringContaining(says) });
      },
    );

    it('#100 one that the kernel makes up is refused', async () => {
      const paths = [
        '/proc/self/status',
        '/sys/kernel/uevent_seqnum',
        '/proc/self/mem',
        '/proc/kmsg',
        '/proc/version',
        '/dev/zero',
        '/dev/tty',
      ];
      for (const path of role === 'profile' || LONG ? paths : paths.slice(0, 2)) {
        const end = await parp(['--json', ...args(path)]);
        expect({ path, exitCode: end.exitCode, signal: end.signal }, end.stderr).toEqual({ path, exitCode: 3, signal: null });
      }
      await nothingHasChanged();
    });
  });

  it('#99 only who calls sudo is trusted besides root, and a group is worth a warning', async () => {
    const path = write('office.yaml', OFFICE, 0o664);
    chownSync(path, STRANGER, STRANGER);
    const planned = await parp(['plan', path], { env: { SUDO_UID: `${STRANGER}` } });
    expect({ exitCode: planned.exitCode, stderr: planned.stderr }).toMatchObject({
      exitCode: 0,
      stderr: `Warning: ${path} can be written by its group (${STRANGER})\n`,
    });
    for (const uid of ['', '0', `${STRANGER + 1}`, `${STRANGER}x`, `-${STRANGER}`, ` ${STRANGER}`])
      expectRefusal(await parp(['--json', 'plan', path], { env: { SUDO_UID: uid } }), 4, 'unsafe-profile', path);
    mkdirSync(`${given.folder}/sticky`);
    chmodSync(`${given.folder}/sticky`, 0o1777);
    expect((await parp(['plan', write('sticky/office.yaml', OFFICE)])).exitCode).toBe(0);
  });

  it('#99 what helps is a command that a shell takes for nothing else', async () => {
    const path = write("it's; touch owned $(id)", OFFICE, 0o666);
    const { stderr } = await parp(['plan', path]);
    const help = /help: (chmod .*)$/m.exec(stderr)?.[1] ?? '';
    expect((await net.run('router', ['sh', '-c', help], { cwd: given.folder })).stderr).toBe('');
    expect((await parp(['plan', path], { cwd: given.folder })).exitCode, 'the file is safe now').toBe(0);
  });

  it('#100 one of a byte more than 16 MiB is refused, and one of 16 MiB is read', async () => {
    const filled = (size: number): string => `${OFFICE}#${'x'.repeat(size - OFFICE.length - 2)}\n`;
    const most = 16 * 2 ** 20;
    expect((await parp(['validate', write('most.yaml', filled(most))])).exitCode).toBe(0);
    expectRefusal(await parp(['--json', 'apply', write('more.yaml', filled(most + 1))]), 3, 'file-too-large', `${most + 1} bytes`);
    const input = filled(most + 1);
    expectRefusal(await parp(['--json', 'apply', '-'], { input }), 3, 'file-too-large', '16 MiB');
  });

  /** Without anybody who listens; a socket's name stays behind, and is refused in the same way. */
  async function socketAt(path: string): Promise<void> {
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    linkSync(path, `${path}.kept`);
    await new Promise((resolve) => server.close(resolve));
    renameSync(`${path}.kept`, path);
  }
});
