import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONF_KEYS, NEIGH_KEYS } from '../../src/net/sysctl-path.ts';
import { parseRange } from '../../src/net/range.ts';
import { PATTERNS, switchPattern, TICKS_OR_DURATION, wholeNumber, type TextKind } from '../../src/profile/patterns.ts';
import { parseText } from './mistakes.ts';

function isRight(kind: string, body: string): boolean {
  const { diagnostics } = parseText(`version: 1\nkind: ${kind}\n${body}\n`);
  return !diagnostics.some(({ severity, code }) => severity === 'error' && code !== 'nat-target-public');
}

const nat = (mapping: string): boolean => isRight('nat-proxy', `outside: eth0\ninside: eth1\nnat: [{ ${mapping} }]`);
const bridge = (hosts: string): boolean =>
  isRight('pseudo-bridge', `segments: [{ interface: eth0, hosts: [${hosts}] }, { interface: eth1 }]`);

/** Whether parp takes a text, in quotes, for what it shall be. */
const READS: Readonly<Record<TextKind, (text: string) => boolean>> = {
  name: (text) => isRight('custom', `name: ${text}`),
  link: (text) => isRight('custom', `routes: [{ to: 10.0.0.0/24, interface: ${text} }]`),
  linkWithNeighbours: (text) => isRight('custom', `proxies: [{ address: 10.0.0.9, interface: ${text} }]`),
  linkOrGlob: (text) => isRight('private-vlan', `interfaces: [${text}]`),
  address: (text) => isRight('custom', `routes: [{ to: default, interface: eth0, via: ${text} }]`),
  ownAddress: (text) => isRight('custom', `addresses: [{ address: ${text}, interface: eth0 }]`),
  prefix: (text) => nat(`public: 203.0.113.9, source: ${text}`),
  prefixOrDefault: (text) => isRight('custom', `routes: [{ to: ${text}, interface: eth0 }]`),
  pool: (text) => nat(`public: ${text}, private: ${text}`),
  single: (text) => nat(`public: ${text}, source: 10.0.0.0/24`),
  few: (text) => isRight('custom', `proxies: [{ address: ${text}, interface: eth0 }]`),
  host: bridge,
  endpoint: (text) => nat(`public: 203.0.113.9, protocol: tcp, port: 443, to: ${text}`),
  duration: (text) => isRight('custom', `announce: { spacing: ${text} }`),
  durationOrKeep: (text) => isRight('custom', `proxy_delay: ${text}`),
};

const octet = fc.oneof(fc.nat(300), fc.constantFrom(0, 1, 10, 126, 127, 128, 192, 223, 224, 239, 240, 254, 255)).map(String);
const bits = fc.oneof(fc.nat(34).map(String), fc.constantFrom('08', '', '255.255.255.0'));
const address = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
/** Without bits behind the length, or with one: by chance there always is one. */
const network = fc.tuple(fc.nat(0xffffffff), fc.nat(32), fc.nat(9)).map(([number, bitsKept, one]) => {
  const kept = bitsKept === 0 ? 0 : (number & (0xffffffff << (32 - bitsKept))) >>> 0;
  const base = one === 0 && bitsKept < 32 ? kept + 2 ** (31 - bitsKept) : kept;
  return `${[24, 16, 8, 0].map((shift) => (base >>> shift) & 255).join('.')}/${bitsKept}`;
});
const EDGES = ['0.0.0.0', '255.255.255.255'].flatMap((edge) => [
  edge,
  `${edge}/32`,
  `${edge}/31`,
  `${edge}-${edge}`,
  ` ${edge} - ${edge} `,
  `${edge}:5`,
]);
const NEAR = `127.0.0.0/8 127.0.0.1/32 126.0.0.0/7 224.0.0.0/3 224.0.0.0/4 240.0.0.0/4 192.0.0.0/2 128.0.0.0/1 0.0.0.0/0 0.0.0.0-0.0.0.1
126.0.0.1-127.0.0.1 127.0.0.1-127.0.0.9 223.0.0.1-224.0.0.1 224.0.0.1-239.0.0.1 239.0.0.1-240.0.0.1`;
const edges = fc.constantFrom(...EDGES, ...NEAR.split(/\s/));
const space = fc.constantFrom('', '', ' ', '  ');
const range = fc.tuple(space, address, space, space, address, space).map(([a, first, b, c, last, d]) => `${a}${first}${b}-${c}${last}${d}`);
const port = fc.oneof(fc.nat(70_000).map(String), fc.constantFrom('0', '65535', '65536', '080', ''));
const ipv4 = fc.oneof(
  address,
  network,
  edges,
  range,
  fc.tuple(address, bits).map(([base, length]) => `${base}/${length}`),
  fc.tuple(fc.oneof(address, network), port).map(([host, number]) => `${host}:${number}`),
  fc.constantFrom('default', '', '10.0.0', '10.0.0.1.1', '10.0.0.1 ', '010.0.0.1'),
);
const link = fc.oneof(
  fc.stringMatching(/^[a-z0-9_.@[\]*?! -]{0,18}$/),
  fc.constantFrom(
    'lo',
    'all',
    'default',
    'eth0',
    'eth0.100',
    'br-lan',
    'guest*',
    '[ab]*',
    '[!a]',
    '[!]',
    'a[',
    'a]*',
    '*'.repeat(65),
    'A1',
  ),
);
const decimals = fc.oneof(
  fc.stringMatching(/^[0-9]{1,7}$/),
  fc.stringMatching(/^0{1,7}$/),
  fc.stringMatching(/^0(?:[0-4]|4[01]|41[5-7]|416[5-7]|4166[5-7])[0-9]{0,3}$/),
);
const whole = fc.oneof(
  fc.nat(70).map(String),
  fc.constantFrom(
    '3599',
    '3600',
    '3601',
    '1440',
    '86399',
    '86400',
    '86401',
    '3599999',
    '3600000',
    '3600001',
    '86400000',
    '86400001',
    '8640000',
    '8640001',
  ),
  fc.stringMatching(/^[0-9]{0,13}$/),
);
const duration = fc
  .tuple(whole, fc.option(decimals, { nil: undefined }), fc.constantFrom('ms', 's', 'm', 'h', 'd', '', 'w'))
  .map(([number, rest, unit]) => `${number}${rest === undefined ? '' : `.${rest}`}${unit}`);
const time = fc.oneof(duration, fc.constantFrom('keep', '0ms', '1h', '1.0h', '60.000m', '0.5ms', '1.2s'));
const name = fc.oneof(fc.stringMatching(/^[a-z0-9A-Z_-]{0,33}$/), fc.stringMatching(/^[a-z0-9-]{1,31}$/));

const TEXTS: Readonly<Record<TextKind, fc.Arbitrary<string>>> = {
  name,
  link,
  linkWithNeighbours: link,
  // A set that runs backwards is more than a pattern can tell.
  linkOrGlob: link.filter((text) => !/.-./.test(text)),
  address: ipv4,
  ownAddress: ipv4,
  prefix: ipv4,
  prefixOrDefault: ipv4,
  pool: ipv4,
  single: ipv4,
  few: ipv4,
  // That a range ends before it begins is, too.
  host: ipv4.filter((text) => {
    const read = parseRange(text);
    return read.ok || read.code !== 'range-reversed';
  }),
  endpoint: ipv4,
  duration: time,
  durationOrKeep: time,
};

/** Asks both of many texts, and that either answer was given often enough to mean something. */
function expectAgreement(pattern: string, reads: (quoted: string) => boolean, texts: fc.Arbitrary<string>): void {
  const answers = { right: 0, wrong: 0 };
  const expression = new RegExp(pattern, 'u');
  fc.assert(
    fc.property(texts, (text) => {
      const right = reads(JSON.stringify(text));
      answers[right ? 'right' : 'wrong']++;
      expect({ text, right: expression.test(text) }).toEqual({ text, right });
    }),
    { numRuns: 1500 },
  );
  expect(Math.min(answers.right, answers.wrong)).toBeGreaterThan(20);
}

describe('the patterns of the JSON Schema', () => {
  it.each(Object.keys(PATTERNS) as TextKind[])('%s: tell right texts from wrong ones as the parsers do', (kind) => {
    expectAgreement(PATTERNS[kind].pattern, READS[kind], TEXTS[kind]);
  });

  it('know the switches', () => {
    const PATH_MISTAKES: ReadonlySet<string> = new Set(['bad-sysctl-path', 'unknown-sysctl', 'ambiguous-sysctl', 'bad-interface-name']);
    const reads = (text: string): boolean =>
      !parseText(`version: 1\nkind: custom\nsysctl: { ${text}: 1 }\n`).diagnostics.some(({ code }) => PATH_MISTAKES.has(code));
    const key = fc.constantFrom(...CONF_KEYS, ...NEIGH_KEYS, 'proxy_arb', 'ip_forward');
    const holder = fc.oneof(
      link.filter((text) => text !== ''),
      fc.constantFrom('eth0', 'all', 'default', 'eth0.100', 'lo'),
    );
    const path = fc
      .tuple(fc.constantFrom('net/ipv4', 'net/ipv6', 'kernel'), fc.constantFrom('conf', 'neigh', 'route'), holder, key)
      .map((steps) => steps.join('/'));
    const texts = fc.oneof(
      path,
      path.map((text) => text.replaceAll('/', '.')),
      fc.constantFrom(
        'net/ipv4/ip_forward',
        'net.ipv4.ip_forward',
        'net.ipv4.ip_nonlocal_bind',
        'net/ipv4/ip_local',
        'net.ipv4/ip_forward',
        '',
      ),
    );
    expectAgreement(
      switchPattern(() => true),
      reads,
      texts,
    );
  });

  it('know the times and numbers of switches', () => {
    const reads =
      (path: string) =>
      (text: string): boolean =>
        isRight('custom', `sysctl: { ${path}: ${text} }`);
    expectAgreement(TICKS_OR_DURATION.pattern, reads('net/ipv4/neigh/eth0/locktime'), fc.oneof(duration, whole));
    const numbers = fc.oneof(
      fc.integer().map(String),
      whole,
      fc.constantFrom('-1', '-2', '-0', '00', '2147483647', '2147483648', '1.0', ''),
    );
    expectAgreement(wholeNumber(-1, 0x7fffffff), reads('net/ipv4/conf/eth0/medium_id'), numbers);
    expectAgreement(wholeNumber(0, 0x7fffffff), reads('net/ipv4/neigh/eth0/proxy_qlen'), numbers);
  });
});
