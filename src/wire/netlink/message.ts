/*
 * Netlink messages and their attributes as bytes (RFC 3549; netlink(7)). Numbers are in the byte order of the machine, which is little-endian
 * wherever parp runs (host/libc.ts). Reading never throws: what does not fit its own length ends the reading.
 */

/** struct nlmsghdr, and struct nlattr. */
const HEADER = 16;
const ATTRIBUTE = 4;

/** NLA_F_NESTED and NLA_F_NET_BYTEORDER are not part of an attribute's type. */
const TYPE_MASK = 0x3fff;
const NESTED = 0x8000;

export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
/** NLM_F_ROOT and NLM_F_MATCH. */
const NLM_F_DUMP = 0x300;
/** Something changed while the list was read: it may be inconsistent. */
export const NLM_F_DUMP_INTR = 0x10;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;

export const AF_UNSPEC = 0;
export const AF_INET = 2;

/** An entry that must not be there yet is added (EEXIST where it is), one is given back also beside another of its kind, or deleted. */
export type EntryVerb = 'add' | 'give-back' | 'delete';

const ENTRY_FLAGS: Readonly<Record<EntryVerb, number>> = { add: NLM_F_CREATE | NLM_F_EXCL, 'give-back': NLM_F_CREATE, delete: 0 };

function aligned(length: number): number {
  return (length + 3) & ~3;
}

/** Writes messages behind each other into one buffer that grows. */
export class MessageWriter {
  #bytes: Buffer;
  #end = 0;
  #message = 0;

  constructor(size = 4096) {
    this.#bytes = Buffer.alloc(size);
  }

  /** How many bytes there are so far. */
  get length(): number {
    return this.#end;
  }

  /** What was written, as a view that holds until the next `clear`. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    this.#end = 0;
  }

  /** Begins a question with one answer, or a change of what is there. */
  begin(type: number, sequence: number): void {
    this.#begin(type, NLM_F_REQUEST, sequence);
  }

  /** Begins a question for a whole list. */
  beginList(type: number, sequence: number): void {
    this.#begin(type, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  }

  /** Begins what makes or deletes an entry. */
  beginEntry(verb: EntryVerb, types: { readonly add: number; readonly delete: number }, sequence: number): void {
    this.#begin(verb === 'delete' ? types.delete : types.add, NLM_F_REQUEST | ENTRY_FLAGS[verb], sequence);
  }

  #begin(type: number, flags: number, sequence: number): void {
    this.#message = this.#reserve(HEADER);
    this.#bytes.writeUInt16LE(type, this.#message + 4);
    this.#bytes.writeUInt16LE(flags, this.#message + 6);
    this.#bytes.writeUInt32LE(sequence, this.#message + 8);
    this.#bytes.writeUInt32LE(0, this.#message + 12);
  }

  end(): void {
    this.#bytes.writeUInt32LE(this.#end - this.#message, this.#message);
  }

  /** Asks that the message written last be answered also where nothing went wrong. */
  askForAnswer(): void {
    this.#bytes.writeUInt16LE(this.#bytes.readUInt16LE(this.#message + 6) | NLM_F_ACK, this.#message + 6);
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#bytes.writeUInt16LE(value, at);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32LE(value >>> 0, at);
  }

  attributeU8(type: number, value: number): void {
    this.#attribute(type, 1);
    this.u8(value);
    this.#pad();
  }

  attributeU32(type: number, value: number): void {
    this.#attribute(type, 4);
    this.u32(value);
  }

  attributeU64(type: number, value: number): void {
    this.#attribute(type, 8);
    const at = this.#reserve(8);
    this.#bytes.writeBigUInt64LE(BigInt(value), at);
  }

  /** An IPv4 address, a number in host order, in the order of the network. */
  attributeIpv4(type: number, address: number): void {
    this.#attribute(type, 4);
    const at = this.#reserve(4);
    this.#bytes.writeUInt32BE(address >>> 0, at);
  }

  /** Text that ends with NUL. */
  attributeText(type: number, text: string): void {
    const bytes = Buffer.from(`${text}\0`);
    this.#attribute(type, bytes.length);
    const at = this.#reserve(bytes.length);
    bytes.copy(this.#bytes, at);
    this.#pad();
  }

  /** An attribute that holds what `fill` writes. */
  nest(type: number, fill: () => void): void {
    const at = this.#end;
    this.#attribute(type | NESTED, 0);
    fill();
    this.#bytes.writeUInt16LE(this.#end - at, at);
  }

  /** A structure that says its own length in its first 16 bits, as struct rtnexthop does. */
  sized(fill: () => void): void {
    const at = this.#end;
    this.u16(0);
    fill();
    this.#bytes.writeUInt16LE(this.#end - at, at);
  }

  #attribute(type: number, length: number): void {
    const at = this.#reserve(ATTRIBUTE);
    this.#bytes.writeUInt16LE(ATTRIBUTE + length, at);
    this.#bytes.writeUInt16LE(type, at + 2);
  }

  #pad(): void {
    while (this.#end % 4 !== 0) this.u8(0);
  }

  /** Makes room, in another buffer where this one is full: what is written there must look for the buffer behind this. */
  #reserve(length: number): number {
    const at = this.#end;
    this.#end += length;
    if (this.#end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#end, this.#bytes.length * 2));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    return at;
  }
}

/** One message within a buffer. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** Where its content begins and ends. */
  readonly from: number;
  readonly to: number;
}

/** Calls `visit` for each message of the first `length` bytes. */
export function forEachMessage(view: DataView, length: number, visit: (message: Message) => void): void {
  const end = Math.min(length, view.byteLength);
  for (let at = 0; at + HEADER <= end;) {
    const size = view.getUint32(at, true);
    if (size < HEADER || at + size > end) return;
    visit({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      from: at + HEADER,
      to: at + size,
    });
    at += aligned(size);
  }
}

/** Calls `visit` for each attribute between two places: with its type, and where its content begins and ends. */
export function forEachAttribute(view: DataView, from: number, to: number, visit: (type: number, from: number, to: number) => void): void {
  for (let at = from; at + ATTRIBUTE <= to;) {
    const size = view.getUint16(at, true);
    if (size < ATTRIBUTE || at + size > to) return;
    visit(view.getUint16(at + 2, true) & TYPE_MASK, at + ATTRIBUTE, at + size);
    at += aligned(size);
  }
}

/** The number that an attribute holds; 0 where it is too short for one. */
export function u32At(view: DataView, from: number, to: number): number {
  return to - from >= 4 ? view.getUint32(from, true) : 0;
}

/** The IPv4 address that an attribute holds, as a number in host order; undefined where it holds something else. */
export function ipv4At(view: DataView, from: number, to: number): number | undefined {
  return to - from === 4 ? view.getUint32(from) : undefined;
}

/** The text that an attribute holds, without its NUL. */
export function textAt(view: DataView, from: number, to: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + from, to - from);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** A copy of the bytes that an attribute holds. */
export function bytesAt(view: DataView, from: number, to: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, to - from).slice();
}
