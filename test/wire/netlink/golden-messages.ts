import { readFileSync } from 'node:fs';
import { forEachMessage, MessageWriter, type Message } from '../../../src/wire/netlink/message.ts';

/**
 * Messages as they were on a netlink socket, by the command that brought them about; how they were taken is said at the top of each file:
 * `read` are the kernel's lists, `written` is what `ip` sends, `answers` are the kernel's verdicts.
 */
export type GoldenFile = 'read' | 'written' | 'answers';

const read = new Map<GoldenFile, ReadonlyMap<string, Uint8Array>>();

/** All messages of a file. */
export function goldenMessages(file: GoldenFile): ReadonlyMap<string, Uint8Array> {
  const known = read.get(file);
  if (known !== undefined) return known;
  const messages = new Map<string, Uint8Array>();
  let command = '';
  for (const line of readFileSync(new URL(`golden/${file}.hex`, import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('# ')) command = line.slice(2);
    else if (/^[0-9a-f]/.test(line)) messages.set(command, Uint8Array.from(Buffer.from(line, 'hex')));
  }
  read.set(file, messages);
  return messages;
}

/** Throws `TypeError` where there is none by that command. */
export function golden(file: GoldenFile, command: string): Uint8Array {
  const found = goldenMessages(file).get(command);
  if (found === undefined) throw new TypeError(`There is no golden message "${command}" in ${file}.hex`);
  return Uint8Array.from(found);
}

/** What a decoder makes of the first message of the bytes. */
export function decoded<T>(bytes: Uint8Array, decode: (view: DataView, message: Message) => T | undefined): T | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let value: T | undefined;
  let isFirst = true;
  forEachMessage(view, bytes.length, (message) => {
    if (isFirst) value = decode(view, message);
    isFirst = false;
  });
  return value;
}

/** The bytes that `write` writes. */
export function written(write: (writer: MessageWriter) => void): Uint8Array {
  const writer = new MessageWriter();
  write(writer);
  return Uint8Array.from(writer.bytes());
}

/** A message by its parts; numbers in hexadecimal. The order of attributes, and NLA_F_NESTED, which not all writers set, are no part of it. */
export interface Parts {
  readonly type: number;
  readonly flags: number;
  /** The structure before the attributes. */
  readonly header: string;
  readonly attributes: Readonly<Record<number, string>>;
}

const NLM_F_ACK = 0x4;
/** ip asks for an answer to each message, parp to the last of a pack. */
export const NO_ACK = ~NLM_F_ACK;

/** `headerLength` is that of the structure before the attributes. */
export function partsOf(bytes: Uint8Array, headerLength: number): Parts {
  const buffer = Buffer.from(bytes);
  const attributes: Record<number, string> = {};
  for (let at = 16 + headerLength; at < buffer.length;) {
    const size = buffer.readUInt16LE(at);
    attributes[buffer.readUInt16LE(at + 2) & 0x3fff] = buffer.toString('hex', at + 4, at + size);
    at += (size + 3) & ~3;
  }
  const header = buffer.toString('hex', 16, 16 + headerLength);
  return { type: buffer.readUInt16LE(4), flags: buffer.readUInt16LE(6) & NO_ACK, header, attributes };
}
