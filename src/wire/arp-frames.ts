import { UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { BROADCAST_MAC, ZERO_MAC, type Mac } from '../net/mac.ts';
import type { Range } from '../net/range.ts';
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

/** The length of an encoded announcement. */
export const ANNOUNCEMENT_LENGTH = 42;
const SENDER_IP = ETHERNET_HEADER_LENGTH + 14;
const TARGET_IP = ETHERNET_HEADER_LENGTH + 24;

/**
 * Any number of announcements in little room: one of each form for every address, of which number n lies in slot `n % slots`. A slot is
 * always of the same form, so that only the addresses are written anew.
 */
export class AnnouncementRow {
  readonly #view: DataView;
  readonly #slots: number;
  readonly #forms: number;
  readonly #addresses: Iterator<number, undefined>;
  #address = 0;
  #written = 0;

  /** Room for a whole number of slots, and that a multiple of the forms. */
  constructor(room: Uint8Array, mac: Mac, forms: readonly ('request' | 'reply')[], ranges: readonly Range[]) {
    const templates = forms.map((form) => {
      return encodeArpFrame(form === 'request' ? announcementRequest(mac, UNSPECIFIED) : announcementReply(mac, UNSPECIFIED));
    });
    this.#view = new DataView(room.buffer, room.byteOffset, room.length);
    this.#slots = room.length / ANNOUNCEMENT_LENGTH;
    this.#forms = templates.length;
    if (this.#slots % this.#forms !== 0)
      throw new RangeError(`${room.length} bytes are no room for announcements in ${forms.length} forms`);
    this.#addresses = addressesIn(ranges);
    for (let slot = 0; slot < this.#slots; slot += this.#forms)
      for (const [i, template] of templates.entries()) room.set(template, (slot + i) * ANNOUNCEMENT_LENGTH);
  }

  /** Where the announcements from number `next` on lie: as many of `most` as are in one piece. The slots of those before are free again. */
  run(next: number, most: number): { readonly slot: number; readonly count: number } {
    const slot = next % this.#slots;
    const count = Math.min(most, this.#slots - slot);
    for (; this.#written < next + count; this.#written++) {
      if (this.#written % this.#forms === 0) this.#address = this.#addresses.next().value ?? 0;
      const frame = (this.#written % this.#slots) * ANNOUNCEMENT_LENGTH;
      this.#view.setUint32(frame + SENDER_IP, this.#address);
      this.#view.setUint32(frame + TARGET_IP, this.#address);
    }
    return { slot, count };
  }
}

/** Lazily: a range may be of millions. */
function* addressesIn(ranges: readonly Range[]): Generator<number, undefined> {
  for (const { first, last } of ranges) for (let address = first; address <= last; address++) yield address;
}
