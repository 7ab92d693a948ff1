import { decodeAnswer, type Answer } from '../wire/netlink/answer.ts';
import { forEachMessage, MessageWriter, NLM_F_DUMP_INTR, NLMSG_DONE, type Message } from '../wire/netlink/message.ts';
import { check, close, errnoName, errnoText, receive, send, setIntOption, setsockopt, socket, type SyscallResult } from './libc.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
export const NETLINK_ROUTE = 0;
export const NETLINK_SOCK_DIAG = 4;
export const NETLINK_NETFILTER = 12;
type Protocol = typeof NETLINK_ROUTE | typeof NETLINK_SOCK_DIAG | typeof NETLINK_NETFILTER;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_TRUNC = 0x20;

/** Room for the answers to a whole pack: each of its messages may be refused. */
const BUFFER = 8 << 20;
/** The kernel gives at most 32 KiB of a list at a time; a single message can be larger. */
const LARGEST_MESSAGE = 1 << 20;
/** The kernel answers within the call that asks. */
const TIMEOUT_S = 30;

/** How a list was read: `interrupted` says that something changed meanwhile, so that it may be inconsistent. */
export type DumpEnd = 'whole' | 'interrupted';

/** The kernel refused a question. */
export class NetlinkRefusal extends Error {
  /** An errno name. */
  readonly code: string;

  constructor(asked: string, { errno, words }: Pick<Answer, 'errno' | 'words'>) {
    super(`${asked}: ${words ?? errnoText(errno)}`);
    this.name = 'NetlinkRefusal';
    this.code = errnoName(errno);
  }
}

/** More answers came than the socket holds, so that some are lost. */
export class AnswersLost extends Error {
  constructor() {
    super('The kernel had no room for all of its answers (ENOBUFS)');
    this.name = 'AnswersLost';
  }
}

/** Where messages go to and come from: the kernel, or what stands in its place. */
export interface Endpoint {
  send(bytes: Uint8Array): SyscallResult;
  /** Fills the buffer with one datagram; gives its whole length (MSG_TRUNC). */
  receive(buffer: Uint8Array): SyscallResult;
  close(): void;
}

/** The kernel by a socket of its own. Throws `SystemError`. */
function openKernel(protocol: Protocol): Endpoint {
  const fd = check(socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol), 'Open a netlink socket');
  enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
  enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, new Uint8Array(BigInt64Array.of(BigInt(TIMEOUT_S), 0n).buffer));
  // Older kernels lack some of these, and say less then.
  for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) setIntOption(fd, SOL_NETLINK, option, 1);
  return { send: (bytes) => send(fd, bytes), receive: (buffer) => receive(fd, buffer, MSG_TRUNC), close: () => close(fd) };
}

/** One netlink socket, blocking: the kernel carries out what it is sent before the call returns. */
export class NetlinkSocket {
  readonly #endpoint: Endpoint;
  readonly #buffer = new Uint8Array(LARGEST_MESSAGE);
  readonly #view = new DataView(this.#buffer.buffer);
  #sequence = 0;

  /** Throws `SystemError`. */
  constructor(protocol: Protocol, endpoint: Endpoint = openKernel(protocol)) {
    this.#endpoint = endpoint;
  }

  close(): void {
    this.#endpoint.close();
  }

  /** A number that no other message of this socket has. */
  next(): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#sequence;
  }

  /**
   * Asks for a list and calls `visit` for each of its messages, whose bytes hold for the call alone. Throws `NetlinkRefusal` where the kernel
   * refuses, and `SystemError`.
   */
  dump(
    asked: string,
    request: (writer: MessageWriter, sequence: number) => void,
    visit: (view: DataView, message: Message) => void,
  ): DumpEnd {
    const sequence = this.next();
    const writer = new MessageWriter();
    request(writer, sequence);
    this.#send(writer.bytes(), asked);
    let interrupted = false;
    const isOver = (message: Message): boolean => {
      if (message.sequence !== sequence) return false;
      if ((message.flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
      const answer = decodeAnswer(this.#view, message);
      if (answer === undefined) visit(this.#view, message);
      else if (answer.errno !== 0) throw new NetlinkRefusal(asked, answer);
      return message.type === NLMSG_DONE;
    };
    while (!this.#receive(asked, isOver));
    return interrupted ? 'interrupted' : 'whole';
  }

  /** Asks a question with one answer. The kernel's refusal where it refuses; throws `SystemError`. */
  ask<T>(
    asked: string,
    request: (writer: MessageWriter, sequence: number) => void,
    read: (view: DataView, message: Message) => T | undefined,
  ): { readonly value: T | undefined; readonly refusal: Answer | undefined } {
    const sequence = this.next();
    const writer = new MessageWriter();
    request(writer, sequence);
    this.#send(writer.bytes(), asked);
    let value: T | undefined;
    let refusal: Answer | undefined;
    const isOver = (message: Message): boolean => {
      if (message.sequence !== sequence) return false;
      const answer = decodeAnswer(this.#view, message);
      if (answer === undefined) value = read(this.#view, message);
      else if (answer.errno !== 0) refusal = answer;
      return true;
    };
    while (!this.#receive(asked, isOver));
    return { value, refusal };
  }

  /**
   * Sends a pack of messages, of which the last has the sequence number `last`, and gives the refusals in their order; what is not among them was
   * carried out. The kernel goes on behind a message that it refuses. Throws `AnswersLost`, and `SystemError`.
   */
  carryOut(writer: MessageWriter, last: number): readonly Answer[] {
    writer.askForAnswer();
    const sent = sequencesIn(writer.bytes());
    this.#send(writer.bytes(), 'Write by netlink');
    const refusals: Answer[] = [];
    const isOver = (message: Message): boolean => {
      const answer = decodeAnswer(this.#view, message);
      // Behind lost answers there may still be others to what was sent before.
      if (answer === undefined || !sent.has(answer.sequence)) return false;
      if (answer.errno !== 0) refusals.push(answer);
      return answer.sequence === last;
    };
    while (!this.#receive('Write by netlink', isOver));
    return refusals;
  }

  #send(bytes: Uint8Array, tried: string): void {
    check(this.#endpoint.send(bytes), tried);
  }

  /** Receives one datagram and gives each of its messages; whether one of them was the last that was waited for. */
  #receive(tried: string, isOver: (message: Message) => boolean): boolean {
    let answer: number;
    do answer = this.#endpoint.receive(this.#buffer);
    while (answer < 0 && errnoName(-answer) === 'EINTR');
    if (answer < 0 && errnoName(-answer) === 'ENOBUFS') throw new AnswersLost();
    let over = false;
    forEachMessage(this.#view, check(answer, tried), (message) => {
      if (isOver(message)) over = true;
    });
    return over;
  }
}

function sequencesIn(bytes: Uint8Array): ReadonlySet<number> {
  const sequences = new Set<number>();
  forEachMessage(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length, ({ sequence }) => sequences.add(sequence));
  return sequences;
}

function enlarge(fd: number, force: number, plain: number): void {
  // Beyond the system's limit only with CAP_NET_ADMIN, and less will mostly do.
  if (setIntOption(fd, SOL_SOCKET, force, BUFFER) < 0) setIntOption(fd, SOL_SOCKET, plain, BUFFER);
}
