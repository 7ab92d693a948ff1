import { ipv4FromNumber, ipv4ToNumber, type Ipv4 } from '../net/ipv4.ts';
import { macFromBytes, macToBytes, type Mac } from '../net/mac.ts';
import { decoded, undecoded, type Decoded } from './decoded.ts';
import { decodeEthernet, encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_RARP } from './ethernet.ts';

/** ar$op: 1 and 2 of RFC 826, 3 and 4 of RFC 903. */
const OPERATIONS = ['request', 'reply', 'rarp-request', 'rarp-reply'] as const;
export type ArpOperation = (typeof OPERATIONS)[number];

/** An ARP or RARP packet for Ethernet and IPv4: ar$sha, ar$spa, ar$tha and ar$tpa of RFC 826. */
export interface ArpPacket {
  readonly operation: ArpOperation;
  readonly senderMac: Mac;
  readonly senderIp: Ipv4;
  readonly targetMac: Mac;
  readonly targetIp: Ipv4;
}

/** An ARP packet and the Ethernet addresses of its frame, which may differ from those inside. */
export interface ArpFrame extends ArpPacket {
  readonly destination: Mac;
  readonly source: Mac;
}

const ARP_LENGTH = 28;
const ARPHRD_ETHER = 1;
/** RFC 1042; Linux takes it for Ethernet (arp_process), so an owner may speak so. It is never written here. */
const ARPHRD_IEEE802 = 6;
const ETH_P_IP = 0x0800;

export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ARPHRD_ETHER);
  view.setUint16(2, ETH_P_IP);
  view.setUint8(4, 6);
  view.setUint8(5, 4);
  view.setUint16(6, OPERATIONS.indexOf(packet.operation) + 1);
  bytes.set(macToBytes(packet.senderMac), 8);
  view.setUint32(14, ipv4ToNumber(packet.senderIp));
  bytes.set(macToBytes(packet.targetMac), 18);
  view.setUint32(24, ipv4ToNumber(packet.targetIp));
  return bytes;
}

/** Bytes behind the packet are padding and ignored. */
export function decodeArp(bytes: Uint8Array): Decoded<ArpPacket> {
  if (bytes.length < 8) return undecoded('too-short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const hardware = view.getUint16(0);
  if (hardware !== ARPHRD_ETHER && hardware !== ARPHRD_IEEE802) return undecoded('hardware-type');
  if (view.getUint16(2) !== ETH_P_IP) return undecoded('protocol-type');
  if (view.getUint8(4) !== 6 || view.getUint8(5) !== 4) return undecoded('address-lengths');
  const operation = OPERATIONS[view.getUint16(6) - 1];
  if (operation === undefined) return undecoded('operation');
  if (bytes.length < ARP_LENGTH) return undecoded('too-short');
  return decoded({
    operation,
    senderMac: macFromBytes(bytes.subarray(8, 14)),
    senderIp: ipv4FromNumber(view.getUint32(14)),
    targetMac: macFromBytes(bytes.subarray(18, 24)),
    targetIp: ipv4FromNumber(view.getUint32(24)),
  });
}

/** 42 bytes, as the kernel's own arp_create makes them. */
export function encodeArpFrame(frame: ArpFrame): Uint8Array {
  return encodeEthernet({
    destination: frame.destination,
    source: frame.source,
    etherType: etherTypeOf(frame.operation),
    payload: encodeArp(frame),
  });
}

/** A frame of RARP's EtherType must carry one of its operations, and one of ARP's one of ARP's. */
export function decodeArpFrame(bytes: Uint8Array): Decoded<ArpFrame> {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet.ok) return ethernet;
  const { destination, source, etherType, payload } = ethernet.value;
  if (etherType !== ETHERTYPE_ARP && etherType !== ETHERTYPE_RARP) return undecoded('not-arp');
  const packet = decodeArp(payload);
  if (!packet.ok) return packet;
  if (etherTypeOf(packet.value.operation) !== etherType) return undecoded('operation');
  return decoded({ destination, source, ...packet.value });
}

function etherTypeOf(operation: ArpOperation): number {
  switch (operation) {
    case 'request':
    case 'reply':
      return ETHERTYPE_ARP;
    case 'rarp-request':
    case 'rarp-reply':
      return ETHERTYPE_RARP;
  }
}
