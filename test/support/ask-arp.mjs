// Asks ARP with raw frames, for tests: bytes laid out by hand after RFC 826, so that nothing of parp vouches for parp.
// Runs inside the asker's namespace. Stdin: {link, questions, waitMs, enough}; stdout: [{address, mac, ms}], in the order of arrival.
import { readFileSync } from 'node:fs';
import koffi from 'koffi';

const { link, questions, waitMs, enough } = JSON.parse(readFileSync(0, 'utf8'));

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

const mac = (text) => text.split(':').map((pair) => Number.parseInt(pair, 16));
const ipv4 = (text) => text.split('.').map(Number);
const own = readFileSync(`/sys/class/net/${link}/address`, 'utf8').trim();

function check(result, doing) {
  if (result < 0) throw new Error(`${doing}: errno ${koffi.errno()}`);
  return result;
}

function frame({ to, from = '0.0.0.0', mac: sender = own, targetMac = '00:00:00:00:00:00', via = 'ff:ff:ff:ff:ff:ff' }) {
  const ethernet = [...mac(via), ...mac(sender), 0x08, 0x06];
  const arp = [0, 1, 0x08, 0, 6, 4, 0, 1, ...mac(sender), ...ipv4(from), ...mac(targetMac), ...ipv4(to)];
  return Buffer.from([...ethernet, ...arp]);
}

const swapped = ((ETH_P_ARP & 0xff) << 8) | (ETH_P_ARP >> 8);
const fd = check(socket(AF_PACKET, SOCK_RAW, swapped), 'socket');
// struct sockaddr_ll: family, protocol (network order), ifindex, then zeros.
const address = Buffer.alloc(20);
address.writeUInt16LE(AF_PACKET, 0);
address.writeUInt16BE(ETH_P_ARP, 2);
address.writeInt32LE(nameToIndex(link), 4);
check(bind(fd, address, address.length), `bind to ${link}`);
const room = Buffer.alloc(4);
room.writeInt32LE(8 << 20);
setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, room, 4);

const targets = new Set(questions.map(({ to }) => to));
const answered = new Set();
const answers = [];
const buffer = Buffer.alloc(2048);
const waiting = Buffer.alloc(8);
waiting.writeInt32LE(fd, 0);
waiting.writeInt16LE(1, 4);

const frames = questions.map(frame);
const started = performance.now();
for (const bytes of frames) check(send(fd, bytes, bytes.length, 0), 'send');
for (;;) {
  const left = waitMs - (performance.now() - started);
  if (left <= 0 || (enough && answered.size === targets.size)) break;
  poll(waiting, 1, Math.ceil(left));
  for (;;) {
    const length = recv(fd, buffer, buffer.length, MSG_DONTWAIT);
    if (length < 0) break;
    const ms = performance.now() - started;
    if (length < 42 || buffer.readUInt16BE(20) !== 2) continue;
    // The kernel answers by unicast; a broadcast reply announces, and may still be on its way from before.
    if (buffer.readUIntBE(0, 6) === 0xffffffffffff) continue;
    const sender = [...buffer.subarray(28, 32)].join('.');
    if (!targets.has(sender)) continue;
    answered.add(sender);
    answers.push({ address: sender, mac: buffer.subarray(22, 28).toString('hex').match(/../g).join(':'), ms });
  }
}
process.stdout.write(JSON.stringify(answers));
