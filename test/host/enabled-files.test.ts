import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnabledFiles, type EnabledProfile } from '../../src/host/enabled-files.ts';
import { flock } from '../../src/host/libc.ts';
import { seal, unseal } from '../../src/host/sealed-file.ts';

const kept = (name: string): EnabledProfile => ({ origin: { kind: 'custom', name }, appliedAt: '2030-01-01T00:00:00.000Z' });

let root: string;
let folder: string;
let present: string;
let previous: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parp-enabled-'));
  folder = join(root, 'lib/enabled');
  present = join(folder, 'profiles');
  previous = join(folder, 'profiles.previous');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

async function add(...names: string[]): Promise<void> {
  for (const name of names) await new EnabledFiles(folder).change((profiles) => ({ ...profiles, [name]: kept(name) }));
}
const names = (): string[] => Object.keys(new EnabledFiles(folder).read().profiles);

describe('EnabledFiles', () => {
  it('is empty, and makes nothing, before anything is enabled', () => {
    const files = new EnabledFiles(folder);
    expect(files.exists()).toBe(false);
    expect(files.read()).toEqual({ generation: 0, profiles: {}, alarm: null });
    expect(files.attempts()).toEqual({});
    expect(existsSync(join(root, 'lib'))).toBe(false);
  });

  it('gives back what was written, counts its changes, and keeps the one before', async () => {
    await add('a', 'constructor');
    expect(new EnabledFiles(folder).read()).toEqual({
      generation: 2,
      profiles: { a: kept('a'), constructor: kept('constructor') },
      alarm: null,
    });
    const before = unseal(readFileSync(previous));
    expect(before).toEqual({ kind: 'whole', content: { generation: 1, profiles: { a: kept('a') } } });
    expect(readdirSync(folder).toSorted()).toEqual(['profiles', 'profiles.previous']);
  });

  it('writes nothing where nothing changes', async () => {
    await add('a');
    const bytes = readFileSync(present);
    await new EnabledFiles(folder).change(() => null);
    expect(readFileSync(present)).toEqual(bytes);
    expect(existsSync(previous)).toBe(false);
  });

  it('waits for another that changes it, and loses none of many changes', async () => {
    await add('first');
    const other = openSync(folder, constants.O_RDONLY);
    expect(flock(other, 'exclusive', true)).toBe(true);
    const all = Array.from({ length: 20 }, (_, number) => `p${number}`);
    const changes = Promise.all(all.map(async (name) => add(name)));
    await pause(100);
    expect(names()).toEqual(['first']);
    closeSync(other);
    await changes;
    expect(names().toSorted()).toEqual(['first', ...all].toSorted());
    expect(new EnabledFiles(folder).read().generation).toBe(21);
  });

  it('is for nobody else', async () => {
    await add('a');
    for (const path of ['lib', 'lib/enabled']) expect(mode(join(root, path))).toBe('700');
    expect(mode(present)).toBe('600');
  });

  it('uses the generation before, and says so, where the present one is cut off anywhere or has a flipped bit', async () => {
    await add('a', 'b');
    const bytes = readFileSync(present);
    const expectAlarm = (what: string): void => {
      const { profiles, alarm, generation } = new EnabledFiles(folder).read();
      expect({ what, names: Object.keys(profiles), generation }).toEqual({ what, names: ['a'], generation: 1 });
      expect(alarm).toContain(`${present} is ignored, and the generation before it is used`);
    };
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(present, bytes.subarray(0, length));
      expectAlarm(`${length} bytes`);
    }
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(present, flipped);
      expectAlarm(`bit ${bit}`);
    }
    for (const more of ['x', '\n', '\0', bytes.toString('latin1')]) {
      writeFileSync(present, Buffer.concat([bytes, Buffer.from(more, 'latin1')]));
      expectAlarm('more behind it');
    }
    unlinkSync(present);
    expectAlarm('gone');
    symlinkSync(previous, present);
    expectAlarm('a link');
  });

  it('does not put a damaged file in the place of the one before', async () => {
    await add('a', 'b');
    writeFileSync(present, 'half');
    await add('c');
    expect(names()).toEqual(['a', 'c']);
    writeFileSync(present, 'half');
    expect(names()).toEqual(['a']);
  });

  it('is an error where neither can be read, and nothing is written over them', async () => {
    await add('a', 'b');
    for (const path of [present, previous]) writeFileSync(path, 'half');
    const read = (): unknown => new EnabledFiles(folder).read();
    expect(read).toThrow(expect.objectContaining({ ending: 'failed', code: 'enabled-damaged' }));
    await expect(add('c')).rejects.toThrow(expect.objectContaining({ code: 'enabled-damaged' }));
    expect([present, previous].map((path) => readFileSync(path, 'utf8'))).toEqual(['half', 'half']);
  });

  it('leaves what a newer parp wrote, and does not fall back behind it', async () => {
    await add('a', 'b');
    const newer = seal({ generation: 3, profiles: {} }, { format: 2, parp: '9.0.0' });
    writeFileSync(present, newer);
    const wrong = expect.objectContaining({ ending: 'failed', code: 'enabled-format' });
    expect(() => new EnabledFiles(folder).read()).toThrow(wrong);
    await expect(add('c')).rejects.toThrow(wrong);
    expect(readFileSync(present)).toEqual(newer);
  });

  it.each([
    {
      what: 'others can write to',
      make: () => {
        mkdirSync(folder);
        chmodSync(folder, 0o777);
      },
    },
    { what: 'is a link', make: () => symlinkSync(root, folder) },
    { what: 'is a file', make: () => writeFileSync(folder, '') },
  ])('trusts no folder that $what', async ({ make }) => {
    mkdirSync(join(root, 'lib'), { mode: 0o700 });
    make();
    await expect(add('a')).rejects.toThrow(expect.objectContaining({ ending: 'refused', code: 'enabled-folder' }));
    expect(existsSync(present)).toBe(false);
  });

  it('counts failed attempts by name, and forgets those that are none', async () => {
    const files = new EnabledFiles(folder);
    await files.count({ a: 1 });
    await files.count({ constructor: 2 });
    expect(new EnabledFiles(folder).attempts()).toEqual({ a: 1, constructor: 2 });
    await files.count({ a: 0 });
    expect(files.attempts()).toEqual({ constructor: 2 });
    writeFileSync(join(folder, 'attempts'), 'half');
    expect(files.attempts()).toEqual({});
    await files.count({ b: 1 });
    expect(files.attempts()).toEqual({ b: 1 });
  });

  it('writes no count that is there already', async () => {
    await new EnabledFiles(folder).count({ a: 0 });
    expect(existsSync(folder)).toBe(false);
  });
});

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
