import { setTimeout as sleep } from 'node:timers/promises';
import { macFromBytes, type Mac } from '../net/mac.ts';
import { Failure } from '../model/failure.ts';
import { ETHERTYPE_ARP, ETHERTYPE_RARP } from '../wire/ethernet.ts';
import {
  addressOf,
  bind,
  check,
  close,
  errnoName,
  getsockname,
  interfaceIndex,
  interfaceNames,
  ioctl,
  receive,
  send,
  sendMany,
  setIntOption,
  socket,
  SystemError,
  timespecMilliseconds,
  type SyscallResult,
} from './libc.ts';

/** A frame as it came in. */
export interface ReceivedFrame {
  readonly bytes: Uint8Array;
  /** When the kernel got it, in milliseconds of the wall clock (`realtimeMilliseconds`). */
  readonly at: number;
}

/** Frames side by side in memory, for one call to the kernel each run of them. */
export interface FrameRow {
  readonly slots: number;
  readonly length: number;
  /** The slots behind each other, to be written at will. */
  readonly bytes: Uint8Array;
  /**
   * Offers the frames of `count` slots from `first` on to the kernel, once. How many it took before the first that it refused, or
   * `-errno` where it refused the very first.
   */
  offer(first: number, count: number): SyscallResult;
  /** Whether the kernel took the whole frame, where the last offer counts it as taken. */
  whole(slot: number): boolean;
}

/** A raw AF_PACKET socket on one interface, for one EtherType. */
export interface PacketSocket {
  readonly interface: string;
  readonly index: number;
  /** The interface's Ethernet address as it is now, or null if the interface is gone. */
  mac(): Mac | null;
  /** Whether the interface is up and has carrier (IFF_RUNNING). Without, the kernel accepts frames and drops them. */
  running(): boolean;
  /** Waits for that as long as a link that just came up takes, at most `timeoutMs`. */
  untilRunning(timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /**
   * Offers a whole Ethernet frame to the kernel, again for a while if its queue is full. The number of bytes that it took, or
   * `-errno`. Rejects with an AbortError at the signal.
   */
  send(frame: Uint8Array, signal?: AbortSignal): Promise<SyscallResult>;
  /** Room for frames of one length that are offered many at a time; at most 1024. */
  row(slots: number, length: number): FrameRow;
  /** The next frame that came for this host, to all or to a group, without waiting; undefined if there is none. Throws `SystemError`. */
  receive(): ReceivedFrame | undefined;
  close(): void;
}

export interface PacketSocketOptions {
  readonly protocol?: 'arp' | 'rarp';
  /** false: a socket that only sends, and so collects nothing. */
  readonly receives?: boolean;
}

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const RECEIVE_BUFFER = 1 << 20;
const SIOCGSTAMPNS = 0x8907;
const SIOCGIFFLAGS = 0x8913;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const IFF_NOARP = 0x80;
const ARPHRD_ETHER = 1;
/** sll_pkttype of frames that are for this host, for all, or for a group. Others' and our own are none of our business, as in arp_rcv. */
const PACKET_MULTICAST = 2;
const SNAPSHOT = 128;

/** Opens a socket on an interface that does ARP over Ethernet. Throws `Failure` 'refused' that says what is missing, and `SystemError`. */
export function openPacketSocket(name: string, options: PacketSocketOptions = {}): PacketSocket {
  const index = interfaceIndex(name);
  if (index < 0) throw noSuchInterface(name);
  const protocol = options.protocol === 'rarp' ? ETHERTYPE_RARP : ETHERTYPE_ARP;
  // Protocol 0 until it is bound: otherwise frames of every interface would be in it already.
  const fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 && errnoName(-fd) === 'EPERM') throw missingCapability();
  check(fd, 'Open a packet socket');
  try {
    return bound(fd, name, index, protocol, options.receives ?? true);
  } catch (error) {
    close(fd);
    throw error;
  }
}

function bound(fd: number, name: string, index: number, protocol: number, receives: boolean): PacketSocket {
  const destination = linkLayerAddress(protocol, index);
  check(bind(fd, receives ? destination : linkLayerAddress(0, index)), `Bind a packet socket to ${name}`);
  if (receives) prepareToReceive(fd);
  const flags = interfaceFlags(fd, name);
  if (flags !== undefined && (flags & IFF_NOARP) !== 0) throw noArp(`Interface ${JSON.stringify(name)} does no ARP (NOARP)`);
  if (hardwareAddress(fd) === null) throw noArp(`Interface ${JSON.stringify(name)} has no Ethernet address`);

  const running = (): boolean => ((interfaceFlags(fd, name) ?? 0) & (IFF_UP | IFF_RUNNING)) === (IFF_UP | IFF_RUNNING);
  return {
    interface: name,
    index,
    mac: () => hardwareAddress(fd),
    running,
    async untilRunning(timeoutMs, signal) {
      const deadline = performance.now() + timeoutMs;
      while (!running()) {
        if (performance.now() >= deadline) return false;
        await sleep(10, undefined, { signal });
      }
      return true;
    },
    send: (frame, signal) => sendPatiently(fd, frame, destination, signal),
    row: (slots, length) => rowOn(fd, slots, length, destination),
    receive: () => receiveOn(fd, name),
    close: () => void close(fd),
  };
}

/** struct sockaddr_ll. */
function linkLayerAddress(protocol: number, index: number): Uint8Array {
  const address = new Uint8Array(20);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, index, true);
  return address;
}

function hardwareAddress(fd: number): Mac | null {
  const address = new Uint8Array(32);
  if (getsockname(fd, address) < 0) return null;
  const view = new DataView(address.buffer);
  if (view.getUint16(8, true) !== ARPHRD_ETHER || address[11] !== 6) return null;
  return macFromBytes(address.subarray(12, 18));
}

/** ifr_flags, or undefined where the interface has another name by now. */
function interfaceFlags(fd: number, name: string): number | undefined {
  const request = new Uint8Array(40);
  request.set(Buffer.from(name));
  if (ioctl(fd, SIOCGIFFLAGS, request) < 0) return undefined;
  return new DataView(request.buffer).getUint16(16, true);
}

function prepareToReceive(fd: number): void {
  // A thousand answers at once fill the usual buffer; past rmem_max only with CAP_NET_ADMIN, and less will mostly do.
  if (setIntOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) < 0) setIntOption(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
  // The first question, before there is any packet, is what switches the stamps on.
  ioctl(fd, SIOCGSTAMPNS, new BigInt64Array(2));
}

/** struct mmsghdr: struct msghdr, how much of the message was sent, padding. */
const MMSGHDR_LENGTH = 64;
const MSG_LEN = 56;
const IOVEC_LENGTH = 16;
/** UIO_MAXIOV: the kernel takes no more messages at once. */
const MOST_SLOTS = 1024;

/** One block of memory with all that sendmmsg(2) reads: headers, I/O vectors, the address that all frames go to, and the frames. */
function rowOn(fd: number, slots: number, length: number, to: Uint8Array): FrameRow {
  if (slots > MOST_SLOTS) throw new RangeError(`A row of ${slots} frames is longer than ${MOST_SLOTS}`);
  const vectors = slots * MMSGHDR_LENGTH;
  const name = vectors + slots * IOVEC_LENGTH;
  const frames = name + to.length;
  const block = new ArrayBuffer(frames + slots * length);
  const base = addressOf(block);
  const view = new DataView(block);
  const point = (at: number, target: number): void => view.setBigUint64(at, base + BigInt(target), true);
  new Uint8Array(block, name).set(to);
  for (let slot = 0; slot < slots; slot++) {
    const header = slot * MMSGHDR_LENGTH;
    const vector = vectors + slot * IOVEC_LENGTH;
    point(header, name); // msg_name
    view.setUint32(header + 8, to.length, true); // msg_namelen
    point(header + 16, vector); // msg_iov
    view.setUint32(header + 24, 1, true); // msg_iovlen
    point(vector, frames + slot * length); // iov_base
    view.setUint32(vector + 8, length, true); // iov_len
  }
  return {
    slots,
    length,
    bytes: new Uint8Array(block, frames),
    offer: (first, count) => {
      if (first + count > slots) throw new RangeError(`There are no ${count} frames from slot ${first} on in a row of ${slots}`);
      return sendMany(fd, new Uint8Array(block, first * MMSGHDR_LENGTH, count * MMSGHDR_LENGTH), count);
    },
    whole: (slot) => view.getUint32(slot * MMSGHDR_LENGTH + MSG_LEN, true) === length,
  };
}

/** Queues that are full empty themselves within milliseconds. */
const RETRY_MS: readonly number[] = [1, 2, 4, 8, 16, 32];
const FULL: ReadonlySet<string> = new Set(['ENOBUFS', 'EAGAIN', 'EINTR']);

/** How many milliseconds to wait until a refused frame is offered again, so many times it was already; undefined if waiting does not help. */
export function patienceMs(answer: SyscallResult, tries: number): number | undefined {
  return answer < 0 && FULL.has(errnoName(-answer)) ? RETRY_MS[tries] : undefined;
}

async function sendPatiently(fd: number, frame: Uint8Array, to: Uint8Array, signal: AbortSignal | undefined): Promise<SyscallResult> {
  for (let tries = 0; ; tries++) {
    const answer = send(fd, frame, 0, to);
    const wait = patienceMs(answer, tries);
    if (wait === undefined) return answer;
    await sleep(wait, undefined, { signal });
  }
}

function receiveOn(fd: number, name: string): ReceivedFrame | undefined {
  for (;;) {
    const bytes = new Uint8Array(SNAPSHOT);
    const from = new Uint8Array(20);
    const length = receive(fd, bytes, 0, from);
    if (length < 0) {
      if (errnoName(-length) === 'EAGAIN') return undefined;
      throw new SystemError(`Receive on ${name}`, -length);
    }
    if ((from[10] ?? 0) > PACKET_MULTICAST) continue;
    const stamp = new BigInt64Array(2);
    check(ioctl(fd, SIOCGSTAMPNS, stamp), `Read the time of a frame on ${name}`);
    return { bytes: bytes.subarray(0, length), at: timespecMilliseconds(stamp) };
  }
}

function noSuchInterface(name: string): Failure {
  const names = interfaceNames().map((other) => JSON.stringify(other).slice(1, -1));
  return new Failure('refused', 'no-such-interface', `There is no interface ${JSON.stringify(name)}`, {
    remedy: `Name one of ${names.join(', ')}`,
  });
}

function noArp(message: string): Failure {
  return new Failure('refused', 'no-arp', message, { remedy: 'Name an Ethernet interface without the flag NOARP' });
}

function missingCapability(): Failure {
  return new Failure('refused', 'missing-capability', 'Raw ARP frames need CAP_NET_RAW', {
    remedy: 'Run parp as root, or give it the capability CAP_NET_RAW',
  });
}
