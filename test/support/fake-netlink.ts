import { constants } from 'node:os';
import type { Endpoint } from '../../src/host/netlink-socket.ts';
import { forEachMessage, type Message } from '../../src/wire/netlink/message.ts';

/** One datagram, or an errno by its name in the place of one. */
export type Datagram = Uint8Array | keyof typeof constants.errno;

/** A kernel that answers each message as it is told, in datagrams that are fetched one by one; nothing is waited for. */
export class FakeKernel implements Endpoint {
  /** What was asked, in its order. */
  readonly asked: Message[] = [];
  readonly #queue: Datagram[] = [];
  readonly #answer: (message: Message, place: number) => readonly Datagram[];

  /** `answer` gives what comes back for a message, of which `place` were sent before. */
  constructor(answer: (message: Message, place: number) => readonly Datagram[]) {
    this.#answer = answer;
  }

  send(bytes: Uint8Array): number {
    forEachMessage(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length, (message) => {
      this.#queue.push(...this.#answer(message, this.asked.length));
      this.asked.push(message);
    });
    return bytes.length;
  }

  receive(buffer: Uint8Array): number {
    const next = this.#queue.shift() ?? 'EAGAIN';
    if (typeof next === 'string') return -constants.errno[next];
    buffer.set(next);
    return next.length;
  }

  close(): void {}

  /** How many datagrams nobody has fetched. */
  get left(): number {
    return this.#queue.length;
  }
}

/** A message of these parts. */
export function message(type: number, flags: number, sequence: number, content: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(16 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(content, 16);
  return bytes;
}

/** NLMSG_DONE of a list; `flags` may say that it was interrupted. */
export function done(sequence: number, flags = 0x2): Uint8Array {
  return message(3, flags, sequence, new Uint8Array(4));
}

/** NLMSG_ERROR about a message, as NETLINK_CAP_ACK has it; 0 is an acknowledgement. */
export function verdict(sequence: number, errno: keyof typeof constants.errno | 0): Uint8Array {
  const content = new Uint8Array(20);
  const view = new DataView(content.buffer);
  view.setInt32(0, errno === 0 ? 0 : -constants.errno[errno], true);
  view.setUint32(4, 16, true);
  view.setUint32(12, sequence, true);
  return message(2, 0x100, sequence, content);
}
