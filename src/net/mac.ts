import { parsed, unparsed, type Parsed } from './parsed.ts';

declare const brand: unique symbol;

/** A 48-bit Ethernet address in lower-case text with colons. Minted by `parseMac` and `macFromBytes`. */
export type Mac = string & { readonly [brand]: 'Mac' };

/** Parses six pairs of hexadecimal digits behind colons or dashes, in either case. */
export function parseMac(text: string): Parsed<Mac> {
  if (!/^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(text))
    return unparsed('bad-mac', `"${text}" is not a MAC address`, '02:00:00:00:00:01');
  return parsed(text.toLowerCase().replaceAll('-', ':') as Mac);
}

/** Six bytes as text; throws `RangeError` for any other number. */
export function macFromBytes(bytes: Uint8Array): Mac {
  if (bytes.length !== 6) throw new RangeError(`A MAC address has 6 bytes, not ${bytes.length}`);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':') as Mac;
}

export function macToBytes(mac: Mac): Uint8Array {
  return Uint8Array.from(mac.split(':'), (pair) => Number.parseInt(pair, 16));
}

export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff' as Mac;
export const ZERO_MAC = '00:00:00:00:00:00' as Mac;

/** Whether frames for the MAC are for more than one station (is_multicast_ether_addr): multicast, or broadcast. */
export function isGroupMac(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(1, 2), 16) & 1) === 1;
}
