import type { LinkName } from '../net/link-name.ts';
import { parseLinkName } from '../net/link-name.ts';
import { parsePrefixOrAddress, rangeOf, type InterfaceAddress, type Prefix } from '../net/prefix.ts';
import { rangeSize } from '../net/range.ts';
import { DEFAULTS, readCommon } from './common-keys.ts';
import { readRoutes } from './custom-route.ts';
import { readSysctls } from './custom-sysctl.ts';
import { MOST_PROXIES } from './limits.ts';
import { spotOf, type Report } from './problem.ts';
import type { Custom } from './profile.ts';
import { checkUnicast, take, takeInterface, takeOwnAddress } from './read-value.ts';
import type { Raw } from './schema.ts';

type RawPiece = { readonly address: string; readonly interface: string };

/** Reads a custom profile; mistakes go to the report. */
export function readCustom(raw: Raw<'custom'>, stem: string, report: Report): Custom {
  const common = readCommon(raw, DEFAULTS.custom, stem, report);
  return {
    kind: 'custom',
    ...common,
    sysctl: readSysctls(raw.sysctl ?? {}, report),
    addresses: readAddresses(raw.addresses ?? [], report),
    routes: readRoutes(raw.routes ?? [], report),
    proxies: readPrefixes(raw.proxies ?? [], 'proxies', report),
    announceAddresses: readPrefixes(raw.announce_addresses ?? [], 'announce_addresses', report),
  };
}

function readAddresses(pieces: readonly RawPiece[], report: Report): Custom['addresses'] {
  const read: { readonly address: InterfaceAddress; readonly interface: LinkName }[] = [];
  const seen = new Map<string, number>();
  pieces.forEach((piece, i) => {
    const address = takeOwnAddress(report, ['addresses', i, 'address'], piece.address);
    const link = take(report, ['addresses', i, 'interface'], parseLinkName(piece.interface));
    if (address === undefined || link === undefined) return;
    const first = seen.get(`${address} ${link}`);
    if (first === undefined) {
      seen.set(`${address} ${link}`, i);
      read.push({ address, interface: link });
    } else {
      const elsewhere = spotOf(report, ['addresses', first, 'address']);
      const message = (line: string): string => `${address} stands for ${link} on ${line} already`;
      report.at(['addresses', i, 'address'], 'duplicate-address', message, { elsewhere });
    }
  });
  return read;
}

function readPrefixes(pieces: readonly RawPiece[], key: 'proxies' | 'announce_addresses', report: Report): Custom['proxies'] {
  const read: { readonly addresses: Prefix; readonly interface: LinkName }[] = [];
  const sums = new Map<LinkName, number>();
  pieces.forEach((piece, i) => {
    const path = [key, i, 'address'];
    const addresses = take(report, path, parsePrefixOrAddress(piece.address));
    const link = takeInterface(report, [key, i, 'interface'], piece.interface);
    if (addresses === undefined || link === undefined || !checkUnicast(report, path, rangeOf(addresses), piece.address)) return;
    const before = sums.get(link) ?? 0;
    const sum = before + rangeSize(rangeOf(addresses));
    sums.set(link, sum);
    if (sum > MOST_PROXIES && before <= MOST_PROXIES) {
      const message = `With ${piece.address}, "${key}" names ${sum} addresses for ${link}, and at most ${MOST_PROXIES} are allowed`;
      report.at(path, key === 'proxies' ? 'too-many-proxies' : 'too-many-addresses', message);
    }
    read.push({ addresses, interface: link });
  });
  return read;
}
