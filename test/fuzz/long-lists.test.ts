import { describe, expect, it } from 'vitest';
import { parseProfiles } from '../../src/profile/parse.ts';
import { bytesOf } from './mutate.ts';

/** Different addresses, 10.0.0.1 and so on. */
const ip = (i: number): string => `${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.1`;
const list = (item: (i: number) => string) => (n: number) => `[${Array.from({ length: n }, (_, i) => item(i)).join()}]`;
const custom = (key: string, value: (n: number) => string) => (n: number) =>
  `{"version":1,"kind":"custom",${JSON.stringify(key)}:${value(n)}}`;
const bridge = (key: string, item: (i: number) => string) => (n: number) =>
  `{"version":1,"kind":"pseudo-bridge","answer":"listed","segments":[{"interface":"a",${JSON.stringify(key)}:${list(item)(n)}},{"interface":"b","hosts":["10.0.0.1"]}]}`;
const segments = (item: (i: number) => string) => (n: number) =>
  `{"version":1,"kind":"pseudo-bridge","answer":"listed","segments":${list(item)(n)}}`;
const nat = (item: (i: number) => string) => (n: number) =>
  `{"version":1,"kind":"nat-proxy","outside":"a","inside":"b","nat":${list(item)(n)}}`;
const vlan = (item: (i: number) => string) => (n: number) => `{"version":1,"kind":"private-vlan","interfaces":${list(item)(n)}}`;
const map = (item: (i: number) => string) => (n: number) => `{${list(item)(n).slice(1, -1)}}`;
const keys = (item: (i: number) => string) => (n: number) => `{"version":1,"kind":"custom",${list(item)(n).slice(1, -1)}}`;
const lines = (line: string, head: string) => (n: number) => `version: 1\nkind: custom\n${head}${line.repeat(n)}`;

/** Everything that a profile may have many of, sound, repeated and wrong. */
const LISTS: readonly (readonly [what: string, text: (n: number) => string])[] = [
  ['own addresses', bridge('addresses', (i) => `"${ip(i)}/24"`)],
  ['own addresses twice', bridge('addresses', () => '"10.0.0.1/24"')],
  ['hosts', bridge('hosts', (i) => `"${ip(i)}"`)],
  ['hosts twice', bridge('hosts', () => '"10.0.0.1"')],
  ['hosts within hosts', bridge('hosts', (i) => `"${1 + (i % 200)}.0.0.0/${8 + (i % 25)}"`)],
  ['ranges of hosts', bridge('hosts', (i) => `"${ip(i)}-${ip(i + 3)}"`)],
  ['no hosts', bridge('hosts', () => '"x"')],
  ['segments', segments((i) => `{"interface":"e${i}","addresses":["${ip(i)}/24"],"hosts":["${ip(i)}-${ip(i)}"]}`)],
  ['segments twice', segments(() => '{"interface":"a","addresses":["10.0.0.1/24"],"hosts":["10.0.0.0/24"]}')],
  ['interfaces', vlan((i) => `"e${i}"`)],
  ['interfaces twice', vlan(() => '"e"')],
  ['patterns of interfaces', vlan((i) => `"e${i}*"`)],
  ['translations', nat((i) => `{"public":"${ip(i)}","private":"${ip(i + 2 ** 18)}"}`)],
  ['translations twice', nat(() => '{"public":"10.0.0.1","private":"10.0.0.2"}')],
  ['ports', nat((i) => `{"public":"${ip(i)}","protocol":"tcp","port":80,"to":"10.0.0.2:80"}`)],
  ['no translations', nat(() => '{"public":"x"}')],
  [
    'switches',
    custom(
      'sysctl',
      map((i) => `"net/ipv4/conf/e${i}/proxy_arp":1`),
    ),
  ],
  [
    'no switches',
    custom(
      'sysctl',
      map((i) => `"net/ipv4/cnf/e${i}/proxy_arp":1`),
    ),
  ],
  [
    'addresses',
    custom(
      'addresses',
      list((i) => `{"address":"${ip(i)}/24","interface":"a"}`),
    ),
  ],
  [
    'routes',
    custom(
      'routes',
      list((i) => `{"to":"${ip(i)}/32","interface":"a"}`),
    ),
  ],
  [
    'routes twice',
    custom(
      'routes',
      list(() => '{"to":"10.0.0.1/32","interface":"a"}'),
    ),
  ],
  [
    'routes with a wrong key',
    custom(
      'routes',
      list(() => '{"to":"default","vai":"10.0.0.1"}'),
    ),
  ],
  [
    'routes that lack everything',
    custom(
      'routes',
      list(() => '{}'),
    ),
  ],
  [
    'proxy neighbours',
    custom(
      'proxies',
      list((i) => `{"address":"${ip(i)}","interface":"e${i % 999}"}`),
    ),
  ],
  [
    'numbers for text',
    custom(
      'proxies',
      list(() => '{"address":10.1,"interface":100}'),
    ),
  ],
  [
    'risks',
    custom(
      'accept_risks',
      list(() => '"over-answering"'),
    ),
  ],
  [
    'misspelt risks',
    custom(
      'accept_risks',
      list(() => '"over-answring"'),
    ),
  ],
  ['unknown keys', keys((i) => `"k${i}":1`)],
  ['equal keys', keys(() => '"name":"a"')],
  [
    'aliases',
    custom(
      'description',
      list((i) => (i === 0 ? '&a x' : '*a')),
    ),
  ],
  [
    'tags',
    custom(
      'description',
      list(() => '!!str a'),
    ),
  ],
  [
    'numbers',
    custom(
      'description',
      list(() => '010'),
    ),
  ],
  ['documents', (n) => Array.from({ length: n }, (_, i) => `{"version":1,"kind":"custom","name":"a${i}"}`).join('\n---\n')],
  ['documents of one name', (n) => '{"version":1,"kind":"custom","name":"a"}\n---\n'.repeat(n)],
  ['lines of a block', lines('  x\n', 'description: |\n')],
  ['folded lines', lines('  x\n\n', 'description: >\n')],
  ['plain lines', lines('  x\n', 'description:\n')],
  ['quoted lines', lines(' x\\\n', 'description: "')],
  ['comments', lines('# x\n', '')],
  ['complex keys', lines('? a\n', '')],
  ['an open list', lines('a, ', 'description: [')],
  ['escapes', lines(String.raw`\u00e9`, 'description: "')],
];

/** The processor's time: others may have it meanwhile. */
function busyMs(bytes: Uint8Array): number {
  const before = process.cpuUsage();
  parseProfiles({ file: 'x.yaml', bytes }, () => ({ ok: false, problem: 'none' }));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const MANY = 4000;
/** Of what is done in a moment, the measurement is mostly chance. */
const MOMENT = 20;

describe('parseProfiles()', () => {
  it.each(LISTS)('takes four times as long for four times as many %s', (_what, text) => {
    const bytes = bytesOf(text(4 * MANY));
    // A quadratic one would take sixteen times as long.
    const limit = 9 * Math.max(busyMs(bytesOf(text(MANY))), MOMENT);
    const first = busyMs(bytes);
    expect(first < limit ? first : busyMs(bytes)).toBeLessThan(limit);
  });
});
