// Raw ARP frames on one interface, for tests: bytes laid out by hand after RFC 826, so that nothing of parp vouches for parp.
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const nameToIndex = libc.func('unsigned int if_nametoindex(const char *name)');
const bind = libc.func('int bind(int fd, const void *address, unsigned int length)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)');
export const send = libc.func('intptr_t send(int fd, const void *buffer, size_t length, int flags)');
export const recv = libc.func('intptr_t recv(int fd, void *buffer, size_t length, int flags)');
export const poll = libc.func('int poll(void *fds, unsigned long count, int timeout)');

const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETH_P_ARP = 0x0806;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
export const MSG_DONTWAIT = 0x40;
export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

const macBytes = (text) => text.split(':').map((pair) => Number.parseInt(pair, 16));
export const macText = (bytes) => bytes.toString('hex').match(/../g).join(':');
const ipv4 = (text) => text.split('.').map(Number);

export function check(result, doing) {
  if (result < 0) throw new Error(`${doing}: errno ${koffi.errno()}`);
  return result;
}

/** A request, `via` being the MAC that the frame is sent to. */
export function frame({ from, to, mac, targetMac, via }) {
  const ethernet = [...macBytes(via), ...macBytes(mac), 0x08, 0x06];
  return Buffer.from([...ethernet, 0, 1, 0x08, 0, 6, 4, 0, 1, ...macBytes(mac), ...ipv4(from), ...macBytes(targetMac), ...ipv4(to)]);
}

/** A socket that hears and sends ARP on a link. */
export function open(link) {
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
