import { crc32 } from 'node:zlib';
import { NEXT_PHASES, type LastTransaction, type Phase, type Transaction } from '../engine/transaction.ts';
import { isFields } from '../model/shape.ts';

/*
 * A journal is a head, one transaction, and marks that say how far it came, each a line `<crc32 in hex> <json>`. The CRC runs on from the line
 * before, so that a line which stands twice, elsewhere, or in another journal does not fit. Marks have slots of a fixed size, filled with NUL when
 * the journal is made: a full disk cannot keep one from being written, and what is left of a torn one is written over.
 */

/** What a journal begins with: its form, and what binds it to one boot and one namespace. */
export interface JournalHead {
  readonly format: number;
  readonly parp: string;
  readonly bootId: string;
  /** SO_NETNS_COOKIE: an inode is used again, a cookie is not. */
  readonly cookie: string;
}

/** Format 1 was never released. */
export const FORMAT = 2;

/** In bytes. A mark needs about 60. */
export const SLOT = 128;
/** armed, applied, confirmed, undoing, undone. */
export const SLOTS = 5;

export type JournalRead =
  | {
      readonly kind: 'whole';
      readonly head: JournalHead;
      readonly last: LastTransaction;
      /** Where the next mark goes, in bytes. */ readonly end: number;
      /** What its CRC runs on from. */ readonly crc: number;
    }
  /** Written by another parp in a form that this one does not know. */
  | { readonly kind: 'other-format'; readonly head: JournalHead }
  | { readonly kind: 'damaged'; readonly why: string };

/** The bytes of a new journal, with room for every mark. */
export function encodeJournal(head: JournalHead, transaction: Transaction): Buffer {
  const first = sealed(head, 0);
  const second = sealed(transaction, first.crc);
  return Buffer.concat([first.bytes, second.bytes, Buffer.alloc(SLOT * SLOTS)]);
}

interface Mark {
  readonly phase: Exclude<Phase, 'open'>;
  /** Milliseconds of the boot clock. */
  readonly deadlineMs?: number;
}

/** The bytes of one mark: a whole slot. */
export function encodeMark(mark: Mark, crc: number): Buffer {
  const json = JSON.stringify(mark);
  return sealed(mark, crc, json.padEnd(SLOT - CRC_WIDTH - 1)).bytes;
}

/** `<8 hex digits> `. */
const CRC_WIDTH = 9;
const LINE_END = 0x0a;

function sealed(value: object, crc: number, json = JSON.stringify(value)): { bytes: Buffer; crc: number } {
  const own = crc32(json, crc);
  return { bytes: Buffer.from(`${hex(own)} ${json}\n`), crc: own };
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** Reads a journal. A mark that was cut off never happened; anything else that does not fit is damage, and never guessed at. */
export function decodeJournal(bytes: Uint8Array): JournalRead {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = unsealed(text, 0, text.indexOf(LINE_END) + 1, 0);
  if (first === undefined) return { kind: 'damaged', why: 'its first line does not fit its checksum' };
  if (!isHead(first.value)) return { kind: 'damaged', why: 'it does not begin with its format' };
  const head = first.value;
  if (head.format !== FORMAT) return { kind: 'other-format', head };
  const second = unsealed(text, first.end, text.indexOf(LINE_END, first.end) + 1, first.crc);
  if (second === undefined) return { kind: 'damaged', why: 'its transaction is cut off or does not fit its checksum' };
  if (!isTransaction(second.value)) return { kind: 'damaged', why: 'it holds no transaction' };
  return decodeMarks(text, head, second.value, second);
}

interface Line {
  readonly value: unknown;
  readonly end: number;
  readonly crc: number;
}

/** The line from `start` to `end`, its line end included; undefined where it does not fit. */
function unsealed(text: Buffer, start: number, end: number, crc: number): Line | undefined {
  if (end <= start + CRC_WIDTH) return undefined;
  const json = text.subarray(start + CRC_WIDTH, end - 1);
  const own = crc32(json, crc);
  if (text.toString('latin1', start, start + CRC_WIDTH) !== `${hex(own)} ` || text[end - 1] !== LINE_END) return undefined;
  try {
    return { value: JSON.parse(json.toString('utf8')), end, crc: own };
  } catch {
    return undefined;
  }
}

function decodeMarks(text: Buffer, head: JournalHead, transaction: Transaction, from: Line): JournalRead {
  let { end, crc } = from;
  let phase: Phase = 'open';
  let deadlineMs: number | null = null;
  for (; end + SLOT <= text.length && text[end + SLOT - 1] !== 0; end += SLOT) {
    const line = unsealed(text, end, end + SLOT, crc);
    const at = `mark ${(end - from.end) / SLOT + 1}`;
    if (line === undefined) return { kind: 'damaged', why: `${at} does not fit its checksum` };
    if (!isMark(line.value)) return { kind: 'damaged', why: `${at} says nothing that is known` };
    if (!NEXT_PHASES[phase].includes(line.value.phase)) {
      return { kind: 'damaged', why: `${at} says "${line.value.phase}" behind "${phase}"` };
    }
    phase = line.value.phase;
    deadlineMs = line.value.deadlineMs ?? deadlineMs;
    crc = line.crc;
  }
  // A mark is written front to back: behind the one that was cut off there is nothing.
  if (text.subarray(end + SLOT).some((byte) => byte !== 0)) return { kind: 'damaged', why: 'something stands behind its last mark' };
  return { kind: 'whole', head, last: { transaction, phase, deadlineMs }, end, crc };
}

function isHead(value: unknown): value is JournalHead {
  if (!isFields(value)) return false;
  const { format, parp, bootId, cookie } = value;
  return typeof format === 'number' && typeof parp === 'string' && typeof bootId === 'string' && typeof cookie === 'string';
}

/** The CRC vouches for the rest: nobody but parp writes it. */
function isTransaction(value: unknown): value is Transaction {
  return isFields(value) && typeof value['id'] === 'string' && Array.isArray(value['operations']);
}

function isMark(value: unknown): value is Mark {
  if (!isFields(value)) return false;
  const { phase, deadlineMs } = value;
  return typeof phase === 'string' && Object.hasOwn(NEXT_PHASES, phase) && (deadlineMs === undefined || typeof deadlineMs === 'number');
}
