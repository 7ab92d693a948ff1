import { ipv4FromNumber, ipv4ToNumber, leadingAddress, parseIpv4, type Ipv4 } from './ipv4.ts';
import { parsed, unparsed, type Parsed } from './parsed.ts';
import type { Range } from './range.ts';

declare const brand: unique symbol;

/** A network `a.b.c.d/len` without host bits, in canonical text. Minted by `parsePrefix` and `prefixFrom`. */
export type Prefix = string & { readonly [brand]: 'Prefix' };

/** An address with the length of its network, as interfaces carry it: `192.168.0.1/24`. Minted by `parseInterfaceAddress`. */
export type InterfaceAddress = string & { readonly [brand]: 'InterfaceAddress' };

interface Split {
  readonly address: Ipv4;
  readonly length: number;
}

/** The netmask of a prefix length, as an unsigned 32-bit number. */
export function netmask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** The prefix length that a dotted netmask such as 255.255.255.0 stands for. */
function lengthOfNetmask(text: string): number | undefined {
  const mask = parseIpv4(text);
  if (!mask.ok) return undefined;
  const number = ipv4ToNumber(mask.value);
  for (let length = 0; length <= 32; length++) if (netmask(length) === number) return length;
  return undefined;
}

function parseSlashed(text: string, example: string): Parsed<Split> {
  const slash = text.indexOf('/');
  if (slash < 0) {
    const bare = parseIpv4(text);
    if (!bare.ok) return bare;
    return unparsed('missing-prefix-length', `"${text}" lacks a prefix length`, `${text}/${example}`);
  }
  const address = parseIpv4(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!address.ok) {
    return address.instead === undefined ? address : unparsed(address.code, address.problem, `${address.instead}/${digits}`);
  }
  if (!/^\d{1,4}$/.test(digits) || Number(digits) > 32) {
    const length = lengthOfNetmask(digits);
    return unparsed(
      'bad-prefix-length',
      `"${text}" has no prefix length from 0 to 32 behind the slash`,
      length === undefined ? undefined : `${address.value}/${length}`,
    );
  }
  const length = Number(digits);
  if (String(length) !== digits) return unparsed('leading-zeros', `"${text}" has leading zeros`, `${address.value}/${length}`);
  return parsed({ address: address.value, length });
}

/** Parses `a.b.c.d/len`; host bits set are a problem, with the network to write instead. */
export function parsePrefix(text: string): Parsed<Prefix> {
  const split = parseSlashed(text, '32');
  if (!split.ok) return split;
  const { address, length } = split.value;
  const number = ipv4ToNumber(address);
  const network = (number & netmask(length)) >>> 0;
  if (network !== number) {
    return unparsed('host-bits-set', `"${text}" has host bits set`, `${ipv4FromNumber(network)}/${length}`);
  }
  return parsed(text as Prefix);
}

/** Parses a prefix, or a bare address that then means itself alone (/32). */
export function parsePrefixOrAddress(text: string): Parsed<Prefix> {
  if (text.includes('/')) return parsePrefix(text);
  const address = parseIpv4(text);
  return address.ok ? parsed(hostPrefix(address.value)) : address;
}

/** Parses `address/len`; the length is obligatory, host bits are what it is for. */
export function parseInterfaceAddress(text: string): Parsed<InterfaceAddress> {
  const split = parseSlashed(text, '24');
  return split.ok ? parsed(text as InterfaceAddress) : split;
}

/** The network of `length` bits around an address given as a number. */
export function prefixFrom(address: number, length: number): Prefix {
  return `${ipv4FromNumber(address & netmask(length))}/${length}` as Prefix;
}

/** `address/32`. */
export function hostPrefix(address: Ipv4): Prefix {
  return `${address}/32` as Prefix;
}

/** 0.0.0.0/0. */
export const DEFAULT_PREFIX = '0.0.0.0/0' as Prefix;

/** An address with a length, without asking whether host bits are set. */
export function interfaceAddress(address: Ipv4, length: number): InterfaceAddress {
  return `${address}/${length}` as InterfaceAddress;
}

export function addressOf(prefix: Prefix | InterfaceAddress): Ipv4 {
  return prefix.slice(0, prefix.indexOf('/')) as Ipv4;
}

/** The address of a prefix, as an unsigned 32-bit number. */
export function numberOf(prefix: Prefix | InterfaceAddress): number {
  return leadingAddress(prefix);
}

export function lengthOf(prefix: Prefix | InterfaceAddress): number {
  const last = prefix.charCodeAt(prefix.length - 1) - 0x30;
  const before = prefix.charCodeAt(prefix.length - 2);
  return before === 0x2f ? last : (before - 0x30) * 10 + last;
}

/** The network that an interface's address puts on its wire. */
export function networkOf(address: InterfaceAddress): Prefix {
  return prefixFrom(numberOf(address), lengthOf(address));
}

/** A prefix of one address without its length. */
export function prefixWords(prefix: Prefix): string {
  return prefix.endsWith('/32') ? addressOf(prefix) : prefix;
}

/** First and last address of a prefix, as numbers. */
export function rangeOf(prefix: Prefix): Range {
  const first = numberOf(prefix);
  return { first, last: first + 2 ** (32 - lengthOf(prefix)) - 1 };
}

export function contains(prefix: Prefix, address: Ipv4): boolean {
  const { first, last } = rangeOf(prefix);
  const number = ipv4ToNumber(address);
  return first <= number && number <= last;
}
