import { parseDuration, type Milliseconds } from '../net/duration.ts';
import { ipv4ToNumber } from '../net/ipv4.ts';
import { LOOPBACK, parseLinkName, type LinkName } from '../net/link-name.ts';
import type { Parsed } from '../net/parsed.ts';
import { addressOf, lengthOf, networkOf, parseInterfaceAddress, rangeOf, type InterfaceAddress } from '../net/prefix.ts';
import type { Range } from '../net/range.ts';
import type { Path, Report } from './problem.ts';

/** The value of a parsed text; where there is none, the mistake is reported at the path. */
export function take<T>(report: Report, path: Path, result: Parsed<T>): T | undefined {
  if (result.ok) return result.value;
  report.at(path, result.code, result.problem, { instead: result.instead });
  return undefined;
}

/** An interface with neighbours: the loopback has none. */
export function takeInterface(report: Report, path: Path, text: string): LinkName | undefined {
  const name = take(report, path, parseLinkName(text));
  if (name !== LOOPBACK) return name;
  report.at(path, 'loopback', '"lo" has no neighbours that could ask');
  return undefined;
}

/** A duration of at most `most`. */
export function takeDuration(report: Report, path: Path, text: string, most: Milliseconds): Milliseconds | undefined {
  const duration = take(report, path, parseDuration(text));
  if (duration === undefined || duration <= most) return duration;
  report.at(path, 'out-of-range', `"${text}" is longer than ${most / 3_600_000}h`);
  return undefined;
}

/** Own addresses of one interface; the same one twice is a mistake, the network's own or its broadcast address is worth a warning. */
export function takeOwnAddresses(report: Report, path: Path, texts: readonly string[]): InterfaceAddress[] {
  const addresses = new Set<InterfaceAddress>();
  texts.forEach((text, i) => {
    const address = takeOwnAddress(report, [...path, i], text);
    if (address === undefined) return;
    if (addresses.has(address)) report.at([...path, i], 'duplicate-address', `${address} stands here twice`);
    addresses.add(address);
  });
  return [...addresses];
}

export function takeOwnAddress(report: Report, path: Path, text: string): InterfaceAddress | undefined {
  const address = take(report, path, parseInterfaceAddress(text));
  if (address === undefined) return undefined;
  const number = ipv4ToNumber(addressOf(address));
  if (!checkUnicast(report, path, { first: number, last: number }, text)) return undefined;
  const { first, last } = rangeOf(networkOf(address));
  if (lengthOf(address) <= 30 && number === first)
    report.at(path, 'network-address', `${address} is the address of the network itself, not of an interface`, { severity: 'warning' });
  if (lengthOf(address) <= 30 && number === last)
    report.at(path, 'broadcast-address', `${address} is the broadcast address of its network`, { severity: 'warning' });
  return address;
}

/** Whether at least part of a range can be owned by hosts: arp_process drops requests for 0.0.0.0, 127/8, multicast and 255.255.255.255. */
export function isUnicast({ first, last }: Range): boolean {
  const loopback = first >= 0x7f000000 && last <= 0x7fffffff;
  const multicast = first >= 0xe0000000 && last <= 0xefffffff;
  return last > 0 && first < 0xffffffff && !loopback && !multicast;
}

export function checkUnicast(report: Report, path: Path, range: Range, text: string): boolean {
  if (isUnicast(range)) return true;
  report.at(path, 'not-unicast', notUnicast(text));
  return false;
}

export function notUnicast(text: string): string {
  return `"${text}" cannot be the address of a host: it is unspecified, loopback, multicast or broadcast`;
}
