import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { ipv4FromNumber, type Ipv4 } from '../net/ipv4.ts';
import { AF_INET6, decodeConnection, requestConnections, SOCK_DIAG_BY_FAMILY } from '../wire/netlink/inet-diag.ts';
import { AF_INET } from '../wire/netlink/message.ts';
import { SystemError } from './libc.ts';
import { AnswersLost, NETLINK_SOCK_DIAG, NetlinkRefusal, NetlinkSocket } from './netlink-socket.ts';

/** An established TCP connection of this host over IPv4. */
export interface TcpConnection {
  readonly peer: Ipv4;
  readonly local: Ipv4;
  readonly port: number;
  /** Of its socket, in decimal. */
  readonly inode: string;
}

/** The established connections of the calling thread's network namespace; null where the kernel does not tell them (no tcp_diag). */
export function askForConnections(): TcpConnection[] | null {
  let socket: NetlinkSocket | undefined;
  try {
    const diag = (socket = new NetlinkSocket(NETLINK_SOCK_DIAG));
    const found: TcpConnection[] = [];
    for (const family of [AF_INET, AF_INET6] as const)
      diag.dump(
        'Read TCP connections',
        (writer, sequence) => requestConnections(writer, sequence, family),
        (view, message) => {
          const connection = message.type === SOCK_DIAG_BY_FAMILY ? decodeConnection(view, message) : undefined;
          if (connection === undefined) return;
          const { peer, local, port, inode } = connection;
          found.push({ peer: ipv4FromNumber(peer), local: ipv4FromNumber(local), port, inode: String(inode) });
        },
      );
    return found;
  } catch (error) {
    if (error instanceof NetlinkRefusal || error instanceof AnswersLost || error instanceof SystemError) return null;
    throw error;
  } finally {
    socket?.close();
  }
}

/** The same by the files tcp and tcp6 of a folder as /proc/net is: the kernel takes thirty times as long for them, most of it for empty places. */
export function readConnections(folder: string): TcpConnection[] {
  return ['tcp', 'tcp6'].flatMap((family) =>
    linesOf(`${folder}/${family}`)
      .slice(1)
      .map(parseSocket)
      .filter((connection) => connection !== undefined),
  );
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n');
  } catch {
    return [];
  }
}

/** TCP_ESTABLISHED. */
const ESTABLISHED = '01';

/** A line of /proc/net/tcp or tcp6: number, local, remote, state, queues, timers, retransmits, user, timeout, inode. */
function parseSocket(line: string): TcpConnection | undefined {
  const [, here = '', there = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
  if (state !== ESTABLISHED) return undefined;
  const local = parseEndpoint(here);
  const peer = parseEndpoint(there);
  return local === undefined || peer === undefined ? undefined : { peer: peer.address, local: local.address, port: local.port, inode };
}

/** `<address>:<port>` in hexadecimal: each 32 bits of the address in the machine's own order; ::ffff:0:0/96 holds IPv4. */
function parseEndpoint(text: string): { readonly address: Ipv4; readonly port: number } | undefined {
  const mapped = endianness() === 'LE' ? '0{16}FFFF0000' : '0{20}FFFF';
  const [, hex, port] = new RegExp(`^(?:${mapped})?([0-9A-F]{8}):([0-9A-F]{4})$`).exec(text) ?? [];
  if (hex === undefined || port === undefined) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  return { address: ipv4FromNumber(endianness() === 'LE' ? bytes.readUInt32LE() : bytes.readUInt32BE()), port: Number.parseInt(port, 16) };
}
