import { CONF_KEYS, IP_FORWARD, IP_NONLOCAL_BIND, NEIGH_KEYS, sysctlParts } from '../net/sysctl-path.ts';
import { groupBy } from '../model/groups.ts';
import { MOST_TICKS } from './custom-sysctl.ts';

/** A text as a regular expression of the JSON Schema tells it, and what an editor says of another one. */
interface TextPattern {
  readonly pattern: string;
  readonly wrong: string;
}

/** The keywords for it. patternErrorMessage is none of JSON Schema: yaml-language-server shows it in the place of the expression. */
export function withPattern({ pattern, wrong }: TextPattern): { readonly pattern: string; readonly patternErrorMessage: string } {
  return { pattern, patternErrorMessage: wrong };
}

function digit(first: number, last: number): string {
  return first === last ? String(first) : `[${first}-${last}]`;
}

/** A decimal number from 0 to `most` without leading zeros. */
function upTo(most: number): string {
  const digits = String(most);
  const shorter = digits.length === 1 ? [] : ['[0-9]', ...Array.from({ length: digits.length - 2 }, (_, i) => `[1-9][0-9]{${i + 1}}`)];
  const asLong = Array.from(digits).flatMap((one, at) => {
    const behind = digits.length - 1 - at;
    const least = at === 0 && digits.length > 1 ? 1 : 0;
    const last = Number(one) - (behind === 0 ? 0 : 1);
    return last < least ? [] : [`${digits.slice(0, at)}${digit(least, last)}${behind === 0 ? '' : `[0-9]{${behind}}`}`];
  });
  return `(${[...shorter, ...asLong].join('|').replaceAll('{1}', '')})`;
}

/** One of some numbers below 1000, told by what stands before the last digit. */
function among(numbers: readonly number[]): string {
  const byHead = groupBy(numbers.map(String), (text) => text.slice(0, -1));
  const alike = groupBy(byHead, ([, texts]) => texts.map((text) => text.slice(-1)).join(''));
  const parts = [...alike].map(([digits, heads]) => {
    const before = heads.map(([head]) => head);
    return `${before.length === 1 ? (before[0] ?? '') : `(${before.join('|')})`}${digits.length === 1 ? digits : `[${digits}]`}`;
  });
  return `(${parts.join('|')})`;
}

const OCTET = upTo(255);
const ADDRESS = `${OCTET}(\\.${OCTET}){3}`;
const LENGTH = upTo(32);

/** A prefix of at least so many bits, none of them behind its length: the octet that the length ends in is a multiple of a power of two. */
function network(least: number): string {
  const ending = [0, 1, 2, 3].flatMap((octets) => {
    const lengths = Array.from({ length: 8 }, (_, bits) => 8 * octets + bits).filter((length) => length >= least);
    if (lengths.length === 0) return [];
    const zeros = '\\.0'.repeat(3 - octets);
    const ends = lengths.map((length) => {
      const step = 2 ** (8 - (length % 8));
      return `${among(Array.from({ length: 256 / step }, (_, i) => i * step))}${zeros}/${length}`;
    });
    return [`(${OCTET}\\.){${octets}}(${ends.join('|')})`];
  });
  return `(${[...ending, `${ADDRESS}/32`].join('|')})`;
}

/** What the addresses of hosts do not begin with: arp_process drops requests for loopback and multicast. */
const LOOPBACK = '127\\.';
const MULTICAST = '(22[4-9]|23[0-9])\\.';
/** Neither these nor the unspecified and the broadcast address are a host's. */
const UNICAST = `(?!${LOOPBACK}|${MULTICAST}|(0\\.0\\.0\\.0|255\\.255\\.255\\.255)(/32)?$)`;
/** Not all of it is multicast. */
const FROM_224 = '224\\.0\\.0\\.0/3';
const EDGES = ['0\\.0\\.0\\.0', '255\\.255\\.255\\.255'];
const BETWEEN = '\\s*-\\s*';
const UNICAST_RANGE = `(?!\\s*(${[
  `${LOOPBACK}[0-9.]+${BETWEEN}${LOOPBACK}`,
  `${MULTICAST}[0-9.]+${BETWEEN}${MULTICAST}`,
  ...EDGES.map((edge) => `${edge}${BETWEEN}${edge}\\s*$`),
].join('|')}))`;

const LINK = '[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}';
const SET = '\\[(?!!\\])[A-Za-z0-9_.@*?!-]+\\]';
const GLOB = `(?=.{1,64}$)(?=.*[*?\\[])(?![.@\\]!-])([A-Za-z0-9_.@*?\\]!-]|${SET})+`;

const DECIMALS = '[0-9]{1,5}[05]?';

/** Whole milliseconds, so that the longer the unit is the more decimals there may be; at most `most`, which is whole in all units up to hours. */
function duration(most: number, days: string): string {
  const unit = (name: string, ms: number, decimals: string): string =>
    `(${upTo(most / ms - 1)}(\\.(${decimals}))?|${most / ms}(\\.0{1,6})?)${name}`;
  const units = [
    unit('ms', 1, '0{1,6}'),
    unit('s', 1000, '[0-9]{1,3}0{0,3}'),
    unit('m', 60_000, '[0-9]{1,4}([05]0?)?'),
    unit('h', 3_600_000, DECIMALS),
  ];
  return `(?=[0-9]{1,12}[.a-z])0*(${[...units, `0?${days}d`].join('|')})`;
}

/** An hour is 0.041666… of a day. */
const AN_HOUR = duration(3_600_000, '(\\.0([0-3][0-9]{0,3}[05]?|4(0[0-9]{0,2}[05]?|1([0-5][0-9]?[05]?|6([0-5][05]?|6[05]?)?)?)?)?)?');
const A_DAY = duration(86_400_000, `(\\.${DECIMALS}|1(\\.0{1,6})?)?`);

const SWITCHES = {
  global: [IP_FORWARD, IP_NONLOCAL_BIND].map((path) => sysctlParts(path).key),
  conf: CONF_KEYS,
  neigh: NEIGH_KEYS,
} as const;

/** The keys of all switches that parp knows. */
export const SWITCH_KEYS: readonly string[] = Object.values(SWITCHES).flat();

/** A time, or a number of 1/100 s, as the kernel has it: a day at most. */
export const TICKS_OR_DURATION: TextPattern = {
  pattern: `^(${upTo(MOST_TICKS)}|${A_DAY})$`,
  wrong: 'Neither a duration of whole milliseconds with its unit, such as 0ms, nor a number of 1/100 s; a day at most',
};

/** A whole number from `least`, which is not above 0 and has one digit, to `most`. */
export function wholeNumber(least: number, most: number): string {
  return `^(${least < 0 ? `-[1-${-least}]|` : ''}${upTo(most)})$`;
}

/** The switches of some names, by path, or by dotted name where no dot of an interface makes that ambiguous. */
export function switchPattern(names: (key: string) => boolean): string {
  const of = (group: keyof typeof SWITCHES): string => SWITCHES[group].filter(names).join('|');
  const paths = (dot: string, link: string): string[] => [
    ...(of('global') === '' ? [] : [`(${of('global')})`]),
    ...(of('conf') === '' ? [] : [`conf${dot}${link}${dot}(${of('conf')})`]),
    // Only interfaces have their own neighbour switches.
    ...(of('neigh') === '' ? [] : [`neigh${dot}(?!(all|default)${dot})${link}${dot}(${of('neigh')})`]),
  ];
  return `^net(/ipv4/(${paths('/', LINK).join('|')})|\\.ipv4\\.(${paths('\\.', LINK.replace('_.@', '_@')).join('|')}))$`;
}

/** Texts of profiles, for editors; the parsers of src/net decide, and explain. */
export const PATTERNS = {
  name: { pattern: '^[a-z0-9][a-z0-9-]{0,30}$', wrong: 'A name has 1 to 31 small letters, digits and dashes, and no dash first' },
  link: { pattern: `^(?!(all|default)$)${LINK}$`, wrong: 'Not the name of an interface' },
  linkWithNeighbours: { pattern: `^(?!(all|default|lo)$)${LINK}$`, wrong: 'Not the name of an interface with neighbours' },
  linkOrGlob: {
    pattern: `^((?!(all|default|lo)$)${LINK}|${GLOB})$`,
    wrong: 'Neither the name of an interface with neighbours nor a pattern such as guest*',
  },
  address: { pattern: `^${ADDRESS}$`, wrong: 'Not an IPv4 address' },
  ownAddress: {
    pattern: `^(?!${LOOPBACK}|${MULTICAST}|(${EDGES.join('|')})/)${ADDRESS}/${LENGTH}$`,
    wrong: 'Not the address of a host with its prefix length, such as 192.168.0.1/24',
  },
  prefix: { pattern: `^${network(0)}$`, wrong: 'Not a prefix without host bits, such as 10.0.0.0/24' },
  prefixOrDefault: { pattern: `^(default|${network(0)})$`, wrong: 'Neither default nor a prefix without host bits, such as 10.0.0.9/32' },
  pool: {
    pattern: `^(${FROM_224}|${UNICAST}(${ADDRESS}|${network(0)}))$`,
    wrong: 'Neither the address of a host nor a prefix without host bits, such as 203.0.113.16/28',
  },
  single: { pattern: `^${UNICAST}${ADDRESS}(/32)?$`, wrong: 'Not the address of a single host' },
  few: {
    pattern: `^${UNICAST}(${ADDRESS}|${network(16)})$`,
    wrong: 'Neither the address of a host nor a prefix of 16 to 32 bits without host bits, such as 10.0.0.0/28',
  },
  host: {
    pattern: `^(${FROM_224}|${UNICAST}(${ADDRESS}|${network(0)})|${UNICAST_RANGE}\\s*${ADDRESS}${BETWEEN}${ADDRESS}\\s*)$`,
    wrong: 'Neither the address of a host nor a range a-b nor a prefix without host bits',
  },
  endpoint: {
    pattern: `^(?!${LOOPBACK}|${MULTICAST}|(${EDGES.join('|')})(/32)?(:|$))${ADDRESS}(/32)?(:(?!0)${upTo(65_535)})?$`,
    wrong: 'Neither the address of a host nor ADDRESS:PORT',
  },
  duration: { pattern: `^${AN_HOUR}$`, wrong: 'Not a duration of whole milliseconds with its unit, such as 1200ms; at most 1h' },
  durationOrKeep: {
    pattern: `^(keep|${AN_HOUR})$`,
    wrong: 'Neither keep nor a duration of whole milliseconds with its unit, such as 0ms; at most 1h',
  },
} as const satisfies Readonly<Record<string, TextPattern>>;

export type TextKind = keyof typeof PATTERNS;
