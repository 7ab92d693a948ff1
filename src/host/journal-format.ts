import { crc32 } from 'node:zlib';
import { NEXT_PHASES, type LastTransaction, type Phase, type Transaction } from '../engine/transaction.ts';
import type { Ledger, LedgerEntry } from '../model/ledger.ts';
import { subjectKey } from '../model/operation.ts';
import { isFields } from '../model/shape.ts';
import { holds } from './column-check.ts';
import { pack, unpack, type Packed } from './columns.ts';

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

/** Format 1 was never released; 2 held the lists of the transaction as they are. */
export const FORMAT = 3;

/** In bytes. A mark needs about 60. */
export const SLOT = 128;
/** armed, applied, confirmed, undoing, undone. */
export const SLOTS = 5;

export type JournalRead =
  | {
      readonly kind: 'whole';
      readonly head: JournalHead;
      readonly last: LastTransaction;
      readonly sealed: Sealed;
      /** Where the next mark goes, in bytes. */ readonly end: number;
      /** What its CRC runs on from. */ readonly crc: number;
    }
  /** Written by another parp in a form that this one does not know. */
  | { readonly kind: 'other-format'; readonly head: JournalHead }
  | { readonly kind: 'damaged'; readonly why: string };

/** The bytes of a new journal, with room for every mark. */
export function encodeJournal(head: JournalHead, transaction: Transaction): Buffer {
  const first = sealed(head, 0);
  const second = sealed(packTransaction(transaction), first.crc);
  return Buffer.concat([first.bytes, second.bytes, Buffer.alloc(SLOT * SLOTS)]);
}

/** A transaction as plain data with its long lists as columns; the entries of a ledger are a list, since their keys follow from them. */
export function packTransaction(transaction: Transaction): Packed {
  return pack(withListedLedgers(transaction));
}

function withListedLedgers(transaction: Transaction): object {
  const { ledgerBefore, ledgerAfter } = transaction;
  const listed = ({ entries, ...ledger }: Ledger): object => ({ ...ledger, entries: [...entries.values()] });
  return { ...transaction, ledgerBefore: listed(ledgerBefore), ledgerAfter: listed(ledgerAfter) };
}

/** The inverse of `packTransaction`; undefined where that never gave it. The CRC vouches for the details: nobody but parp writes it. */
export function unpackTransaction(packed: unknown): Transaction | undefined {
  if (!isPacked(packed)) return undefined;
  try {
    const transaction = unpack(packed) as Omit<Transaction, 'ledgerBefore' | 'ledgerAfter'> & {
      readonly ledgerBefore: ListedLedger;
      readonly ledgerAfter: ListedLedger;
    };
    if (typeof transaction.id !== 'string' || !Array.isArray(transaction.operations)) return undefined;
    return { ...transaction, ledgerBefore: byKey(transaction.ledgerBefore), ledgerAfter: byKey(transaction.ledgerAfter) };
  } catch {
    return undefined;
  }
}

function isPacked(value: unknown): value is Packed {
  return isFields(value) && Array.isArray(value['columns']);
}

type ListedLedger = Omit<Ledger, 'entries'> & { readonly entries: readonly LedgerEntry[] };

function byKey({ entries, ...ledger }: ListedLedger): Ledger {
  const keyed = new Map<string, LedgerEntry>();
  for (const entry of entries) keyed.set(subjectKey(entry.operation), entry);
  return { ...ledger, entries: keyed };
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
  const bytes = Buffer.from(`${'0'.repeat(CRC_WIDTH - 1)} ${json}\n`);
  const own = crc32(bytes.subarray(CRC_WIDTH, -1), crc);
  bytes.write(hex(own), 'latin1');
  return { bytes, crc: own };
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** A transaction, and the text that holds it in a journal. */
export interface Sealed {
  readonly transaction: Transaction;
  readonly json: Buffer;
}

/**
 * Reads a journal. A mark that was cut off never happened; anything else that does not fit is damage, and never guessed at. Where the
 * transaction is the text of one that is known, it is not read once more: they can be large.
 */
export function decodeJournal(bytes: Uint8Array, known?: Sealed): JournalRead {
  return decodeWith(bytes, (line) => (known?.json.equals(line.json) === true ? known.transaction : unpackTransaction(valueOf(line))));
}

/** Reads a new journal back: whether it holds the very transaction that it was made of, whose like is not made for that. */
export function readBack(bytes: Uint8Array, transaction: Transaction): JournalRead {
  return decodeWith(bytes, (line) => {
    const packed = valueOf(line);
    return isPacked(packed) && holds(packed, withListedLedgers(transaction)) ? transaction : undefined;
  });
}

function decodeWith(bytes: Uint8Array, transactionOf: (line: Line) => Transaction | undefined): JournalRead {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = unsealed(text, 0, text.indexOf(LINE_END) + 1, 0);
  if (first === undefined) return { kind: 'damaged', why: 'its first line does not fit its checksum' };
  const head = valueOf(first);
  if (!isHead(head)) return { kind: 'damaged', why: 'it does not begin with its format' };
  if (head.format !== FORMAT) return { kind: 'other-format', head };
  const second = unsealed(text, first.end, text.indexOf(LINE_END, first.end) + 1, first.crc);
  if (second === undefined) return { kind: 'damaged', why: 'its transaction is cut off or does not fit its checksum' };
  const transaction = transactionOf(second);
  if (transaction === undefined) return { kind: 'damaged', why: 'it holds no transaction' };
  return decodeMarks(text, head, { transaction, json: second.json }, second);
}

interface Line {
  readonly json: Buffer;
  readonly end: number;
  readonly crc: number;
}

/** undefined where it is no JSON. */
function valueOf({ json }: Line): unknown {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The line from `start` to `end`, its line end included; undefined where it does not fit. */
function unsealed(text: Buffer, start: number, end: number, crc: number): Line | undefined {
  if (end <= start + CRC_WIDTH) return undefined;
  const json = text.subarray(start + CRC_WIDTH, end - 1);
  const own = crc32(json, crc);
  if (text.toString('latin1', start, start + CRC_WIDTH) !== `${hex(own)} ` || text[end - 1] !== LINE_END) return undefined;
  return { json, end, crc: own };
}

function decodeMarks(text: Buffer, head: JournalHead, own: Sealed, from: Line): JournalRead {
  let { end, crc } = from;
  let phase: Phase = 'open';
  let deadlineMs: number | null = null;
  for (; end + SLOT <= text.length && text[end + SLOT - 1] !== 0; end += SLOT) {
    const line = unsealed(text, end, end + SLOT, crc);
    const at = `mark ${(end - from.end) / SLOT + 1}`;
    if (line === undefined) return { kind: 'damaged', why: `${at} does not fit its checksum` };
    const mark = valueOf(line);
    if (!isMark(mark)) return { kind: 'damaged', why: `${at} says nothing that is known` };
    if (!NEXT_PHASES[phase].includes(mark.phase)) {
      return { kind: 'damaged', why: `${at} says "${mark.phase}" behind "${phase}"` };
    }
    phase = mark.phase;
    deadlineMs = mark.deadlineMs ?? deadlineMs;
    crc = line.crc;
  }
  // A mark is written front to back: behind the one that was cut off there is nothing.
  if (text.subarray(end + SLOT).some((byte) => byte !== 0)) return { kind: 'damaged', why: 'something stands behind its last mark' };
  return { kind: 'whole', head, last: { transaction: own.transaction, phase, deadlineMs }, sealed: own, end, crc };
}

function isHead(value: unknown): value is JournalHead {
  if (!isFields(value)) return false;
  const { format, parp, bootId, cookie } = value;
  return typeof format === 'number' && typeof parp === 'string' && typeof bootId === 'string' && typeof cookie === 'string';
}

function isMark(value: unknown): value is Mark {
  if (!isFields(value)) return false;
  const { phase, deadlineMs } = value;
  return typeof phase === 'string' && Object.hasOwn(NEXT_PHASES, phase) && (deadlineMs === undefined || typeof deadlineMs === 'number');
}
