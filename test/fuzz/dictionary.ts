import { Random } from './random.ts';

// What parsers stumble over, as texts to be put into inputs.

/** Keys that objects have without being given them. */
export const INHERITED = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then', 'length'];

export const ODD_ADDRESSES = [
  '010.0.0.1',
  '1.2.3',
  '0x7f.1',
  '256.1.1.1',
  '1.2.3.4.5',
  '0.0.0.0',
  '255.255.255.255',
  '127.0.0.1',
  '224.0.0.1',
  '1.2.3.4/33',
  '1.2.3.4/-1',
  '1.2.3.4/024',
  '10.0.0.0/255.0.0.0',
  '0.0.0.0/0',
  '10.0.0.9-10.0.0.1',
  '0.0.0.0-255.255.255.255',
  '10.0.0.0/8',
  '::ffff:1.2.3.4',
  'fe80::1',
  '４.3.2.1',
  '١٠.0.0.1',
  '10.0.0.1:443',
  '10.0.0.1:0',
  '10.0.0.1:99999',
];

export const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1.5',
  '010',
  '0o17',
  '0x1F',
  '1_000',
  '1e3',
  '1e308',
  '1e400',
  '-1e400',
  '255',
  '256',
  '65535',
  '65536',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '123456789012345678901234567890',
  '.inf',
  '-.INF',
  '.nan',
  'NaN',
];

/** What expressions backtrack on that were written without care: many ways to match all but the end. */
const BACKTRACKING = ['9', '0', 'a', ' ', '1.', 'a-', 'a.', '10.', '*', '[a]'].flatMap((part) => [
  `${part.repeat(40)}!`,
  `${part.repeat(40)}x`,
]);

export const ODD_TEXTS = [
  ...BACKTRACKING,
  '',
  ' ',
  'null',
  '~',
  'true',
  'yes',
  'off',
  'all',
  'default',
  'lo',
  '.',
  '..',
  '../../etc/passwd',
  'a/b',
  '-rf',
  '$(id)',
  '`id`',
  ';x',
  "a'b",
  '%s%n',
  'a'.repeat(16),
  'a'.repeat(65),
  '*',
  '[a-',
  '[!]',
  '[z-a]',
  'net/ipv4/conf/all/proxy_arp',
  'net/ipv4/conf/../../kernel/core_pattern',
  'net.ipv4.ip_forward',
  '99999999999999999999ms',
  '0.0000001s',
];

/** Characters that a terminal would obey, or that make a text look other than it is. */
export const UNSEEN = [
  '\0',
  '\u0001',
  '\u001b[31m',
  '\u001b]0;x\u0007',
  '\u007f',
  '\u009b2J',
  '\u0085',
  '\u00a0',
  '\u200b',
  '\u2028',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\ufffe',
  '\uffff',
  '\r',
  '\r\n',
  '\t',
  '\n',
  '\u0301',
  '\u{1f600}',
  '\u{e0001}',
];

export const YAML_SIGNS = [
  '---\n',
  '...\n',
  '%YAML 1.1\n---\n',
  '&a ',
  '*a',
  '<<: *a\n',
  '<<: { a: 1 }\n',
  '!!str ',
  '!!binary ',
  '!ruby/object:X ',
  '!<tag:x> ',
  '? ',
  ': ',
  '- ',
  ', ',
  '[',
  ']',
  '{',
  '}',
  '|\n',
  '>-\n',
  '|9\n',
  '"',
  "'",
  '"\\ud800"',
  '"\\x1b[0m"',
  '"\\0"',
  '"\\U0010FFFF"',
  '"\\q"',
  '# ',
  ' #',
  '\\',
  '@',
  '{ a: &x [*x, *x] }',
  '__proto__: { polluted: 1 }\n',
  'constructor: { prototype: { polluted: 1 } }\n',
  '"__proto__": 1\n',
];

export const JSON_SIGNS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u',
  '\\ud800',
  '\\u0000',
  'null',
  '"__proto__":{"polluted":1},',
  '\n',
];

/** Bytes that are no UTF-8: overlong, surrogates, cut off, out of range, another encoding. */
export const NO_UTF8: readonly Uint8Array[] = [
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xe2, 0x82],
  [0xf4, 0x90, 0x80, 0x80],
  [0xff, 0xfe],
  [0x80],
].map((bytes) => Uint8Array.from(bytes));

const NESTING = ['[', '{"a":', '{a: ', '- ', '? ', '[{', '- - - ', '{{', '&a [', '"', '>\n '];
const FILLING = [
  'a',
  ' ',
  '\t',
  '0',
  '9',
  '.',
  '-',
  '\n',
  '#',
  ',',
  ':',
  '*',
  '/',
  '1.',
  '10.0.0.1, ',
  '\\',
  '\u0301',
  '\u{1f600}',
  'x: 1\n',
  '- 1\n',
];

/** What ends something long so that it is none of what it began as: there expressions begin to backtrack. */
const ENDS = ['', '', 'x', '!', ' x', '\u00e9'];

/** Something very deep or very long: now and then as large as 200,000 characters. */
export function excess(random: Random): string {
  const count = random.chance(0.03) ? random.between(5000, 100_000) : random.pick([33, 65, 300, 2000]);
  return random.pick(random.chance(0.4) ? NESTING : FILLING).repeat(count) + random.pick(ENDS);
}
