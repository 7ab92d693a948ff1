import { AF_INET, forEachAttribute, ipv4At, u32At, type Message, type MessageWriter } from './message.ts';

export const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
/** struct ifaddrmsg. */
const IFADDRMSG = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_FLAGS = 8;
const IFA_F_SECONDARY = 0x01;

/** An IPv4 address of an interface as RTM_NEWADDR tells of it; addresses are numbers in host order. */
export interface AddressMessage {
  readonly index: number;
  readonly local: number;
  readonly length: number;
  /** RT_SCOPE_*. */
  readonly scope: number;
  readonly secondary: boolean;
  /** The other end, where it is not the address itself. */
  readonly peer: number | undefined;
}

/** Asks for the IPv4 addresses of all links. */
export function requestAddresses(writer: MessageWriter, sequence: number): void {
  writer.beginList(RTM_GETADDR, sequence);
  writeInfo(writer, 0, 0, 0);
  writer.end();
}

/** Adds an address (EEXIST where the interface has it) or deletes it, as `ip addr` does. */
export function writeAddress(
  writer: MessageWriter,
  sequence: number,
  verb: 'add' | 'delete',
  { index, local, length, scope }: Pick<AddressMessage, 'index' | 'local' | 'length' | 'scope'>,
): void {
  writer.beginEntry(verb, { add: RTM_NEWADDR, delete: RTM_DELADDR }, sequence);
  writeInfo(writer, length, verb === 'add' ? scope : 0, index);
  writer.attributeIpv4(IFA_LOCAL, local);
  writer.attributeIpv4(IFA_ADDRESS, local);
  writer.end();
}

function writeInfo(writer: MessageWriter, length: number, scope: number, index: number): void {
  writer.u8(AF_INET);
  writer.u8(length);
  writer.u8(0);
  writer.u8(scope);
  writer.u32(index);
}

export function decodeAddress(view: DataView, { from, to }: Message): AddressMessage | undefined {
  if (to - from < IFADDRMSG || view.getUint8(from) !== AF_INET) return undefined;
  let local: number | undefined;
  let other: number | undefined;
  let flags = view.getUint8(from + 2);
  forEachAttribute(view, from + IFADDRMSG, to, (type, start, end) => {
    if (type === IFA_LOCAL) local = ipv4At(view, start, end);
    else if (type === IFA_ADDRESS) other = ipv4At(view, start, end);
    else if (type === IFA_FLAGS) flags = u32At(view, start, end);
  });
  const address = local ?? other;
  if (address === undefined) return undefined;
  return {
    index: view.getUint32(from + 4, true),
    local: address,
    length: view.getUint8(from + 1),
    scope: view.getUint8(from + 3),
    secondary: (flags & IFA_F_SECONDARY) !== 0,
    peer: other === address ? undefined : other,
  };
}
