/** Why bytes are no ARP packet over Ethernet and IPv4. */
export type Undecodable = 'too-short' | 'not-arp' | 'hardware-type' | 'protocol-type' | 'address-lengths' | 'operation';

/** What a decoder answers; decoders never throw on bytes. */
export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: Undecodable };

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value };
}

export function undecoded(reason: Undecodable): Decoded<never> {
  return { ok: false, reason };
}
