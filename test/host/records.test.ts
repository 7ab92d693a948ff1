import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordsOf, type Transaction } from '../../src/engine/transaction.ts';
import { SLOT, SLOTS } from '../../src/host/journal-format.ts';
import { RecordFiles, RecordsDamaged } from '../../src/host/records.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/ledger.ts';
import { confPath } from '../../src/net/sysctl-path.ts';

const HERE = { bootId: 'boot-1', cookie: '7' };
const LEDGER: Ledger = {
  profiles: {},
  entries: new Map([
    [
      confPath('all', 'proxy_arp'),
      { claims: ['a'], operation: { kind: 'sysctl', subject: confPath('all', 'proxy_arp'), from: '0', to: '1' } },
    ],
  ]),
  links: {},
};
const TRANSACTION: Transaction = {
  id: 'one',
  command: 'apply a',
  startedAt: '2030-01-01T00:00:00.000Z',
  by: { pid: 1, startTicks: 1, uid: 0, user: null },
  links: {},
  operations: [{ kind: 'sysctl', subject: confPath('all', 'proxy_arp'), from: '0', to: '1' }],
  ledgerBefore: EMPTY_LEDGER,
  ledgerAfter: LEDGER,
  confirmWithinMs: null,
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-records-'));
  path = join(folder, 'journal');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A journal with the marks of a change that was confirmed. */
function confirmed(): RecordFiles {
  const files = new RecordFiles(folder, HERE);
  files.open(TRANSACTION);
  files.mark('armed', 5000);
  files.mark('applied');
  files.mark('confirmed');
  return files;
}

/** The journal that `confirmed` left, without the room for more marks. */
function written(): Buffer {
  const bytes = readFileSync(path);
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

describe('RecordFiles', () => {
  it('gives back what was written, how far it came, and what is held by then', () => {
    const files = new RecordFiles(folder, HERE);
    expect(files.read()).toEqual(recordsOf(null));
    files.open(TRANSACTION);
    expect(files.read()).toEqual({ ledger: EMPTY_LEDGER, last: { transaction: TRANSACTION, phase: 'open', deadlineMs: null } });
    files.mark('armed', 5000);
    expect(files.read().ledger).toEqual(EMPTY_LEDGER);
    files.mark('applied');
    expect(files.read()).toEqual({ ledger: LEDGER, last: { transaction: TRANSACTION, phase: 'applied', deadlineMs: 5000 } });
    files.mark('confirmed');
    expect(new RecordFiles(folder, HERE).read()).toEqual({
      ledger: LEDGER,
      last: { transaction: TRANSACTION, phase: 'confirmed', deadlineMs: 5000 },
    });
    files.mark('undoing');
    expect(files.read().ledger).toEqual(EMPTY_LEDGER);
    files.mark('undone');
    expect(files.read()).toMatchObject({ ledger: EMPTY_LEDGER, last: { phase: 'undone' } });
  });

  it('has room for every mark from the beginning', () => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    const { length } = readFileSync(path);
    for (const phase of ['armed', 'applied', 'confirmed', 'undoing', 'undone'] as const) files.mark(phase);
    expect(readFileSync(path)).toHaveLength(length);
  });

  it.each([
    ['another boot', { ...HERE, bootId: 'boot-2' }],
    ['another namespace with the same inode', { ...HERE, cookie: '8' }],
  ])('discards records of %s', (_what, there) => {
    confirmed();
    expect(new RecordFiles(folder, there).read()).toEqual(recordsOf(null));
  });

  it('truncated at every length, keeps exactly the marks that are whole, and takes a shorter one for damaged', () => {
    const files = confirmed();
    const whole = readFileSync(path);
    const marks = whole.length - SLOT * SLOTS;
    const phases = ['open', 'armed', 'applied', 'confirmed'];
    for (let length = whole.length; length >= 0; length--) {
      truncateSync(path, length);
      if (length < marks) expect(() => files.read(), `${length} bytes`).toThrow(RecordsDamaged);
      else expect(files.read().last?.phase, `${length} bytes`).toBe(phases[Math.min(3, Math.floor((length - marks) / SLOT))]);
    }
  });

  it('never takes a journal with a flipped bit for another one', () => {
    const files = confirmed();
    const whole = readFileSync(path);
    const { length } = written();
    const expected = files.read();
    for (let at = 0; at < whole.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        writeFileSync(path, damaged);
        if (at < length) expect(() => files.read(), `byte ${at}, bit ${bit}`).toThrow(RecordsDamaged);
        // Behind the last mark lies room: a bit there is no mark, or damage.
        else
          expect(attempt(() => files.read())).toSatisfy((read) => read === 'damaged' || JSON.stringify(read) === JSON.stringify(expected));
      }
    }
  });

  it.each([
    ['a mark stands twice', (slots: Buffer[]) => [slots[0], slots[0], slots[1]]],
    ['marks have changed places', (slots: Buffer[]) => [slots[1], slots[0], slots[2]]],
    ['one is left out', (slots: Buffer[]) => [slots[0], slots[2]]],
    ['the last one comes first', (slots: Buffer[]) => [slots[2], slots[0], slots[1]]],
  ])('refuses a journal in which %s', (_what, arrange) => {
    const files = confirmed();
    const whole = readFileSync(path);
    const marks = whole.length - SLOT * SLOTS;
    const slots = [0, 1, 2].map((slot) => whole.subarray(marks + slot * SLOT, marks + (slot + 1) * SLOT));
    const arranged = Buffer.concat([whole.subarray(0, marks), ...arrange(slots).map((slot) => slot ?? Buffer.alloc(0))]);
    writeFileSync(path, Buffer.concat([arranged, Buffer.alloc(whole.length - arranged.length)]));
    expect(() => files.read()).toThrow(RecordsDamaged);
  });

  it('refuses the mark of another transaction', () => {
    confirmed();
    const other = readFileSync(path);
    const files = new RecordFiles(folder, HERE);
    files.open({ ...TRANSACTION, id: 'two' });
    const fresh = readFileSync(path);
    const marks = fresh.length - SLOT * SLOTS;
    writeFileSync(path, Buffer.concat([fresh.subarray(0, marks), other.subarray(marks)]));
    expect(() => files.read()).toThrow(RecordsDamaged);
  });

  it('goes on over a mark that was cut off', () => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    const room = readFileSync(path);
    files.mark('undoing');
    const marked = readFileSync(path);
    const marks = room.length - SLOT * SLOTS;
    for (let length = 0; length < SLOT; length += 5) {
      writeFileSync(path, Buffer.concat([marked.subarray(0, marks + length), room.subarray(marks + length)]));
      const again = new RecordFiles(folder, HERE);
      expect(again.read().last?.phase).toBe('open');
      again.mark('undoing');
      again.mark('undone');
      expect(again.read().last?.phase).toBe('undone');
      again.close();
    }
  });

  it('refuses a phase that cannot come behind the last one', () => {
    const files = confirmed();
    files.mark('applied');
    expect(() => files.read()).toThrow('"applied" behind "confirmed"');
  });

  it('does not write a mark where another process has written one', () => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    new RecordFiles(folder, HERE).mark('undoing');
    expect(() => files.mark('confirmed')).toThrow('Another process has ended this transaction meanwhile');
    expect(files.read().last?.phase).toBe('undoing');
  });

  it('promises nothing in a journal that was deleted, but a rollback goes on in it', () => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    rmSync(path);
    expect(() => files.mark('confirmed')).toThrow('deleted or replaced');
    expect(() => files.mark('undoing')).not.toThrow();
    expect(files.follow()).toMatchObject({ phase: 'undoing' });
  });

  it('follows what another process marks, also when the journal has lost its name', () => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    const guard = new RecordFiles(folder, HERE);
    expect(guard.follow()).toMatchObject({ phase: 'open' });
    files.mark('armed', 7);
    rmSync(path);
    expect(guard.follow()).toMatchObject({ phase: 'armed', deadlineMs: 7 });
    guard.mark('undoing');
    expect(files.follow()).toMatchObject({ phase: 'undoing' });
  });

  it('stamps each state of the records otherwise, however fast they follow', () => {
    const files = new RecordFiles(folder, HERE);
    const stamps = [files.stamp()];
    for (let round = 0; round < 20; round++) {
      files.open(TRANSACTION);
      stamps.push(files.stamp());
      for (const phase of ['confirmed', 'undoing', 'undone'] as const) {
        files.mark(phase);
        stamps.push(files.stamp());
      }
    }
    expect(stamps.filter((stamp, at) => stamp === stamps[at + 1])).toEqual([]);
    expect(files.stamp()).toBe(stamps.at(-1));
  });

  it('leaves records of another format alone and says so, but for those of another boot', () => {
    const files = confirmed();
    const [, ...rest] = readFileSync(path, 'latin1').split('\n');
    for (const [format, bootId] of [
      [99, 'boot-1'],
      [1, 'boot-1'],
      [99, 'boot-0'],
    ] as const) {
      const json = JSON.stringify({ format, parp: '9.0.0', ...HERE, bootId });
      writeFileSync(path, [`${crc32(json).toString(16).padStart(8, '0')} ${json}`, ...rest].join('\n'), 'latin1');
      if (bootId === 'boot-0') expect(files.read()).toEqual(recordsOf(null));
      else expect(() => files.read()).toThrow(`parp 9.0.0 wrote ${path} in format ${format}; this one knows 3`);
    }
  });

  it('keeps no descriptor', () => {
    const free = (): number => {
      const descriptor = openSync('/dev/null', 'r');
      closeSync(descriptor);
      return descriptor;
    };
    const before = free();
    const files = confirmed();
    files.stamp();
    files.read();
    files.follow();
    files.close();
    expect(free()).toBe(before);
  });
});

function attempt<T>(work: () => T): T | 'damaged' {
  try {
    return work();
  } catch (error) {
    if (error instanceof RecordsDamaged) return 'damaged';
    throw error;
  }
}
