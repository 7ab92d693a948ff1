import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type Koffi from 'koffi';
import { Failure } from '../model/failure.ts';

// Layouts and numbers below are those of 64-bit little-endian Linux (x86_64, arm64), where glibc and musl agree.

/**
 * The answer of a system call in the kernel's own convention: the result, or `-errno`. `check` turns it into an exception.
 * Buffers are handed over as they are, without a copy.
 */
export type SyscallResult = number;

interface Calls {
  readonly koffi: typeof Koffi;
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint32Array): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint32Array): number;
  sendto(fd: number, bytes: Uint8Array, length: number, flags: number, to: Uint8Array | null, toLength: number): number;
  sendmmsg(fd: number, headers: Uint8Array, count: number, flags: number): number;
  recvfrom(fd: number, bytes: Uint8Array, length: number, flags: number, from: Uint8Array | null, fromLength: Uint32Array | null): number;
  poll(fds: Uint8Array, count: number, timeoutMs: number): number;
  close(fd: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array | BigInt64Array): number;
  flock(fd: number, operation: number): number;
  clock_getres(clock: number, time: BigInt64Array): number;
  clock_gettime(clock: number, time: BigInt64Array): number;
  if_nametoindex(name: string): number;
  if_nameindex(): unknown;
  if_freenameindex(list: unknown): void;
  strerror(errno: number): string;
}

let loaded: Calls | undefined;

/** Loads the FFI at the first call: about 15 ms that a command without sockets does not pay. */
function calls(): Calls {
  loaded ??= loadCalls();
  return loaded;
}

function loadCalls(): Calls {
  let koffi: typeof Koffi;
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch (error) {
    throw new Failure('refused', 'no-ffi', `Load koffi for ${process.platform} on ${process.arch}: ${String(error)}`, { cause: error });
  }
  // Node itself is linked against the C library, so its symbols are there under whatever name the file has (glibc, musl).
  const libc = koffi.load(null);
  return {
    koffi,
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, const void *, uint32_t)'),
    getsockname: libc.func('int getsockname(int, void *, void *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
    sendto: libc.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)'),
    sendmmsg: libc.func('int sendmmsg(int, void *, uint32_t, int)'),
    recvfrom: libc.func('long recvfrom(int, void *, size_t, int, void *, void *)'),
    poll: libc.func('int poll(void *, unsigned long, int)'),
    close: libc.func('int close(int)'),
    // Variadic in C; Linux passes the one pointer alike on x86_64 and arm64.
    ioctl: libc.func('int ioctl(int, unsigned long, void *)'),
    flock: libc.func('int flock(int, int)'),
    clock_getres: libc.func('int clock_getres(int, void *)'),
    clock_gettime: libc.func('int clock_gettime(int, void *)'),
    if_nametoindex: libc.func('uint32_t if_nametoindex(const char *)'),
    if_nameindex: libc.func('void *if_nameindex()'),
    if_freenameindex: libc.func('void if_freenameindex(void *)'),
    strerror: libc.func('const char *strerror(int)'),
  };
}

/** -1 means that errno holds the reason; it must be read before any other call. */
function result(returned: number): SyscallResult {
  return returned < 0 ? -calls().koffi.errno() : returned;
}

export function socket(family: number, type: number, protocol: number): SyscallResult {
  return result(calls().socket(family, type, protocol));
}

export function bind(fd: number, address: Uint8Array): SyscallResult {
  return result(calls().bind(fd, address, address.length));
}

/** Fills `address` and returns how long the whole address is. */
export function getsockname(fd: number, address: Uint8Array): SyscallResult {
  const length = new Uint32Array([address.length]);
  const answer = result(calls().getsockname(fd, address, length));
  return answer < 0 ? answer : (length[0] ?? 0);
}

export function setsockopt(fd: number, level: number, option: number, value: Uint8Array): SyscallResult {
  return result(calls().setsockopt(fd, level, option, value, value.length));
}

/** `setsockopt` with a C int. */
export function setIntOption(fd: number, level: number, option: number, value: number): SyscallResult {
  return setsockopt(fd, level, option, new Uint8Array(Int32Array.of(value).buffer));
}

/** Fills `value` and returns its length. */
export function getsockopt(fd: number, level: number, option: number, value: Uint8Array): SyscallResult {
  const length = new Uint32Array([value.length]);
  const answer = result(calls().getsockopt(fd, level, option, value, length));
  return answer < 0 ? answer : (length[0] ?? 0);
}

/** Returns how many bytes the kernel took. */
export function send(fd: number, bytes: Uint8Array, flags = 0, to: Uint8Array | null = null): SyscallResult {
  return result(calls().sendto(fd, bytes, bytes.length, flags, to, to?.length ?? 0));
}

/** Fills `bytes`, and `from` with the sender's address; returns the length, with MSG_TRUNC that of the whole message. */
export function receive(fd: number, bytes: Uint8Array, flags = 0, from: Uint8Array | null = null): SyscallResult {
  const length = from === null ? null : new Uint32Array([from.length]);
  return result(calls().recvfrom(fd, bytes, bytes.length, flags, from, length));
}

/** Sends the messages of `count` mmsghdr structures. How many the kernel took before the first that it refused, or why it refused the very first. */
export function sendMany(fd: number, headers: Uint8Array, count: number, flags = 0): SyscallResult {
  return result(calls().sendmmsg(fd, headers, count, flags));
}

/** Where a block of memory lies, for structures that point into it. It stays there for as long as the block is referred to. */
export function addressOf(block: ArrayBuffer): bigint {
  return calls().koffi.address(block);
}

export const POLLIN = 1;
export const POLLOUT = 4;

/** Waits on one descriptor, blocking the whole process: at most `timeoutMs`. Returns the events that came, 0 for none. */
export function poll(fd: number, events: number, timeoutMs: number): SyscallResult {
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, events, true);
  const answer = result(calls().poll(entry, 1, timeoutMs));
  return answer < 0 ? answer : view.getInt16(6, true);
}

export function close(fd: number): SyscallResult {
  return result(calls().close(fd));
}

/** An ioctl whose argument is a structure that the kernel reads or fills. */
export function ioctl(fd: number, request: number, argument: Uint8Array | BigInt64Array): SyscallResult {
  return result(calls().ioctl(fd, request, argument));
}

/** LOCK_SH, LOCK_EX and LOCK_UN of flock(2). */
const LOCKS = { shared: 1, exclusive: 2, unlock: 8 } as const;
const LOCK_NB = 4;

/** flock(2); false where `nonblocking` is asked and another open file holds the lock. Throws `SystemError`. */
export function flock(fd: number, operation: keyof typeof LOCKS, nonblocking: boolean): boolean {
  const answer = result(calls().flock(fd, LOCKS[operation] | (nonblocking ? LOCK_NB : 0)));
  if (answer < 0 && errnoName(-answer) === 'EAGAIN') return false;
  check(answer, `Lock file descriptor ${fd}`);
  return true;
}

const CLOCK_REALTIME = 0;
const CLOCK_REALTIME_COARSE = 5;
const CLOCK_BOOTTIME = 7;

/** The length of one jiffy of the kernel, in milliseconds: what it rounds its delays to. */
export function tickMilliseconds(): number {
  const time = new BigInt64Array(2);
  check(result(calls().clock_getres(CLOCK_REALTIME_COARSE, time)), 'Read the length of a jiffy');
  return timespecMilliseconds(time);
}

/** The wall clock that the kernel stamps packets with, in milliseconds. */
export function realtimeMilliseconds(): number {
  return clockMilliseconds(CLOCK_REALTIME);
}

/** Milliseconds since boot, suspension included; nobody can set this clock (CLOCK_BOOTTIME). */
export function bootMilliseconds(): number {
  return Math.floor(clockMilliseconds(CLOCK_BOOTTIME));
}

function clockMilliseconds(clock: number): number {
  const time = new BigInt64Array(2);
  check(result(calls().clock_gettime(clock, time)), 'Read the clock');
  return timespecMilliseconds(time);
}

export function timespecMilliseconds(time: BigInt64Array): number {
  return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
}

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;

/** The cookie of the calling thread's network namespace as decimal text, unique for one boot; `0` where the kernel (before 5.14) has none. */
export function netnsCookie(): string {
  const fd = check(socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0), 'Open a socket to ask for the namespace');
  try {
    const cookie = new Uint8Array(8);
    const answer = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie);
    if (answer < 0 && errnoName(-answer) === 'ENOPROTOOPT') return '0';
    check(answer, "Read the namespace's cookie");
    return new DataView(cookie.buffer).getBigUint64(0, true).toString();
  } finally {
    close(fd);
  }
}

/** IFNAMSIZ - 1. Longer names must not reach musl, which would cut them to another interface's. */
const LONGEST_NAME = 15;

/** The index of an interface by its name or altname, or `-errno`. */
export function interfaceIndex(name: string): SyscallResult {
  const length = Buffer.byteLength(name);
  if (length === 0 || length > LONGEST_NAME || name.includes('\0')) return -constants.errno.ENODEV;
  const index = calls().if_nametoindex(name);
  return index === 0 ? -calls().koffi.errno() : index;
}

/** The names of all interfaces of the namespace, in the order of their indices; also of those that are down or have no address. */
export function interfaceNames(): string[] {
  const { koffi } = calls();
  const list = calls().if_nameindex();
  if (list === null) throw new SystemError('List the interfaces', koffi.errno());
  try {
    const names: string[] = [];
    // struct if_nameindex { unsigned int if_index; char *if_name; } behind each other, ended by index 0.
    for (let offset = 0; koffi.decode(list, offset, 'uint32_t') !== 0; offset += 16) {
      names.push(koffi.decode(list, offset + 8, 'const char *'));
    }
    return names;
  } finally {
    calls().if_freenameindex(list);
  }
}

/** `ENETDOWN` for 100. */
export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

/** What was tried and what the system answered: `Send on eth0: Network is down (ENETDOWN)`. */
export class SystemError extends Error {
  /** The errno's name, where Node's own errors have it. */
  readonly code: string;

  constructor(tried: string, errno: number) {
    super(`${tried}: ${errnoText(errno)}`);
    this.name = 'SystemError';
    this.code = errnoName(errno);
  }
}

/** `Network is down (ENETDOWN)`. */
export function errnoText(errno: number): string {
  return `${calls().strerror(errno)} (${errnoName(errno)})`;
}

/** The result of a call, or a `SystemError` that says what was tried: a verb and its object. */
export function check(answer: SyscallResult, tried: string): number {
  if (answer < 0) throw new SystemError(tried, -answer);
  return answer;
}
