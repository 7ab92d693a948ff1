// Asks ARP on many interfaces side by side, with raw frames, for tests: bytes laid out by hand after RFC 826, so that nothing of parp vouches
// for parp. Runs inside the askers' namespace. Stdin: {asked: [{link, frames: [{from, to, mac, targetMac, via}]}], waitMs}, where no two frames
// of a link have one `mac`; stdout: [{link, mac, address, by, ms}], an answer each: to which `mac`, for which address, by whose MAC.
import { readFileSync } from 'node:fs';
import koffi from 'koffi';

const { asked, waitMs } = JSON.parse(readFileSync(0, 'utf8'));

const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const nameToIndex = libc.func('unsigned int if_nametoindex(const char *name)');
const bind = libc.func('int bind(int fd, const void *address, unsigned int length)');
const send = libc.func('intptr_t send(int fd, const void *buffer, size_t length, int flags)');
const recv = libc.func('intptr_t recv(int fd, void *buffer, size_t length, int flags)');
const poll = libc.func('int poll(void *fds, unsigned long count, int timeout)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)');

const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETH_P_ARP = 0x0806;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;

const macBytes = (text) => text.split(':').map((pair) => Number.parseInt(pair, 16));
const macText = (bytes) => bytes.toString('hex').match(/../g).join(':');
const ipv4 = (text) => text.split('.').map(Number);

function check(result, doing) {
  if (result < 0) throw new Error(`${doing}: errno ${koffi.errno()}`);
  return result;
}

function frame({ from, to, mac, targetMac, via }) {
  const ethernet = [...macBytes(via), ...macBytes(mac), 0x08, 0x06];
  return Buffer.from([...ethernet, 0, 1, 0x08, 0, 6, 4, 0, 1, ...macBytes(mac), ...ipv4(from), ...macBytes(targetMac), ...ipv4(to)]);
}

function open(link) {
  const fd = check(socket(AF_PACKET, SOCK_RAW, ((ETH_P_ARP & 0xff) << 8) | (ETH_P_ARP >> 8)), 'socket');
  // struct sockaddr_ll: family, protocol (network order), ifindex, then zeros.
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ARP, 2);
  address.writeInt32LE(nameToIndex(link), 4);
  check(bind(fd, address, address.length), `bind to ${link}`);
  const room = Buffer.alloc(4);
  room.writeInt32LE(8 << 20);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, room, 4);
  return fd;
}

const ends = asked.map(({ link, frames }) => ({ link, fd: open(link), frames, sent: new Map() }));
const waiting = Buffer.alloc(8 * ends.length);
ends.forEach(({ fd }, at) => {
  waiting.writeInt32LE(fd, 8 * at);
  waiting.writeInt16LE(1, 8 * at + 4);
});
const answers = [];
const buffer = Buffer.alloc(2048);

function collect({ link, fd, sent }) {
  for (;;) {
    const length = recv(fd, buffer, buffer.length, MSG_DONTWAIT);
    if (length < 0) return;
    const now = performance.now();
    if (length < 42 || buffer.readUInt16BE(20) !== 2) continue;
    const mac = macText(buffer.subarray(32, 38));
    const started = sent.get(mac);
    if (started === undefined) continue;
    answers.push({ link, mac, address: [...buffer.subarray(28, 32)].join('.'), by: macText(buffer.subarray(22, 28)), ms: now - started });
  }
}

/** After so many frames all ends are looked at: what waits there unread would seem late. */
const OFTEN = 25;
let frames = 0;
for (const end of ends) {
  for (const one of end.frames) {
    const bytes = frame(one);
    end.sent.set(one.mac, performance.now());
    check(send(end.fd, bytes, bytes.length, 0), `send on ${end.link}`);
    collect(end);
    if (++frames % OFTEN === 0) for (const other of ends) collect(other);
  }
}
const until = performance.now() + waitMs;
for (;;) {
  const left = until - performance.now();
  if (left <= 0) break;
  poll(waiting, ends.length, Math.ceil(left));
  for (const end of ends) collect(end);
}
process.stdout.write(JSON.stringify(answers));
