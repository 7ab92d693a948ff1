// Adds or deletes proxy neighbours that have no interface, which ip(8) cannot name (KERNEL.md F74): `node proxy-of-all.mjs add|delete ADDRESS…`.
// They outlive their namespace (F56), so that whoever adds them deletes them.
import koffi from 'koffi';

const [verb, ...addresses] = process.argv.slice(2);
const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const send = libc.func('intptr_t send(int fd, const void *buffer, size_t length, int flags)');
const recv = libc.func('intptr_t recv(int fd, void *buffer, size_t length, int flags)');

const AF_NETLINK = 16;
const AF_INET = 2;
const SOCK_RAW = 3;
const [RTM_NEWNEIGH, RTM_DELNEIGH] = [28, 29];
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_CREATE = 0x400;
const NUD_PERMANENT = 0x80;
const NTF_PROXY = 8;
const NDA_DST = 1;

const fd = socket(AF_NETLINK, SOCK_RAW, 0);
for (const address of addresses) {
  // struct nlmsghdr, struct ndmsg with interface 0, one attribute.
  const message = Buffer.alloc(16 + 12 + 8);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(verb === 'add' ? RTM_NEWNEIGH : RTM_DELNEIGH, 4);
  message.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK | (verb === 'add' ? NLM_F_CREATE : 0), 6);
  message.writeUInt8(AF_INET, 16);
  message.writeUInt16LE(NUD_PERMANENT, 24);
  message.writeUInt8(NTF_PROXY, 26);
  message.writeUInt16LE(8, 28);
  message.writeUInt16LE(NDA_DST, 30);
  message.set(address.split('.').map(Number), 32);
  if (send(fd, message, message.length, 0) < 0) throw new Error(`${verb} ${address}: errno ${koffi.errno()}`);
  const answer = Buffer.alloc(256);
  recv(fd, answer, answer.length, 0);
  const errno = -answer.readInt32LE(16);
  if (errno !== 0) throw new Error(`${verb} ${address}: errno ${errno}`);
}
