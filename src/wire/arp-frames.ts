import { UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { BROADCAST_MAC, ZERO_MAC, type Mac } from '../net/mac.ts';
import { encodeArpFrame, type ArpFrame } from './arp.ts';
import { ETHERNET_HEADER_LENGTH } from './ethernet.ts';

/** Who has `target`, tell `sender` (RFC 826). */
export function requestFrame(mac: Mac, sender: Ipv4, target: Ipv4): ArpFrame {
  return {
    destination: BROADCAST_MAC,
    source: mac,
    operation: 'request',
    senderMac: mac,
    senderIp: sender,
    targetMac: ZERO_MAC,
    targetIp: target,
  };
}

/** Asks for an address without claiming one: an ARP Probe (RFC 5227 section 2.1.1). */
export function probeFrame(mac: Mac, target: Ipv4): ArpFrame {
  return requestFrame(mac, UNSPECIFIED, target);
}

/** `address is at mac` as an ARP Announcement (RFC 5227 section 2.3): a request for the sender's own address. */
export function announcementRequest(mac: Mac, address: Ipv4): ArpFrame {
  return requestFrame(mac, address, address);
}

/** The same as a reply; Linux moves an entry at any age only if the target MAC is the sender's (arp_is_garp, KERNEL.md F57, F58). */
export function announcementReply(mac: Mac, address: Ipv4): ArpFrame {
  return {
    destination: BROADCAST_MAC,
    source: mac,
    operation: 'reply',
    senderMac: mac,
    senderIp: address,
    targetMac: mac,
    targetIp: address,
  };
}

/** The bytes of an announcement whose address `setAnnounced` puts in: thousands of addresses in one buffer. */
export function announcementTemplate(mac: Mac, form: 'request' | 'reply'): Uint8Array {
  return encodeArpFrame(form === 'request' ? announcementRequest(mac, UNSPECIFIED) : announcementReply(mac, UNSPECIFIED));
}

const SENDER_IP = ETHERNET_HEADER_LENGTH + 14;
const TARGET_IP = ETHERNET_HEADER_LENGTH + 24;

/** Writes the announced address, an unsigned 32-bit number, into an encoded announcement. */
export function setAnnounced(frame: Uint8Array, address: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  view.setUint32(SENDER_IP, address);
  view.setUint32(TARGET_IP, address);
}
