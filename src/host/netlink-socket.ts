import { decodeAnswer, type Answer } from '../wire/netlink/answer.ts';
import { forEachMessage, MessageWriter, NLM_F_DUMP_INTR, NLMSG_DONE, type Message } from '../wire/netlink/message.ts';
import { check, close, errnoName, errnoText, receive, send, setIntOption, setsockopt, socket } from './libc.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;
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

/** One netlink socket, blocking: the kernel carries out what it is sent before the call returns. */
export class NetlinkSocket {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(LARGEST_MESSAGE);
  readonly #view = new DataView(this.#buffer.buffer);
  #sequence = 0;

  /** Throws `SystemError`. */
  constructor(protocol: typeof NETLINK_ROUTE | typeof NETLINK_NETFILTER) {
    this.#fd = check(socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol), 'Open a netlink socket');
    enlarge(this.#fd, SO_SNDBUFFORCE, SO_SNDBUF);
    enlarge(this.#fd, SO_RCVBUFFORCE, SO_RCVBUF);
    setsockopt(this.#fd, SOL_SOCKET, SO_RCVTIMEO, new Uint8Array(BigInt64Array.of(BigInt(TIMEOUT_S), 0n).buffer));
    // Older kernels lack some of these, and say less then.
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) setIntOption(this.#fd, SOL_NETLINK, option, 1);
  }

  close(): void {
    close(this.#fd);
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
    let end: DumpEnd | undefined;
    let interrupted = false;
    while (end === undefined) {
      this.#receive(asked, (message) => {
        if (message.sequence !== sequence) return;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
        const answer = decodeAnswer(this.#view, message);
        if (answer === undefined) visit(this.#view, message);
        else if (answer.errno !== 0) throw new NetlinkRefusal(asked, answer);
        else if (message.type === NLMSG_DONE) end = interrupted ? 'interrupted' : 'whole';
      });
    }
    return end;
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
    this.#receive(asked, (message) => {
      if (message.sequence !== sequence) return;
      const answer = decodeAnswer(this.#view, message);
      if (answer === undefined) value = read(this.#view, message);
      else if (answer.errno !== 0) refusal = answer;
    });
    return { value, refusal };
  }

  /**
   * Sends a pack of messages, of which the last has the sequence number `last`, and gives the refusals in their order; what is not among them was
   * carried out. The kernel goes on behind a message that it refuses. Throws `AnswersLost`, and `SystemError`.
   */
  carryOut(writer: MessageWriter, last: number): readonly Answer[] {
    writer.askForAnswer();
    this.#send(writer.bytes(), 'Write by netlink');
    const refusals: Answer[] = [];
    let isOver = false;
    while (!isOver) {
      this.#receive('Write by netlink', (message) => {
        const answer = decodeAnswer(this.#view, message);
        if (answer === undefined) return;
        if (answer.errno !== 0) refusals.push(answer);
        if (answer.sequence === last) isOver = true;
      });
    }
    return refusals;
  }

  #send(bytes: Uint8Array, tried: string): void {
    check(send(this.#fd, bytes), tried);
  }

  #receive(tried: string, visit: (message: Message) => void): void {
    let answer: number;
    do answer = receive(this.#fd, this.#buffer, MSG_TRUNC);
    while (answer < 0 && errnoName(-answer) === 'EINTR');
    if (answer < 0 && errnoName(-answer) === 'ENOBUFS') throw new AnswersLost();
    forEachMessage(this.#view, check(answer, tried), visit);
  }
}

function enlarge(fd: number, force: number, plain: number): void {
  // Beyond the system's limit only with CAP_NET_ADMIN, and less will mostly do.
  if (setIntOption(fd, SOL_SOCKET, force, BUFFER) < 0) setIntOption(fd, SOL_SOCKET, plain, BUFFER);
}
