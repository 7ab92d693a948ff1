import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Transaction } from '../../src/engine/transaction.ts';
import { RecordFiles } from '../../src/host/records.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/ledger.ts';
import { confPath } from '../../src/net/sysctl-path.ts';

const HERE = { bootId: 'boot-1', cookie: '7' };
const LEDGER: Ledger = {
  profiles: {},
  entries: {
    'sysctl net/ipv4/conf/all/proxy_arp': {
      claims: ['a'],
      operation: { kind: 'sysctl', subject: confPath('all', 'proxy_arp'), from: '0', to: '1' },
    },
  },
};
const TRANSACTION: Transaction = {
  id: 'one',
  command: 'apply a',
  startedAt: '2030-01-01T00:00:00.000Z',
  operations: [{ kind: 'sysctl', subject: confPath('all', 'proxy_arp'), from: '0', to: '1' }],
  ledgerBefore: EMPTY_LEDGER,
  ledgerAfter: LEDGER,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-records-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('RecordFiles', () => {
  it('gives back what was written, and how far it came', () => {
    const files = new RecordFiles(folder, HERE);
    expect(files.read()).toEqual({ ledger: EMPTY_LEDGER, last: null });
    files.open(TRANSACTION);
    expect(files.read().last).toEqual({ transaction: TRANSACTION, phase: 'open' });
    files.saveLedger(LEDGER);
    files.mark('confirmed');
    expect(new RecordFiles(folder, HERE).read()).toEqual({ ledger: LEDGER, last: { transaction: TRANSACTION, phase: 'confirmed' } });
  });

  it.each([
    ['another boot', { ...HERE, bootId: 'boot-2' }],
    ['another namespace with the same inode', { ...HERE, cookie: '8' }],
  ])('discards records of %s', (_what, there) => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    files.saveLedger(LEDGER);
    expect(new RecordFiles(folder, there).read()).toEqual({ ledger: EMPTY_LEDGER, last: null });
  });

  it('takes a journal cut off at any length for the transaction that was open, or for none', () => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    const path = join(folder, 'journal');
    const whole = readFileSync(path);
    files.mark('confirmed');
    const marked = readFileSync(path);
    for (let length = marked.length - 1; length >= whole.length; length--) {
      truncateSync(path, length);
      expect(files.read().last?.phase).toBe('open');
    }
  });

  it('goes on behind a mark that was cut off', () => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    const path = join(folder, 'journal');
    const { length } = readFileSync(path);
    files.mark('undoing');
    truncateSync(path, length + 5);
    files.mark('undoing');
    files.mark('undone');
    expect(files.read().last).toEqual({ transaction: TRANSACTION, phase: 'undone' });
  });

  it('stamps each state of the records otherwise', () => {
    const files = new RecordFiles(folder, HERE);
    const stamps = [files.stamp()];
    files.open(TRANSACTION);
    stamps.push(files.stamp());
    files.saveLedger(LEDGER);
    stamps.push(files.stamp());
    files.mark('confirmed');
    stamps.push(files.stamp());
    expect(new Set(stamps).size).toBe(4);
    files.read();
    files.saveLedger(LEDGER);
    expect(files.stamp(), 'what is there already is not written again').toBe(stamps.at(-1));
  });

  it('refuses a damaged record rather than guessing', () => {
    const files = new RecordFiles(folder, HERE);
    files.open(TRANSACTION);
    files.saveLedger(LEDGER);
    for (const name of ['journal', 'ledger']) {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      for (let at = 0; at < bytes.length; at += 7) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
        writeFileSync(path, damaged);
        expect(() => files.read(), `${name} with byte ${at} changed`).toThrow(/Read .*: /);
      }
      writeFileSync(path, bytes);
    }
  });

  it('leaves records of a newer format alone and says so', () => {
    const files = new RecordFiles(folder, HERE);
    files.saveLedger(LEDGER);
    const path = join(folder, 'ledger');
    const newer = JSON.stringify({ format: 99, parp: '9.0.0', ...HERE });
    const [, body] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, `${crcLine(newer)}\n${body}\n`);
    expect(() => files.read()).toThrow('parp 9.0.0 wrote it in format 99, this one knows 1');
  });
});

function crcLine(json: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(json)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return `${((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')} ${json}`;
}
