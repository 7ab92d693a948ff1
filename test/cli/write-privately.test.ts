import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePrivately } from '../../src/cli/write-privately.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-private-'));
});
afterEach(() => {
  for (const name of ['SUDO_UID', 'SUDO_GID']) delete process.env[name];
  rmSync(folder, { recursive: true, force: true });
});

describe('writePrivately()', () => {
  it('writes what its owner alone may read', () => {
    const path = join(folder, 'state.json');
    writePrivately(path, 'text');
    expect(readFileSync(path, 'utf8')).toBe('text');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.geteuid?.() !== 0).each([
    ['1000', '1001', { uid: 1000, gid: 1001 }],
    ['0', '0', { uid: 0, gid: 0 }],
    ['someone', '1001', { uid: 0, gid: 0 }],
    ['-1', '', { uid: 0, gid: 0 }],
  ])('gives it to whoever called sudo (SUDO_UID=%s SUDO_GID=%s)', (uid, gid, owner) => {
    Object.assign(process.env, { SUDO_UID: uid, SUDO_GID: gid });
    const path = join(folder, 'state.json');
    writePrivately(path, 'text');
    expect(statSync(path)).toMatchObject(owner);
  });
});
