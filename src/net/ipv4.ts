import { parsed, unparsed, type Parsed } from './parsed.ts';

declare const brand: unique symbol;

/** An IPv4 address in canonical dotted-quad text, so that equal addresses are equal strings. Minted by `parseIpv4` and `ipv4FromNumber`. */
export type Ipv4 = string & { readonly [brand]: 'Ipv4' };

const DOTTED_QUAD = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/;

/** Parses strictly: four decimal octets without leading zeros (inet_aton would read `010` as octal 8). */
export function parseIpv4(text: string): Parsed<Ipv4> {
  if (isDottedQuad(text)) return parsed(text as Ipv4);
  const octets = DOTTED_QUAD.exec(text);
  if (octets === null) return unparsed('bad-address', `"${text}" is not an IPv4 address`, completed(text));
  const numbers = octets.slice(1).map(Number);
  if (numbers.some((octet) => octet > 255)) {
    return unparsed('bad-address', `"${text}" is not an IPv4 address: each number is at most 255`);
  }
  return unparsed('leading-zeros', `"${text}" has leading zeros, which some programs read as octal`, numbers.join('.'));
}

/** Whether the text is canonical: without a regular expression, as profiles may list a hundred thousand addresses. */
function isDottedQuad(text: string): boolean {
  let dots = 0;
  let octet = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (octet < 0) return false;
      dots++;
      octet = -1;
    } else if (code < 0x30 || code > 0x39 || octet === 0) {
      return false;
    } else {
      octet = (octet < 0 ? 0 : octet * 10) + code - 0x30;
      if (octet > 255) return false;
    }
  }
  return dots === 3 && octet >= 0;
}

function completed(text: string): string | undefined {
  const short = /^\d{1,3}(\.\d{1,3}){0,2}$/.exec(text);
  if (short === null) return undefined;
  const octets = text.split('.').map(Number);
  if (octets.length < 2 || octets.some((octet) => octet > 255)) return undefined;
  const last = octets.pop() ?? 0;
  while (octets.length < 3) octets.push(0);
  return [...octets, last].join('.');
}

/** The address as an unsigned 32-bit number in host order. */
export function ipv4ToNumber(address: Ipv4): number {
  return leadingAddress(address);
}

/** The number of the address that a text begins with, up to a slash: nothing is cut out of the texts of a hundred thousand prefixes. */
export function leadingAddress(text: string): number {
  let value = 0;
  let octet = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2f) break;
    if (code === 0x2e) {
      value = value * 256 + octet;
      octet = 0;
    } else {
      octet = octet * 10 + code - 0x30;
    }
  }
  return value * 256 + octet;
}

/** The inverse of `ipv4ToNumber`; only the low 32 bits count. */
export function ipv4FromNumber(value: number): Ipv4 {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as Ipv4;
}

/** 0.0.0.0: the sender of an RFC 5227 probe. */
export const UNSPECIFIED = '0.0.0.0' as Ipv4;
