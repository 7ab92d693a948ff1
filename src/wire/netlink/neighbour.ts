import { AF_INET, forEachAttribute, bytesAt, ipv4At, type Message, type MessageWriter } from './message.ts';

export const RTM_NEWNEIGH = 28;
const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;
/** struct ndmsg. */
const NDMSG = 12;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_PROTOCOL = 12;
const NTF_PROXY = 0x08;
/** States in which an entry is somebody's will. */
export const [NUD_NOARP, NUD_PERMANENT] = [0x40, 0x80];

/** An entry of the ARP table, or a proxy neighbour, as RTM_NEWNEIGH tells of it; the address is a number in host order. */
export interface NeighbourMessage {
  /** 0: a proxy neighbour of no interface. */
  readonly index: number;
  readonly address: number;
  /** NUD_*, as bits. */
  readonly state: number;
  readonly proxy: boolean;
  readonly lladdr: Uint8Array | undefined;
  readonly protocol: number | undefined;
}

/** Asks for the ARP table. */
export function requestNeighbours(writer: MessageWriter, sequence: number): void {
  writer.beginList(RTM_GETNEIGH, sequence);
  writeInfo(writer, 0, 0, 0);
  writer.end();
}

/** Asks for all proxy neighbours. */
export function requestProxies(writer: MessageWriter, sequence: number): void {
  writer.beginList(RTM_GETNEIGH, sequence);
  writeInfo(writer, 0, 0, NTF_PROXY);
  writer.end();
}

/** Adds a proxy neighbour, which the kernel does also where it is there already (KERNEL.md F74), or deletes it. */
export function writeProxy(
  writer: MessageWriter,
  sequence: number,
  verb: 'add' | 'delete',
  { index, address, protocol }: { readonly index: number; readonly address: number; readonly protocol: number | null },
): void {
  writer.beginEntry(verb, { add: RTM_NEWNEIGH, delete: RTM_DELNEIGH }, sequence);
  // Permanent, so that it outlives a loss of carrier (KERNEL.md F52).
  writeInfo(writer, index, verb === 'add' ? NUD_PERMANENT : 0, NTF_PROXY);
  writer.attributeIpv4(NDA_DST, address);
  if (verb === 'add' && protocol !== null) writer.attributeU8(NDA_PROTOCOL, protocol);
  writer.end();
}

/** Drops an entry of the ARP table. */
export function deleteNeighbour(writer: MessageWriter, sequence: number, index: number, address: number): void {
  writer.begin(RTM_DELNEIGH, sequence);
  writeInfo(writer, index, 0, 0);
  writer.attributeIpv4(NDA_DST, address);
  writer.end();
}

function writeInfo(writer: MessageWriter, index: number, state: number, flags: number): void {
  writer.u32(AF_INET);
  writer.u32(index);
  writer.u16(state);
  writer.u8(flags);
  writer.u8(0);
}

export function decodeNeighbour(view: DataView, { from, to }: Message): NeighbourMessage | undefined {
  if (to - from < NDMSG || view.getUint8(from) !== AF_INET) return undefined;
  let address: number | undefined;
  let lladdr: Uint8Array | undefined;
  let protocol: number | undefined;
  forEachAttribute(view, from + NDMSG, to, (type, start, end) => {
    if (type === NDA_DST) address = ipv4At(view, start, end);
    else if (type === NDA_LLADDR) lladdr = bytesAt(view, start, end);
    else if (type === NDA_PROTOCOL && end > start) protocol = view.getUint8(start);
  });
  if (address === undefined) return undefined;
  return {
    index: view.getInt32(from + 4, true),
    address,
    state: view.getUint16(from + 8, true),
    proxy: (view.getUint8(from + 10) & NTF_PROXY) !== 0,
    lladdr,
    protocol,
  };
}
