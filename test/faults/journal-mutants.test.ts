// The story: the journal of a real run is not what parp wrote. It is cut off at any length, any of its bits is another one, its lines stand twice or
// elsewhere. What is whole is believed, up to the last whole mark; a mark that is cut off never happened; anything
// else is called damaged, and nothing is undone by it. What the commands do then is in journal-mutants-commands.test.ts.
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordsOf, type Phase, type Records } from '../../src/engine/transaction.ts';
import { decodeJournal } from '../../src/host/journal-format.ts';
import { RecordFiles, RecordsDamaged, type Binding } from '../../src/host/records.ts';
import { useRouters, type Router } from '../support/furnished.ts';
import { guardGone } from '../support/guard-of.ts';
import { journalPath, runLine } from '../support/kill-sweep.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { filled, rawLines, seal, unseal } from '../support/sealing.ts';
import { tally } from '../support/tally.ts';

const SLOT = 128;
/** In the journal of a change that was confirmed, and taken back later. */
const PHASES: readonly Phase[] = ['open', 'armed', 'applied', 'confirmed', 'undoing', 'undone'];

describe.skipIf(!CAN_BUILD)('the journal of a real run', () => {
  const routers = useRouters(1);
  const router = (): Router => {
    if (routers[0] === undefined) throw new Error('There is no router');
    return routers[0];
  };
  let whole: Buffer;
  let binding: Binding;
  let folder: string;
  /** What the whole journal says, and what it said before each of its marks, as JSON. */
  let said: readonly string[];
  /** Where the marks begin. */
  let marks: number;

  beforeAll(async () => {
    const { net } = router();
    for (const line of [['apply', '--confirm=60s', '@few'], ['confirm'], ['rollback']]) await runLine(router(), line);
    await guardGone(net);
    whole = readFileSync(journalPath(net) ?? '');
    binding = JSON.parse(unseal(whole).head);
    folder = join(net.lab.folder, 'mutants');
    mkdirSync(folder);
    marks = whole.length - 5 * SLOT;
    said = PHASES.map((_, count) => {
      const read = decodeJournal(Buffer.concat([whole.subarray(0, marks + count * SLOT), Buffer.alloc((5 - count) * SLOT)]));
      return JSON.stringify(recordsOf(read.kind === 'whole' ? read.last : null));
    });
  });

  /** What parp takes from a journal of these bytes. */
  function verdict(bytes: Uint8Array): string {
    writeFileSync(join(folder, 'journal'), bytes);
    return readAgain();
  }

  /** What it takes from the journal that lies there. */
  function readAgain(): string {
    const files = new RecordFiles(folder, binding);
    try {
      return JSON.stringify(files.read());
    } catch (error) {
      if (error instanceof RecordsDamaged) return 'damaged';
      throw error;
    } finally {
      files.close();
    }
  }

  /** What it takes from a journal of these bytes in which one of them, in turn, is another; `check` gets each. */
  function withByte(
    bytes: Buffer,
    from: number,
    others: (byte: number) => readonly number[],
    check: (at: number, byte: number, read: string) => void,
  ): number {
    writeFileSync(join(folder, 'journal'), bytes);
    const descriptor = openSync(join(folder, 'journal'), 'r+');
    const put = (at: number, byte: number): void => void writeSync(descriptor, Uint8Array.of(byte), 0, 1, at);
    let tried = 0;
    for (let at = from; at < bytes.length; at++) {
      const own = bytes[at] ?? 0;
      for (const byte of others(own)) {
        put(at, byte);
        check(at, byte, readAgain());
        tried++;
      }
      put(at, own);
    }
    closeSync(descriptor);
    return tried;
  }

  const flips = (byte: number): number[] => Array.from({ length: 8 }, (_, bit) => byte ^ (1 << bit));

  it('is what is written down of the format, byte by byte', () => {
    expect(seal(unseal(whole)).equals(whole)).toBe(true);
    expect(said.map((text) => (JSON.parse(text) as Records).last?.phase)).toEqual(PHASES);
    expect(verdict(whole)).toBe(said.at(-1));
  });

  it('#23 cut off at every length: what is whole of it counts, and a transaction that is cut off is damage', () => {
    writeFileSync(join(folder, 'journal'), whole);
    for (let { length } = whole; length >= 0; length--) {
      truncateSync(join(folder, 'journal'), length);
      const expected = length < marks ? 'damaged' : said[Math.floor((length - marks) / SLOT)];
      expect(readAgain(), `${length} bytes`).toBe(expected);
    }
    tally('mutants of the journal', whole.length + 1, 0);
  });

  it('#23 cut off at every length, with room behind it: the same', () => {
    const bytes = Buffer.from(whole);
    for (let length = whole.length - 1; length >= 0; length--) {
      bytes[length] = 0;
      const expected = length < marks ? 'damaged' : said[Math.floor((length - marks) / SLOT)];
      expect(verdict(bytes), `${length} bytes`).toBe(expected);
    }
    tally('mutants of the journal', whole.length, 0);
  });

  it('#24 every bit flipped: damage, and never another transaction', () => {
    const tried = withByte(whole, 0, flips, (at, byte, read) => {
      if (read !== 'damaged') expect.fail(`Byte ${at} is ${byte}: ${read}`);
    });
    expect(tried).toBe(8 * whole.length);
    tally('mutants of the journal', tried, 0);
  });

  it('#24 every bit flipped where no mark stands yet: damage, or no mark', () => {
    const length = marks + 2 * SLOT;
    const tried = withByte(filled([whole.subarray(0, length)], whole.length), length, flips, (at, byte, read) => {
      // In the next slot it may be what is left of a torn mark.
      const expected = at < length + SLOT - 1 ? said[2] : 'damaged';
      if (read !== expected) expect.fail(`Byte ${at} is ${byte}: ${read}`);
    });
    expect(tried).toBe(8 * 3 * SLOT);
    tally('mutants of the journal', tried, 0);
  });

  it('#24 every byte overwritten with zeros, ones and a letter: damage, but for the end of the last mark, without which it is none', () => {
    const others = (own: number): number[] => [0x00, 0xff, 0x20, 0x30].filter((byte) => byte !== own);
    const tried = withByte(whole, 0, others, (at, byte, read) => {
      const expected = byte === 0 && at === whole.length - 1 ? said.at(-2) : 'damaged';
      if (read !== expected) expect.fail(`Byte ${at} is ${byte}: ${read}`);
    });
    expect(tried).toBeGreaterThan(3 * whole.length);
    tally('mutants of the journal', tried, 0);
  });

  it('#25 its lines in every other order: damage', () => {
    const lines = rawLines(whole);
    let tried = 0;
    for (const order of permutations(lines)) {
      const bytes = Buffer.concat(order);
      expect(verdict(bytes)).toBe(bytes.equals(whole) ? said.at(-1) : 'damaged');
      tried++;
    }
    expect(tried).toBe(5040);
    tally('mutants of the journal', tried, 0);
  });

  it('#25 a line twice, left out, or from another journal: damage, unless only its last marks are missing', () => {
    const lines = rawLines(whole);
    const { head, transaction, marks: own } = unseal(whole);
    const other = rawLines(seal({ head, transaction: transaction.replace('"command":"apply few"', '"command":"apply low"'), marks: own }));
    let tried = 0;
    for (const [from, line] of lines.entries()) {
      for (let to = 0; to <= lines.length; to++) {
        // Behind the last mark a line that is shorter than a slot looks as though a mark had been cut off there.
        const expected = to === lines.length && line.length < SLOT ? said.at(-1) : 'damaged';
        expect(verdict(filled([...lines.slice(0, to), line, ...lines.slice(to)], whole.length)), `${from} again at ${to}`).toBe(expected);
        tried++;
      }
      const left = lines.filter((_, at) => at !== from);
      const expected = from === lines.length - 1 ? said.at(-2) : 'damaged';
      expect(verdict(filled(left, whole.length)), `without ${from}`).toBe(expected);
      // The head is the same in both.
      if (from > 0) expect(verdict(filled(lines.with(from, other[from] ?? line), whole.length)), `another ${from}`).toBe('damaged');
      tried += 2;
    }
    tally('mutants of the journal', tried, 0);
  });
});

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [at, item] of items.entries()) {
    for (const rest of permutations(items.toSpliced(at, 1))) yield [item, ...rest];
  }
}
