import { describe, expect, it } from 'vitest';
import { resolvePlain } from '../../src/profile/yaml-scalar.ts';
import { parseYaml } from '../../src/profile/yaml.ts';
import { mistakesOf, parseText } from './mistakes.ts';

const yaml = (text: string) => parseYaml({ file: 'office.yaml', text });
const values = (text: string): unknown[] => yaml(text).documents.map(({ value }) => value);
/** A profile that is right but for what is put in, on line 4. */
const withLine = (line: string): string => `version: 1\nkind: custom\nname: x\n${line}`;

describe('parseYaml()', () => {
  it('gives each document, and leaves out empty ones', () => {
    expect(values('---\na: 1\n---\n---\n# nothing\n---\nb: [2, x]\n...\n')).toEqual([{ a: 1 }, { b: [2, 'x'] }]);
    expect(values('')).toEqual([]);
    expect(values('# nothing\n')).toEqual([]);
  });

  it('gives maps that inherit nothing', () => {
    const [map] = values('a: { b: 1 }') as { a: object }[];
    expect('constructor' in (map ?? {})).toBe(false);
    expect('toString' in (map?.a ?? {})).toBe(false);
    expect(Object.keys(map ?? {})).toEqual(['a']);
  });

  it('leaves no mark on other objects', () => {
    yaml('__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\n');
    expect('polluted' in {}).toBe(false);
  });
});

describe('resolvePlain()', () => {
  it.each<[text: string, value: unknown]>([
    ['', null],
    ['~', null],
    ['null', null],
    ['true', true],
    ['FALSE', false],
    ['yes', 'yes'],
    ['off', 'off'],
    ['12', 12],
    ['-12', -12],
    ['010', 10],
    ['0o10', 8],
    ['0x1F', 31],
    ['1e3', 1000],
    ['1.10', 1.1],
    ['.5', 0.5],
    ['.inf', Number.POSITIVE_INFINITY],
    ['10.0.0.1', '10.0.0.1'],
    ['1_000', '1_000'],
    ['0b1', '0b1'],
    ['-', '-'],
    ['.', '.'],
    ['12:30', '12:30'],
    ['2026-01-01', '2026-01-01'],
  ])('reads %j as YAML 1.2 does', (text, value) => expect(resolvePlain(text)).toBe(value));
});

describe('a profile file', () => {
  it.each<[claim: string, text: string | Uint8Array, mistakes: string[]]>([
    ['that is empty', '', ['1:1 empty-file ""']],
    ['of comments alone', '# later\n', ['1:1 empty-file "#"']],
    ['of empty documents', '---\n---\n', ['1:1 empty-file "-"']],
    ['that is text', 'hello', ['1:1 not-a-profile "hello"']],
    ['that is a list', '- a\n', ['1:1 not-a-profile "-"']],
    ['with an alias', withLine('description: *a\n'), ['4:14 yaml-alias "*a"']],
    ['with an anchor', withLine('description: &a x\n'), ['4:14 yaml-anchor "&a"']],
    ['with a tag', withLine('description: !!str 5\n'), ['4:14 yaml-tag "!!str"']],
    ['with a tag of its own', withLine('description: !ruby/object:Gem::Installer x\n'), ['4:14 yaml-tag "!ruby/object:Gem::Installer"']],
    ['with a merge key', withLine('<<: { name: y }\n'), ['4:1 yaml-merge-key "<<"']],
    ['with a list for a key', withLine('? [a]\n: b\n'), ['4:3 key-not-text "["']],
    ['with a key twice', withLine('description: a\nname: y\n'), ['5:1 duplicate-key "name"']],
    ['with two keys twice', withLine('name: y\nkind: custom\n'), ['4:1 duplicate-key "name"', '5:1 duplicate-key "kind"']],
    ['with __proto__', withLine('__proto__: { a: 1 }\n'), ['4:1 unknown-key "__proto__"']],
    [
      'with constructor',
      withLine('constructor: 1\nhasOwnProperty: 1\n'),
      ['4:1 unknown-key "constructor"', '5:1 unknown-key "hasOwnProperty"'],
    ],
    ['with a wrong indentation', withLine('announce:\n   rounds: 1\n  form: both\n'), ['6:3 yaml-syntax "f"']],
    ['with tabs as indentation', withLine('announce:\n\trounds: 1\n'), ['5:1 yaml-syntax "\\t"']],
    ['with an open bracket at its end', withLine('accept_risks: [\n'), ['4:15 yaml-syntax "["']],
    ['with an open quote', withLine('description: "abc\n'), ['4:17 yaml-syntax "c"']],
    ['with NUL', withLine('description: a\0b\n'), ['4:15 control-character "\\u0000"']],
    ['with an escape character', withLine('# \u001b[31m\n'), ['4:3 control-character "\\u001b"']],
    ['with an escaped escape character', withLine('description: "a\\x1b[31m"\n'), ['4:15 control-character "a\\\\x1b[31m"']],
    ['with an escaped NUL in a key', withLine('"a\\0": 1\n'), ['4:2 control-character "a\\\\0"']],
    ['with half a surrogate pair', withLine('description: "\\ud800"\n'), ['4:15 control-character "\\\\ud800"']],
    ['with a mark of direction', withLine('description: a\u202eb\n'), ['4:15 control-character "\u202e"']],
    ['with a byte order mark in its middle', withLine('description: a\ufeffb\n'), ['4:15 control-character "\ufeff"']],
    ['with the line ends of another age', withLine('description: a\rb\n'), ['4:15 control-character "\\r"']],
    ['that is no UTF-8', Uint8Array.of(0x61, 0x0a, 0x62, 0xc3, 0x28), ['2:2 not-utf8 "\ufffd"']],
    ['that is UTF-16', Uint8Array.of(0xff, 0xfe, 0x61, 0), ['1:1 not-utf8 "\ufffd"']],
    ['with an overlong byte', Uint8Array.of(0x61, 0xc0, 0x80), ['1:2 not-utf8 "\ufffd"']],
    ['with a surrogate in UTF-8', Uint8Array.of(0x61, 0xed, 0xa0, 0x80), ['1:2 not-utf8 "\ufffd"']],
    ['with half a replacement character', Uint8Array.of(0x61, 0xef, 0xbf, 0x41), ['1:2 not-utf8 "\ufffd"']],
    ['that ends in the middle of a character', Uint8Array.of(0x61, 0x62, 0xe2, 0x82), ['1:3 not-utf8 "\ufffd"']],
    ['of 17 MiB', new Uint8Array(17 * 2 ** 20), ['1:1 file-too-large ""']],
  ])('%s is refused', (_claim, text, mistakes) => expect(mistakesOf(text)).toEqual(mistakes));

  it.each<[claim: string, text: string]>([
    ['with a byte order mark in front', `\ufeff${withLine('')}`],
    ['with CRLF', withLine('description: |\n  two\n  lines\n').replaceAll('\n', '\r\n')],
    ['with umlauts and emoji', withLine('description: "Büro \\U0001F600 \u{1f600}"\n')],
    ['without a line break at its end', withLine('description: x')],
    ['in JSON', '{"version": 1, "kind": "custom", "name": "x"}'],
  ])('%s is read', (_claim, text) => {
    const { profiles, diagnostics } = parseText(text);
    expect(diagnostics).toEqual([]);
    expect(profiles).toMatchObject([{ kind: 'custom', name: 'x' }]);
  });

  it('is allowed 32 levels of nesting, and not one more', () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
    expect(mistakesOf(nested(32))).toEqual(['1:1 not-a-profile "["']);
    expect(mistakesOf(nested(33))).toEqual(['1:33 nested-too-deeply "["']);
  });

  it.each<[claim: string, text: string]>([
    ['1,000 brackets', '['.repeat(1000)],
    ['the same again', '['.repeat(1000)],
    ['50,000 brackets', '['.repeat(50_000)],
    ['50,000 maps', '{a: '.repeat(50_000)],
    ['50,000 list signs', '- '.repeat(50_000)],
    ['50,000 question marks', '? '.repeat(50_000)],
    ['2,000 indentations', Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
  ])('of %s is refused for its depth', (_claim, text) => {
    expect(parseText(text).diagnostics).toMatchObject([{ code: 'nested-too-deeply' }]);
  });

  it.each<[claim: string, text: string]>([
    ['200,000 list items', `[${'a,'.repeat(200_000)}]`],
    ['200,000 documents', '--- a\n'.repeat(200_000)],
    ['a text of 10 MB', withLine(`description2: ${'a'.repeat(10_000_000)}`)],
    ['a name of 10 MB', `version: 1\nkind: custom\nname: ${'a'.repeat(10_000_000)}`],
    ['an address of 10 MB', withLine(`proxies: [{ interface: eth0, address: ${'1'.repeat(10_000_000)} }]`)],
    ['100,000 unknown keys', withLine(Array.from({ length: 100_000 }, (_, i) => `key${i}: 1\n`).join(''))],
    ['100,000 unknown switches', withLine(`sysctl:\n${Array.from({ length: 100_000 }, (_, i) => `  key${i}: 1\n`).join('')}`)],
    ['100,000 same keys', withLine('a: 1\n'.repeat(100_000))],
    ['16 MB of zeros', '\0'.repeat(16_000_000)],
    ['a list that does not end', `[${'a,'.repeat(200_000)}`],
  ])('of %s is refused without a crash, in few words', (_claim, text) => {
    const { profiles, diagnostics } = parseText(text);
    expect(profiles).toEqual([]);
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.length).toBeLessThanOrEqual(21);
    for (const { message } of diagnostics) expect(message.length).toBeLessThan(500);
  });

  it('of aliases to aliases is refused before any is followed', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefghi')
      .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]\n`)
      .join('')}`;
    const codes = new Set(parseText(bomb).diagnostics.map(({ code }) => code));
    expect(codes).toEqual(new Set(['yaml-anchor', 'yaml-alias', 'more-mistakes']));
  });
});
