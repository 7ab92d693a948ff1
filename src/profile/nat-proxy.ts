import { grouped } from '../net/count-words.ts';
import { parseIpv4, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK } from '../net/link-name.ts';
import { lengthOf, parsePrefix, parsePrefixOrAddress, rangeOf, type Prefix } from '../net/prefix.ts';
import { DEFAULTS, readCommon } from './common-keys.ts';
import { reportNatOverlaps } from './nat-overlap.ts';
import { spotOf, type Path, type Report } from './problem.ts';
import type { NatMapping, NatProxy } from './profile.ts';
import { checkUnicast, take, takeInterface } from './read-value.ts';
import type { Raw } from './schema.ts';

type RawMapping = Raw<'nat-proxy'>['nat'][number];

/** Reads a NAT proxy; mistakes go to the report. */
export function readNatProxy(raw: Raw<'nat-proxy'>, stem: string, report: Report): NatProxy {
  const common = readCommon(raw, DEFAULTS['nat-proxy'], stem, report);
  const outside = takeInterface(report, ['outside'], raw.outside) ?? LOOPBACK;
  const inside = takeInterface(report, ['inside'], raw.inside) ?? LOOPBACK;
  if (outside === inside && outside !== LOOPBACK) {
    report.at(['inside'], 'same-interface-twice', (line) => `${inside} is the outside on ${line} already`, {
      elsewhere: spotOf(report, ['outside']),
    });
  }
  const mappings = raw.nat.map((mapping, i) => readMapping(mapping, ['nat', i], report));
  reportNatOverlaps(mappings, report);
  const nat = mappings.filter((mapping) => mapping !== undefined);
  return { kind: 'nat-proxy', ...common, outside, inside, nat, manageNat: raw.manage_nat ?? true };
}

/** The keys that tell what a mapping is; the first that is there decides. */
const FORMS = { private: 'one to one', source: 'outgoing', port: 'a forwarded port' } as const;
const PORT_KEYS = ['protocol', 'port', 'to'] as const;

function readMapping(raw: RawMapping, path: Path, report: Report): NatMapping | undefined {
  const portKey = PORT_KEYS.find((key) => raw[key] !== undefined);
  const given = [
    ...(raw.private === undefined ? [] : [{ form: 'private', key: 'private' } as const]),
    ...(raw.source === undefined ? [] : [{ form: 'source', key: 'source' } as const]),
    ...(portKey === undefined ? [] : [{ form: 'port', key: portKey } as const]),
  ];
  const [one, other] = given;
  if (one === undefined) {
    const message = 'The mapping leads nowhere: it needs "private", or "source", or "protocol", "port" and "to"';
    report.lacks(path, ['private', 'source', ...PORT_KEYS], message, 'nat-incomplete');
    return undefined;
  }
  if (other !== undefined) {
    const message = `The mapping is ${FORMS[one.form]} by "${one.key}" and ${FORMS[other.form]} by "${other.key}": make it two`;
    report.at([...path, other.key], 'nat-ambiguous', message, { part: 'key' });
    return undefined;
  }
  switch (one.form) {
    case 'private':
      return readPair(raw.public, raw.private ?? '', path, report);
    case 'source':
      return readSource(raw.public, raw.source ?? '', path, report);
    case 'port':
      return readPort(raw, path, report);
  }
}

function readPair(publicText: string, privateText: string, path: Path, report: Report): NatMapping | undefined {
  const outer = takePrefix(report, [...path, 'public'], publicText);
  const inner = takePrefix(report, [...path, 'private'], privateText);
  if (outer === undefined || inner === undefined) return undefined;
  if (lengthOf(outer) !== lengthOf(inner)) {
    const message = `${publicText} has ${count(outer)}, but ${privateText} has ${count(inner)}: both need the same prefix length`;
    report.at([...path, 'private'], 'nat-length-mismatch', message, { elsewhere: spotOf(report, [...path, 'public']) });
    return undefined;
  }
  if (lengthOf(outer) < 32) return { map: 'prefix', public: outer, private: inner };
  const [publicAddress, privateAddress] = [bare(outer), bare(inner)];
  return publicAddress === undefined || privateAddress === undefined
    ? undefined
    : { map: 'address', public: publicAddress, private: privateAddress };
}

function takePrefix(report: Report, path: Path, text: string): Prefix | undefined {
  const prefix = take(report, path, parsePrefixOrAddress(text));
  return prefix !== undefined && checkUnicast(report, path, rangeOf(prefix), text) ? prefix : undefined;
}

function takeAddress(report: Report, path: Path, text: string): Ipv4 | undefined {
  // A /32 is an address, too.
  const address = take(report, path, parseIpv4(text.replace(/\/32$/, '')));
  if (address === undefined) return undefined;
  const prefix = takePrefix(report, path, address);
  return prefix === undefined ? undefined : address;
}

function count(prefix: Prefix): string {
  const size = 2 ** (32 - lengthOf(prefix));
  return size === 1 ? 'one address' : `${grouped(size)} addresses`;
}

function bare(prefix: Prefix): Ipv4 | undefined {
  const address = parseIpv4(prefix.replace(/\/32$/, ''));
  return address.ok ? address.value : undefined;
}

function readSource(publicText: string, sourceText: string, path: Path, report: Report): NatMapping | undefined {
  const address = takeAddress(report, [...path, 'public'], publicText);
  const source = take(report, [...path, 'source'], parsePrefix(sourceText));
  return address === undefined || source === undefined ? undefined : { map: 'source', public: address, source };
}

function readPort(raw: RawMapping, path: Path, report: Report): NatMapping | undefined {
  const missing = PORT_KEYS.filter((key) => raw[key] === undefined);
  for (const key of missing) report.lacks(path, [key], `The forwarded port lacks the key "${key}"`);
  const address = takeAddress(report, [...path, 'public'], raw.public);
  const target = raw.to === undefined ? undefined : takeEndpoint(report, [...path, 'to'], raw.to);
  const { protocol, port } = raw;
  if (address === undefined || target === undefined || protocol === undefined || port === undefined) return undefined;
  return { map: 'port', public: address, protocol, port, to: target.address, toPort: target.port ?? port };
}

function takeEndpoint(report: Report, path: Path, text: string): { readonly address: Ipv4; readonly port?: number } | undefined {
  const colon = text.indexOf(':');
  const address = takeAddress(report, path, colon < 0 ? text : text.slice(0, colon));
  if (colon < 0) return address === undefined ? undefined : { address };
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (!/^[1-9]\d{0,4}$/.test(digits) || port > 65_535) {
    report.at(path, 'bad-port', `"${text}" has no port from 1 to 65535 behind the colon`);
    return undefined;
  }
  return address === undefined ? undefined : { address, port };
}
