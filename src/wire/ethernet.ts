import { macFromBytes, macToBytes, type Mac } from '../net/mac.ts';
import { decoded, undecoded, type Decoded } from './decoded.ts';

/** ETH_P_ARP and ETH_P_RARP. */
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_RARP = 0x8035;

export const ETHERNET_HEADER_LENGTH = 14;

/** An Ethernet II frame. Padding and the checksum are the driver's matter. */
export interface EthernetFrame {
  readonly destination: Mac;
  readonly source: Mac;
  readonly etherType: number;
  readonly payload: Uint8Array;
}

export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER_LENGTH + frame.payload.length);
  bytes.set(macToBytes(frame.destination), 0);
  bytes.set(macToBytes(frame.source), 6);
  bytes[12] = frame.etherType >>> 8;
  bytes[13] = frame.etherType;
  bytes.set(frame.payload, ETHERNET_HEADER_LENGTH);
  return bytes;
}

/** The payload is a view into `bytes`, with whatever padding the frame carries. */
export function decodeEthernet(bytes: Uint8Array): Decoded<EthernetFrame> {
  if (bytes.length < ETHERNET_HEADER_LENGTH) return undecoded('too-short');
  return decoded({
    destination: macFromBytes(bytes.subarray(0, 6)),
    source: macFromBytes(bytes.subarray(6, 12)),
    etherType: ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0),
    payload: bytes.subarray(ETHERNET_HEADER_LENGTH),
  });
}
