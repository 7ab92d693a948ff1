import { describe, expect, it } from 'vitest';
import { NEXT_PHASES, type Phase, type Transaction } from '../../src/engine/transaction.ts';
import {
  decodeJournal,
  encodeJournal,
  encodeMark,
  FORMAT,
  packTransaction,
  SLOT,
  SLOTS,
  type JournalHead,
} from '../../src/host/journal-format.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import { confPath } from '../../src/net/sysctl-path.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { material, mutatedFrame } from './mutate.ts';

const HEAD: JournalHead = { format: FORMAT, parp: '1.2.3', bootId: 'boot', cookie: '7' };
const TRANSACTION: Transaction = {
  id: 'one',
  command: 'apply a',
  startedAt: '2030-01-01T00:00:00.000Z',
  by: { pid: 1, startTicks: 1, uid: 0, user: null },
  links: {},
  operations: [{ kind: 'sysctl', subject: confPath('all', 'proxy_arp'), from: '0', to: '1' }],
  ledgerBefore: EMPTY_LEDGER,
  ledgerAfter: EMPTY_LEDGER,
  confirmWithinMs: null,
};

const PHASES: readonly Exclude<Phase, 'open'>[] = ['armed', 'applied', 'confirmed', 'undoing', 'undone'];

/** A journal with so many marks. */
function marked(count: number): Buffer {
  const bytes = encodeJournal(HEAD, TRANSACTION);
  for (let at = 0; at < count; at++) {
    const read = decodeJournal(bytes);
    const phase = PHASES[at];
    if (read.kind !== 'whole' || phase === undefined) throw new TypeError('A journal that does not read back');
    encodeMark({ phase }, read.crc).copy(bytes, read.end);
  }
  return bytes;
}

const JOURNALS = Array.from({ length: SLOTS + 1 }, (_, count) => marked(count));
const FROM = material(JOURNALS);
const textOf = (transaction: Transaction): string => JSON.stringify(packTransaction(transaction));
const TRANSACTION_TEXT = textOf(TRANSACTION);
const MARKS_BEGIN = encodeJournal(HEAD, TRANSACTION).length - SLOT * SLOTS;

/** Whatever may lie in the journal's place: journals that were damaged, and bytes that never were one. */
const journals: Target<Uint8Array> = {
  name: 'journal',
  generate: (random) => (random.chance(0.1) ? random.bytes(random.below(1600)) : mutatedFrame(random, FROM)),
  run(bytes) {
    const before = Buffer.from(bytes);
    const read = decodeJournal(bytes);
    law(before.equals(bytes), 'reading changes nothing');
    if (read.kind === 'damaged') {
      law(read.why !== '', 'damage is named');
      return 'refused';
    }
    law(read.kind === 'whole', 'no accident makes another format');
    if (read.kind !== 'whole') return 'refused';
    law(textOf(read.last.transaction) === TRANSACTION_TEXT, 'no accident makes another transaction');
    const marks = (read.end - MARKS_BEGIN) / SLOT;
    law(read.last.phase === (PHASES[marks - 1] ?? 'open'), 'the phase is that of the last whole mark');
    law(read.end <= bytes.length, 'the next mark goes behind what is there');
    law(marks === SLOTS || NEXT_PHASES[read.last.phase].length > 0, 'and one can come');
    return 'accepted';
  },
};

describe('decodeJournal()', () => {
  it(
    'takes any bytes for the journal that they are a beginning of, or for damage',
    async () => {
      const { accepted, refused } = await fuzz(journals);
      expect(accepted).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(0);
    },
    FUZZ_TIMEOUT,
  );
});
