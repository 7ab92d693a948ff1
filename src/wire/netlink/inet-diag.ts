import { AF_INET, type Message, type MessageWriter } from './message.ts';

/** The type of the question and of each of its answers. */
export const SOCK_DIAG_BY_FAMILY = 20;
export const AF_INET6 = 10;
const IPPROTO_TCP = 6;
/** TCPF_ESTABLISHED. */
const ESTABLISHED = 1 << 1;
/** struct inet_diag_sockid. */
const SOCKID = 48;
/** struct inet_diag_msg: family, state, timer, retransmits; the socket's id; expires, rqueue, wqueue, uid, inode. */
const INET_DIAG_MSG = 4 + SOCKID + 20;
/** ::ffff:0:0/96 (RFC 4291, section 2.5.5.2), which holds IPv4 addresses. */
const MAPPED = [0, 0, 0xffff] as const;

/** One end of a TCP connection over IPv4, the other end's address, and its socket; addresses are numbers in host order. */
export interface ConnectionMessage {
  readonly local: number;
  readonly port: number;
  readonly peer: number;
  readonly inode: number;
}

/** Asks for the established TCP connections of a family (struct inet_diag_req_v2; net/ipv4/inet_diag.c). */
export function requestConnections(writer: MessageWriter, sequence: number, family: typeof AF_INET | typeof AF_INET6): void {
  writer.beginList(SOCK_DIAG_BY_FAMILY, sequence);
  writer.u8(family);
  writer.u8(IPPROTO_TCP);
  writer.u16(0);
  writer.u32(ESTABLISHED);
  for (let word = 0; word < SOCKID / 4; word++) writer.u32(0);
  writer.end();
}

/** Undefined where the connection is not over IPv4. */
export function decodeConnection(view: DataView, { from, to }: Message): ConnectionMessage | undefined {
  if (to - from < INET_DIAG_MSG) return undefined;
  const family = view.getUint8(from);
  const local = addressAt(view, from + 8, family);
  const peer = addressAt(view, from + 24, family);
  if (local === undefined || peer === undefined) return undefined;
  return { local, peer, port: view.getUint16(from + 4), inode: view.getUint32(from + INET_DIAG_MSG - 4, true) };
}

function addressAt(view: DataView, at: number, family: number): number | undefined {
  if (family === AF_INET) return view.getUint32(at);
  const isMapped = family === AF_INET6 && MAPPED.every((word, i) => view.getUint32(at + 4 * i) === word);
  return isMapped ? view.getUint32(at + 12) : undefined;
}
