import { kernelLinkName, type LinkName } from '../net/link-name.ts';
import { parseIpv4 } from '../net/ipv4.ts';
import { parseMac } from '../net/mac.ts';
import { parsed, unparsed } from '../net/parsed.ts';
import { parseInterfaceAddress, parsePrefix } from '../net/prefix.ts';
import { parseSysctlPath } from '../net/sysctl-path.ts';
import { Failure } from './failure.ts';
import type { InwardRule, NatTable, OutwardRule } from './nat-table.ts';
import { ROUTE_TYPES, type Hop, type RouteScope } from './operation.ts';
import { array, boolean, list, minted, nullable, number, oneOf, optional, record, string, type Fields, type Reader } from './shape.ts';
import { NEIGHBOUR_STATES, type HostState, type UnrecognisedTable } from './state.ts';

export const CAPTURE_SCHEMA = 'parp.capture/1';

/** The document that `parp capture` writes. */
export function captureOf(state: HostState): { readonly schema: string } & HostState {
  return { schema: CAPTURE_SCHEMA, ...state };
}

/**
 * The inverse of `captureOf`, for text that anyone may have written: every value is parsed again, and what is not part of a state is
 * left out. Throws `Failure` that names the first place where something else stands than there has to.
 */
export function loadCapture(text: string): HostState {
  const root = documentIn(text);
  const sticky = record(root['sticky'], 'sticky');
  return {
    links: list(root, 'links', readLink),
    addresses: list(root, 'addresses', readAddress),
    routes: list(root, 'routes', readRoute),
    rules: list(root, 'rules', readRule),
    nexthops: list(root, 'nexthops', readNexthop),
    sysctls: Object.fromEntries(
      Object.entries(record(root['sysctls'], 'sysctls')).map(([path, value]) => [
        sysctlPath(path, 'sysctls'),
        sysctlValue(path)(value, `sysctls.${path}`),
      ]),
    ),
    proxies: list(root, 'proxies', (entry, at) => ({
      address: ipv4(entry['address'], `${at}.address`),
      interface: nullable(entry['interface'], `${at}.interface`, link),
      protocol: nullable(entry['protocol'], `${at}.protocol`, number),
    })),
    neighbours: list(root, 'neighbours', (entry, at) => ({
      address: ipv4(entry['address'], `${at}.address`),
      interface: link(entry['interface'], `${at}.interface`),
      mac: nullable(entry['mac'], `${at}.mac`, string),
      state: oneOf(entry['state'], `${at}.state`, NEIGHBOUR_STATES),
    })),
    nftables: nullable(root['nftables'], 'nftables', array),
    nat: Object.fromEntries(
      Object.entries(record(root['nat'], 'nat')).map(([name, table]) => [name, readNat(record(table, 'nat'), 'nat')]),
    ),
    sticky: {
      customRules: nullable(sticky['customRules'], 'sticky.customRules', boolean),
      customLocalRoutes: nullable(sticky['customLocalRoutes'], 'sticky.customLocalRoutes', boolean),
    },
    tickMs: positive(root['tickMs'], 'tickMs'),
  };
}

function documentIn(text: string): Fields {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('invalid', 'capture', `The capture is not JSON: ${why}`, { cause });
  }
  const root = record(document, 'the capture');
  if (root['schema'] === CAPTURE_SCHEMA) return root;
  const found = JSON.stringify(typeof root['schema'] === 'string' ? root['schema'] : null);
  throw new Failure('invalid', 'capture', `The capture has schema ${found} instead of "${CAPTURE_SCHEMA}"`, {
    remedy: 'Write it with: parp capture --out FILE',
  });
}

const ipv4 = minted(parseIpv4);
const prefix = minted(parsePrefix);
const sysctlPath = minted(parseSysctlPath);

/** The kernel shows whole numbers; proxy_delay and locktime are milliseconds with their unit. */
function sysctlValue(path: string): Reader<string> {
  const time = /^net\/ipv4\/neigh\/.*\/(proxy_delay|locktime)$/.test(path);
  const form = time ? /^\d{1,10}ms$/ : /^-?\d{1,10}$/;
  const wanted = time ? 'a time such as 800ms' : 'a whole number';
  return minted((text) => (form.test(text) ? parsed(text) : unparsed('bad-sysctl-value', `${JSON.stringify(text)} is not ${wanted}`)));
}

const positive: Reader<number> = (value, at) => {
  const found = number(value, at);
  if (found <= 0) throw new Failure('invalid', 'capture', `The capture has something else than a number above 0 at ${at}`);
  return found;
};

/** Any name that a kernel may give, but none that leads out of its folder. */
const link: Reader<LinkName> = minted((text) =>
  /^[^/]{1,64}$/u.test(text) && text !== '.' && text !== '..'
    ? parsed(kernelLinkName(text))
    : unparsed('bad-interface-name', `${JSON.stringify(text)} is not the name of an interface`),
);

const SCOPES = ['global', 'site', 'link', 'host', 'nowhere'] as const;
const scope: Reader<RouteScope> = (value, at) => {
  const text = string(value, at);
  return SCOPES.find((name) => name === text) ?? `${number(/^\d{1,3}$/.test(text) ? Number(text) : null, at)}`;
};

function readLink(entry: Fields, at: string): HostState['links'][number] {
  return {
    index: number(entry['index'], `${at}.index`),
    name: link(entry['name'], `${at}.name`),
    mac: nullable(entry['mac'], `${at}.mac`, minted(parseMac)),
    flags: array(entry['flags'], `${at}.flags`).map((flag) => string(flag, `${at}.flags`)),
    kind: nullable(entry['kind'], `${at}.kind`, string),
    mtu: number(entry['mtu'], `${at}.mtu`),
    master: nullable(entry['master'], `${at}.master`, link),
  };
}

function readAddress(entry: Fields, at: string): HostState['addresses'][number] {
  return {
    address: minted(parseInterfaceAddress)(entry['address'], `${at}.address`),
    interface: link(entry['interface'], `${at}.interface`),
    scope: scope(entry['scope'], `${at}.scope`),
    ...(entry['secondary'] === true ? { secondary: true } : {}),
    ...optional('peer', entry, at, prefix),
  };
}

function readRoute(entry: Fields, at: string): HostState['routes'][number] {
  return {
    to: prefix(entry['to'], `${at}.to`),
    table: number(entry['table'], `${at}.table`),
    metric: number(entry['metric'], `${at}.metric`),
    ...optional('tos', entry, at, number),
    type: oneOf(entry['type'], `${at}.type`, ROUTE_TYPES),
    scope: scope(entry['scope'], `${at}.scope`),
    protocol: number(entry['protocol'], `${at}.protocol`),
    ...readHop(entry, at),
    ...optional('source', entry, at, ipv4),
    ...optional('hops', entry, at, (value, where) => array(value, where).map((hop) => readHop(record(hop, where), where))),
    ...optional('nexthop', entry, at, number),
    ...flags(entry, at),
    ...(entry['realm'] === true ? { realm: true } : {}),
  };
}

/** As the kernel's rules are told: no value has parts. */
function readRule(entry: Fields, at: string): HostState['rules'][number] {
  const plain = Object.entries(entry).filter(([, value]) => typeof value !== 'object' || value === null);
  return { ...Object.fromEntries(plain), priority: number(entry['priority'], `${at}.priority`) };
}

function readNexthop(entry: Fields, at: string): HostState['nexthops'][number] {
  return {
    id: number(entry['id'], `${at}.id`),
    ...readHop(entry, at),
    ...(entry['blackhole'] === true ? { blackhole: true } : {}),
    ...optional('group', entry, at, (value, where) =>
      array(value, where).map((member) => ({
        id: number(record(member, where)['id'], `${where}.id`),
        weight: number(record(member, where)['weight'], `${where}.weight`),
      })),
    ),
    ...flags(entry, at),
  };
}

function readHop(entry: Fields, at: string): Hop {
  return {
    ...optional('interface', entry, at, link),
    ...optional('via', entry, at, ipv4),
    ...(entry['onlink'] === true ? { onlink: true } : {}),
    ...optional('weight', entry, at, number),
  };
}

function flags(entry: Fields, at: string): { flags?: readonly string[] } {
  return optional('flags', entry, at, (value, where) => array(value, where).map((flag) => string(flag, where)));
}

function readNat(table: Fields, at: string): NatTable | UnrecognisedTable {
  if (typeof table['unrecognised'] === 'string') return { unrecognised: table['unrecognised'] };
  return {
    comment: string(table['comment'], `${at}.comment`),
    outside: link(table['outside'], `${at}.outside`),
    inwards: list(table, 'inwards', readInward),
    outwards: list(table, 'outwards', readOutward),
    guarded: array(table['guarded'], `${at}.guarded`).map((value) => prefix(value, `${at}.guarded`)),
  };
}

function readInward(rule: Fields, at: string): InwardRule {
  const address = (key: string) => ipv4(rule[key], `${at}.${key}`);
  const match = oneOf(rule['match'], `${at}.match`, ['port', 'address', 'prefix'] as const);
  switch (match) {
    case 'port':
      return {
        match,
        public: address('public'),
        protocol: oneOf(rule['protocol'], `${at}.protocol`, ['tcp', 'udp'] as const),
        port: number(rule['port'], `${at}.port`),
        to: address('to'),
        toPort: number(rule['toPort'], `${at}.toPort`),
      };
    case 'address':
      return { match, public: address('public'), private: address('private') };
    case 'prefix':
      return { match, public: prefix(rule['public'], `${at}.public`), private: prefix(rule['private'], `${at}.private`) };
  }
}

function readOutward(rule: Fields, at: string): OutwardRule {
  const address = (key: string) => ipv4(rule[key], `${at}.${key}`);
  const match = oneOf(rule['match'], `${at}.match`, ['address', 'prefix', 'source'] as const);
  switch (match) {
    case 'address':
      return { match, private: address('private'), public: address('public') };
    case 'prefix':
      return { match, private: prefix(rule['private'], `${at}.private`), public: prefix(rule['public'], `${at}.public`) };
    case 'source':
      return { match, source: prefix(rule['source'], `${at}.source`), public: address('public') };
  }
}
