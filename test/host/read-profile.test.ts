import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  ftruncateSync,
  closeSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProfiles, readProfile } from '../../src/host/read-profile.ts';
import { Failure } from '../../src/model/failure.ts';

const PROFILE = 'version: 1\nkind: custom\n';
const STRANGER = 54_321;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-read-profile-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file of this test's folder, with a mode that the umask has no say in. */
function write(name: string, text = PROFILE, mode = 0o644): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

async function failure(path: string): Promise<Failure> {
  try {
    await readProfile(path);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`${path} was read`);
}

describe('readProfile()', () => {
  it('gives the bytes of a regular file', async () => {
    const path = write('plain.yaml');
    expect(await readProfile(path)).toEqual({ file: path, bytes: new Uint8Array(Buffer.from(PROFILE)), warnings: [] });
  });

  it('says what the system answered', async () => {
    expect(await failure(join(folder, 'absent.yaml'))).toMatchObject({
      ending: 'invalid',
      code: 'unreadable-profile',
      message: `Read profile ${folder}/absent.yaml: No such file or directory (ENOENT)`,
    });
  });

  it('refuses what is no regular file, without waiting for it', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    symlinkSync(write('target.yaml'), join(folder, 'link.yaml'));
    const server = createServer().listen(join(folder, 'socket'));
    await new Promise((done) => server.once('listening', done));
    const paths = ['fifo', 'link.yaml', 'socket', '.'].map((name) => join(folder, name));
    try {
      for (const path of [...paths, '/dev/null', '/dev/zero', '/proc/self/status', '/proc/version', '/sys/kernel/fscaps'])
        expect(await failure(path), path).toMatchObject({ ending: 'invalid', code: 'not-a-regular-file' });
    } finally {
      server.close();
    }
  });

  it('refuses a file above 16 MiB before it reads it, be it ever so sparse', async () => {
    const path = write('sparse.yaml', '');
    const descriptor = openSync(path, 'r+');
    ftruncateSync(descriptor, 2 ** 40);
    closeSync(descriptor);
    expect(await failure(path)).toMatchObject({ ending: 'invalid', code: 'file-too-large' });
  });

  it('leaves an empty file to the parser', async () => {
    expect((await loadProfiles([write('empty.yaml', '')])).diagnostics).toMatchObject([{ code: 'empty-file' }]);
  });
});

describe.skipIf(process.geteuid?.() !== 0)('readProfile() as root (skipped for others: only root trusts files with its rights)', () => {
  it('refuses a file that everybody may write', async () => {
    const path = write('writable.yaml', PROFILE, 0o666);
    expect(await failure(path)).toMatchObject({ ending: 'refused', code: 'unsafe-profile' });
    expect((await failure(path)).message).toContain(path);
  });

  it('refuses a file of a stranger, but not of who called sudo', async () => {
    const path = write('strange.yaml');
    chownSync(path, STRANGER, 0);
    expect(await failure(path)).toMatchObject({ ending: 'refused', code: 'unsafe-profile' });
    const before = process.env['SUDO_UID'];
    process.env['SUDO_UID'] = String(STRANGER);
    try {
      expect((await readProfile(path)).warnings).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['SUDO_UID'];
      else process.env['SUDO_UID'] = before;
    }
  });

  it('refuses a file in a folder where everybody may put another in its place', async () => {
    mkdirSync(join(folder, 'open'));
    const path = write('open/profile.yaml');
    chmodSync(join(folder, 'open'), 0o777);
    expect(await failure(path)).toMatchObject({ ending: 'refused', code: 'unsafe-profile' });
    expect((await failure(path)).message).toContain(join(folder, 'open'));
    chmodSync(join(folder, 'open'), 0o1777);
    expect((await readProfile(path)).warnings).toEqual([]);
  });

  it('warns of a file that its group may write', async () => {
    const path = write('group.yaml', PROFILE, 0o664);
    expect((await readProfile(path)).warnings).toEqual([`${path} can be written by its group (0)`]);
  });

  it('asks the same of hosts files', async () => {
    write('hosts', '10.0.0.5\n', 0o666);
    const path = write(
      'bridge.yaml',
      'version: 1\nkind: pseudo-bridge\nsegments:\n  - { interface: a, hosts_file: hosts }\n  - { interface: b }\n',
    );
    await expect(loadProfiles([path])).rejects.toMatchObject({ ending: 'refused', code: 'unsafe-hosts-file' });
  });
});

describe('loadProfiles()', () => {
  const bridge = (hostsFile: string): string =>
    `version: 1\nkind: pseudo-bridge\nname: bridge\nsegments:\n  - { interface: a, hosts_file: ${hostsFile} }\n  - { interface: b }\n`;

  it('finds hosts files beside the profile, below it, and by their whole path', async () => {
    mkdirSync(join(folder, 'below'));
    const whole = write('below/far.hosts', '10.0.0.5\n10.0.0.6\n');
    write('near.hosts', '10.0.0.5\n');
    const counts = [];
    for (const named of ['near.hosts', './near.hosts', 'below/far.hosts', whole]) {
      const { profiles, diagnostics } = await loadProfiles([write('bridge2.yaml', bridge(named))]);
      expect(diagnostics).toEqual([]);
      counts.push(profiles[0]?.kind === 'pseudo-bridge' ? profiles[0].segments[0]?.hosts.length : undefined);
    }
    expect(counts).toEqual([1, 1, 2, 2]);
  });

  it('places what is wrong with a hosts file in the profile, or in the file itself', async () => {
    write('wrong.hosts', '10.0.0.5\n10.0.0\n');
    const inFile = await loadProfiles([write('bridge3.yaml', bridge('wrong.hosts'))]);
    expect(inFile.diagnostics).toMatchObject([{ code: 'bad-address', file: join(folder, 'wrong.hosts'), line: 2, column: 1 }]);
    const absent = await loadProfiles([write('bridge3.yaml', bridge('absent.hosts'))]);
    expect(absent.diagnostics).toMatchObject([{ code: 'hosts-file-unreadable', line: 5, column: 33 }]);
    expect(absent.diagnostics[0]?.message).toContain('No such file or directory (ENOENT)');
    const itself = await loadProfiles([write('bridge3.yaml', bridge('.'))]);
    expect(itself.diagnostics).toMatchObject([{ code: 'hosts-file-unreadable' }]);
  });

  it('refuses one name in two files, and names the other', async () => {
    const first = write('first.yaml', `${PROFILE}name: same\n`);
    const second = write('second.yaml', `${PROFILE}name: same\n`);
    const { profiles, files, diagnostics } = await loadProfiles([first, second]);
    expect(profiles.map(({ name }) => name)).toEqual(['same']);
    expect(files.map((file) => file.profiles.length)).toEqual([1, 0]);
    expect(diagnostics).toMatchObject([{ code: 'duplicate-name', file: second, line: 3, column: 7 }]);
    expect(diagnostics[0]?.message).toContain(`${first} line 3`);
  });
});
