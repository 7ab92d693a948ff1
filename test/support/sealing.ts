import { crc32 } from 'node:zlib';

/*
 * Journals of format 3, made by hand: written down once more, and not taken from src/host/journal-format.ts, so that a change of the
 * format there shows here.
 */

const SLOT = 128;
const ROOM = 5 * SLOT;

/** The lines of a journal, as JSON texts: its head, its transaction, and its marks. */
export interface JournalLines {
  readonly head: string;
  readonly transaction: string;
  readonly marks: readonly string[];
}

/** The bytes of a journal with these lines: each CRC runs on from the line before, marks have slots, and behind them lie zeros. */
export function seal({ head, transaction, marks }: JournalLines): Buffer {
  let crc = 0;
  const line = (json: string): string => {
    crc = crc32(json, crc);
    return `${crc.toString(16).padStart(8, '0')} ${json}\n`;
  };
  const text = [head, transaction, ...marks.map((mark) => mark.padEnd(SLOT - 10))].map(line).join('');
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc(ROOM - marks.length * SLOT)]);
}

/** The lines of a journal's bytes, without their CRCs and the spaces behind marks. */
export function unseal(bytes: Buffer): JournalLines {
  const [head = '', transaction = '', ...marks] = bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => !line.startsWith('\0') && line !== '')
    .map((line) => line.slice(9).trimEnd());
  return { head, transaction, marks };
}

/** The lines of a journal's bytes as they are, with their line ends; marks whole slots, zeros left out. */
export function rawLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const end = bytes.indexOf(0x0a, at) + 1 || bytes.length;
    lines.push(bytes.subarray(at, end));
    at = end;
  }
  return lines;
}

/** Lines one behind the other, filled up with zeros to a length. */
export function filled(lines: readonly Buffer[], length: number): Buffer {
  const bytes = Buffer.concat(lines);
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))]);
}
