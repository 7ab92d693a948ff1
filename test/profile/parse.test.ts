import { describe, expect, it } from 'vitest';
import { parseProfiles } from '../../src/profile/parse.ts';
import { hostsFiles, mistakesOf, parseText } from './mistakes.ts';

const custom = (rest = ''): string => `version: 1\nkind: custom\n${rest}`;

describe('parseProfiles()', () => {
  it('reads several profiles of one file', () => {
    const text = `${custom('name: a\n')}---\n${custom('name: b\n')}---\n---\n${custom()}`;
    const { profiles, diagnostics } = parseText(text);
    expect(diagnostics).toEqual([]);
    expect(profiles.map(({ name }) => name)).toEqual(['a', 'b', 'office']);
  });

  it('tells where each name is given', () => {
    const { places } = parseText(`${custom('name: a\n')}---\n${custom()}`);
    expect(places.map(({ line, column }) => `${line}:${column}`)).toEqual(['3:7', '5:1']);
  });

  it.each<[file: string, name: string | undefined]>([
    ['office.yaml', 'office'],
    ['/etc/parp/two-wings.yml', 'two-wings'],
    ['office', 'office'],
    ['C:\\parp\\office.yaml', 'office'],
    ['Office.yaml', undefined],
    ['two wings.yaml', undefined],
    ['two.wings.yaml', undefined],
    ['-x.yaml', undefined],
    ['.yaml', undefined],
    ['<stdin>', undefined],
    [`${'a'.repeat(32)}.yaml`, undefined],
  ])('takes the name from %s where the profile has none', (file, name) => {
    const { profiles, diagnostics } = parseProfiles({ file, bytes: new TextEncoder().encode(custom()) }, hostsFiles({}));
    if (name === undefined) expect(diagnostics).toMatchObject([{ code: 'name-needed', line: 1, column: 1 }]);
    else expect(profiles.map((profile) => profile.name)).toEqual([name]);
  });

  it.each<[claim: string, text: string, mistakes: string[]]>([
    ['no kind', 'version: 1\n', ['1:1 missing-key "version"']],
    ['an unknown kind', 'version: 1\nkind: psuedo-bridge\n', ['2:7 unknown-kind "psuedo-bridge" -> pseudo-bridge']],
    ['a kind that is a list', 'version: 1\nkind: [custom]\n', ['2:7 unknown-kind "["']],
    ['no version', 'kind: custom\n', ['1:1 missing-key "kind"']],
    ['another version', 'version: 2\nkind: custom\n', ['1:10 unknown-value "2" -> 1']],
    ['a version in quotes', 'version: "1"\nkind: custom\n', ['1:10 wrong-type "\\"1\\"" -> 1']],
    ['a version with a point', 'version: 1.0\nkind: custom\n', ['1:10 ambiguous-number "1.0" -> 1']],
    ['a bad name', custom('name: Two Wings\n'), ['3:7 bad-name "Two Wings" -> two-wings']],
    ['a name of digits without quotes', custom('name: 12\n'), ['3:7 unquoted-text "12" -> "12"']],
    ['an unknown key', custom('forwardng: keep\n'), ['3:1 unknown-key "forwardng" -> forwarding']],
    ['an unknown key like no other', custom('xyzzy: keep\n'), ['3:1 unknown-key "xyzzy"']],
    ['a delay without unit', custom('proxy_delay: 800\n'), ['3:14 missing-unit "800" -> 800ms']],
    ['a delay that is none', custom('proxy_delay: soon\n'), ['3:14 bad-duration "soon" -> 800ms']],
    ['a delay of days', custom('proxy_delay: 2d\n'), ['3:14 out-of-range "2d"']],
    ['an unknown forwarding', custom('forwarding: gobal\n'), ['3:13 unknown-value "gobal" -> global']],
    ['redirects: no', custom('redirects: no\n'), ['3:12 unknown-value "no" -> false']],
    ['redirects: true', custom('redirects: true\n'), ['3:12 unknown-value "true"']],
    ['probe: yes', custom('probe: yes\n'), ['3:8 unknown-value "yes" -> true']],
    ['flush: off', custom('flush: off\n'), ['3:8 wrong-type "off"']],
    ['an unknown risk', custom('accept_risks: [over-answring]\n'), ['3:16 unknown-value "over-answring" -> over-answering']],
    ['announce: true', custom('announce: true\n'), ['3:11 wrong-type "true"']],
    ['no rounds', custom('announce: { rounds: 0 }\n'), ['3:21 out-of-range "0"']],
    ['very many rounds', custom('announce: { rounds: 101 }\n'), ['3:21 out-of-range "101"']],
    ['half a round', custom('announce: { rounds: 1.5 }\n'), ['3:21 wrong-type "1.5"']],
    ['a rate of 0', custom('announce: { rate: 0 }\n'), ['3:19 out-of-range "0"']],
    ['an unknown rate', custom('announce: { rate: unlimted }\n'), ['3:19 unknown-value "unlimted" -> unlimited']],
    ['an unknown form', custom('announce: { form: requests }\n'), ['3:19 unknown-value "requests" -> request']],
    ['a spacing without unit', custom('announce: { spacing: 5 }\n'), ['3:22 missing-unit "5" -> 5ms']],
    ['a misspelt key below another', custom('announce: { round: 5 }\n'), ['3:13 unknown-key "round" -> rounds']],
  ])('refuses %s', (_claim, text, mistakes) => expect(mistakesOf(text)).toEqual(mistakes));

  it('collects the mistakes of all documents, in the order of their places, and gives no profile that has one', () => {
    const text = `version: 1
kind: pseudo-bridge
segments:
  - interface: eth0
    adresses: [10.0.0.1/24]
    hosts: [10.0.0.5, 010.0.0.6]
  - interface: 100
    hosts: [10.0.0.5]
proxy_delay: 5
flush: maybe
---
version: 1
kind: custom
name: right
---
version: 1
kind: nat-proxy
name: wrong
outside: eth0
nat: [{ public: 10.1, private: 10.0.0.1 }]
`;
    expect(mistakesOf(text)).toEqual([
      '5:5 unknown-key "adresses" -> addresses',
      '6:23 leading-zeros "010.0.0.6" -> 10.0.0.6',
      '7:16 unquoted-interface "100" -> "100"',
      '8:13 host-in-two-segments "10.0.0.5"',
      '9:14 missing-unit "5" -> 5ms',
      '10:8 wrong-type "maybe"',
      '16:1 missing-key "version"',
      '20:17 bad-address "10.1" -> 10.0.0.1',
    ]);
    expect(parseText(text).profiles.map(({ name }) => name)).toEqual(['right']);
  });

  it('shows 20 mistakes, and counts the rest', () => {
    const wrong = (count: number): string => custom(Array.from({ length: count }, (_, i) => `wrong${i}: 1\n`).join(''));
    expect(mistakesOf(wrong(20))).toHaveLength(20);
    expect(mistakesOf(wrong(21)).at(-1)).toBe('23:1 more-mistakes "wrong20"');
    expect(parseText(wrong(5000)).diagnostics).toHaveLength(21);
    expect(parseText(wrong(5000)).diagnostics.at(-1)).toMatchObject({ severity: 'error', message: 'And 4,980 more mistakes' });
  });

  it('keeps errors that come behind very many warnings', () => {
    const warned = Array.from({ length: 1100 }, (_, i) => `  - { address: 10.${i >> 8}.${i & 255}.0/24, interface: eth0 }\n`).join('');
    expect(parseText(custom(`addresses:\n${warned}`)).profiles).toHaveLength(1);
    const { profiles, diagnostics } = parseText(custom(`addresses:\n${warned}routes: [{ to: 10.0.0.0/24 }]\n`));
    expect(profiles).toEqual([]);
    expect(diagnostics.at(-1)).toMatchObject({ severity: 'error', message: 'And 981 more mistakes' });
  });

  it('says of very many numbers what they should have been', () => {
    const hosts = Array.from({ length: 1500 }, (_, i) => `      - ${i}.1\n`).join('');
    const text = `version: 1\nkind: pseudo-bridge\nsegments:\n  - interface: a\n    hosts:\n${hosts}  - interface: b\n`;
    expect(mistakesOf(text)[0]).toBe('6:9 bad-address "0.1" -> 0.0.0.1');
  });

  it('does not take a mistake of a hosts file for one of the profile at the same offset', () => {
    const text = 'version: 1.0\nkind: pseudo-bridge\nsegments:\n  - { interface: a, hosts_file: h }\n  - interface: b\n';
    expect(mistakesOf(text, hostsFiles({ h: '#2345678\n10.0.0\n' }))).toEqual([
      '1:10 ambiguous-number "1.0" -> 1',
      'h:2:1 bad-address "10.0.0" -> 10.0.0.0',
    ]);
  });

  it('refuses two profiles of one name, and names the other line', () => {
    const twice = parseText(`${custom('name: a\n')}---\n${custom('name: a\n')}`);
    expect(twice.diagnostics).toMatchObject([{ code: 'duplicate-name', line: 7, column: 7 }]);
    expect(twice.diagnostics[0]?.message).toContain('line 3');
    expect(mistakesOf(`${custom()}---\n${custom()}`)).toEqual(['4:1 duplicate-name "version"']);
  });

  it('counts columns in characters, not in bytes or UTF-16 units', () => {
    expect(mistakesOf('{ version: 1, kind: custom, description: "ö\u{1f600}\u{1f600}", wrong: 1 }')).toEqual(['1:49 unknown-key "wrong"']);
  });

  it('lets a warning pass', () => {
    const { profiles, diagnostics } = parseText(custom('addresses: [{ address: 10.0.0.255/24, interface: eth0 }]\n'));
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'broadcast-address' }]);
    expect(profiles).toHaveLength(1);
  });

  it('refuses a hosts file that is too large, or no text', () => {
    const text = 'version: 1\nkind: pseudo-bridge\nsegments:\n  - interface: eth0\n    hosts_file: h\n  - interface: eth1\n';
    const giving = (bytes: Uint8Array): string[] => mistakesOf(text, () => ({ ok: true, bytes, file: 'h' }));
    expect(giving(new Uint8Array(64 * 2 ** 20 + 1))).toEqual(['h:1:1 file-too-large ""']);
    expect(giving(Uint8Array.of(0x23, 0x0a, 0xff))).toEqual(['h:2:1 not-utf8 "\ufffd"']);
    expect(giving(Uint8Array.of(0x23, 0x00))).toEqual(['h:1:2 control-character "\\u0000"']);
  });
});
