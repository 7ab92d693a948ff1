import { crc32 } from 'node:zlib';
import { isFields } from '../model/shape.ts';
import { VERSION } from './version.ts';

/*
 * A sealed file is two lines, `<crc32 in hex> <json>` each: a head that names the form, and the content. The CRC of the second runs on from the
 * first, so that half of one file does not fit to half of another.
 */

/** What a sealed file begins with. */
export interface SealedHead {
  readonly format: number;
  /** The version of parp that wrote it. */
  readonly parp: string;
}

export type SealedRead =
  | { readonly kind: 'whole'; readonly content: unknown }
  /** Written by another parp in a form that this one does not know. */
  | { readonly kind: 'other-format'; readonly head: SealedHead }
  | { readonly kind: 'damaged'; readonly why: string };

const FORMAT = 1;
const LINE_END = 0x0a;
/** `<8 hex digits> `. */
const CRC_WIDTH = 9;

/** The bytes of a sealed file. */
export function seal(content: object, head: SealedHead = { format: FORMAT, parp: VERSION }): Buffer {
  const first = sealLine(head, 0);
  return Buffer.concat([first.bytes, sealLine(content, first.crc).bytes]);
}

function sealLine(value: object, crc: number): { bytes: Buffer; crc: number } {
  const json = JSON.stringify(value);
  const own = crc32(json, crc);
  return { bytes: Buffer.from(`${hex(own)} ${json}\n`), crc: own };
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** Reads a sealed file. What does not fit, whatever of it, is damage, and never guessed at. */
export function unseal(bytes: Buffer): SealedRead {
  const first = unsealLine(bytes, 0, 0);
  if (first === undefined) return { kind: 'damaged', why: 'its first line does not fit its checksum' };
  if (!isHead(first.value)) return { kind: 'damaged', why: 'it does not begin with its format' };
  if (first.value.format !== FORMAT) return { kind: 'other-format', head: first.value };
  const second = unsealLine(bytes, first.end, first.crc);
  if (second === undefined) return { kind: 'damaged', why: 'it is cut off, or does not fit its checksum' };
  if (second.end !== bytes.length) return { kind: 'damaged', why: 'something stands behind its end' };
  return { kind: 'whole', content: second.value };
}

interface Line {
  readonly value: unknown;
  readonly end: number;
  readonly crc: number;
}

function unsealLine(bytes: Buffer, start: number, crc: number): Line | undefined {
  const end = bytes.indexOf(LINE_END, start) + 1;
  if (end <= start + CRC_WIDTH) return undefined;
  const json = bytes.subarray(start + CRC_WIDTH, end - 1);
  const own = crc32(json, crc);
  if (bytes.toString('latin1', start, start + CRC_WIDTH) !== `${hex(own)} `) return undefined;
  try {
    return { value: JSON.parse(json.toString('utf8')), end, crc: own };
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is SealedHead {
  return isFields(value) && typeof value['format'] === 'number' && typeof value['parp'] === 'string';
}
