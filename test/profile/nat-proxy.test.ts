import { describe, expect, it } from 'vitest';
import { mistakesOf, parseText, profileOf } from './mistakes.ts';

/** A NAT proxy with these mappings, the first of them on line 6. */
function proxy(mappings: readonly string[], end = ''): string {
  return `version: 1\nkind: nat-proxy\noutside: eth0\ninside: eth1\nnat:\n${mappings.map((one) => `  - { ${one} }\n`).join('')}${end}`;
}

const ONE = 'public: 203.0.113.10, private: 10.0.0.10';

describe('a NAT proxy', () => {
  it('is read with the defaults of its kind', () => {
    const mappings = [
      ONE,
      'public: 203.0.113.16/28, private: 10.0.1.16/28',
      'public: 203.0.113.9, source: 10.0.0.0/24',
      'public: 203.0.113.9, protocol: tcp, port: 443, to: "10.0.0.5:8443"',
      'public: 203.0.113.9, protocol: udp, port: 53, to: 10.0.0.5',
    ];
    expect(profileOf('nat-proxy', proxy(mappings))).toMatchObject({
      kind: 'nat-proxy',
      outside: 'eth0',
      inside: 'eth1',
      manageNat: true,
      forwarding: 'global',
      proxyDelay: 'keep',
      redirects: 'keep',
      nat: [
        { map: 'address', public: '203.0.113.10', private: '10.0.0.10' },
        { map: 'prefix', public: '203.0.113.16/28', private: '10.0.1.16/28' },
        { map: 'source', public: '203.0.113.9', source: '10.0.0.0/24' },
        { map: 'port', public: '203.0.113.9', protocol: 'tcp', port: 443, to: '10.0.0.5', toPort: 8443 },
        { map: 'port', public: '203.0.113.9', protocol: 'udp', port: 53, to: '10.0.0.5', toPort: 53 },
      ],
    });
  });

  it('takes a /32 for an address', () => {
    expect(profileOf('nat-proxy', proxy(['public: 203.0.113.10/32, private: 10.0.0.10'], 'manage_nat: false\n'))).toMatchObject({
      manageNat: false,
      nat: [{ map: 'address', public: '203.0.113.10', private: '10.0.0.10' }],
    });
  });

  it.each<[claim: string, mappings: string[]]>([
    ['sources that share an address', ['public: 203.0.113.9, source: 10.0.0.0/24', 'public: 203.0.113.9, source: 10.0.1.0/24']],
    ['a source inside another', ['public: 203.0.113.9, source: 10.0.0.0/16', 'public: 203.0.113.8, source: 10.0.1.0/24']],
    ['a port of an address that is mapped one to one', [ONE, 'public: 203.0.113.10, protocol: tcp, port: 22, to: 10.0.0.11']],
    [
      'a port of a mapped prefix',
      ['public: 203.0.113.16/28, private: 10.0.1.16/28', 'public: 203.0.113.17, protocol: tcp, port: 22, to: 10.0.0.11'],
    ],
    ['one port for two protocols', ['tcp', 'udp'].map((protocol) => `public: 203.0.113.9, protocol: ${protocol}, port: 53, to: 10.0.0.5`)],
    ['two ports to one target', [53, 54].map((port) => `public: 203.0.113.9, protocol: udp, port: ${port}, to: "10.0.0.5:53"`)],
    ['a source that holds a private address', [ONE, 'public: 203.0.113.9, source: 10.0.0.0/24']],
  ])('allows %s', (_claim, mappings) => expect(mistakesOf(proxy(mappings))).toEqual([]));

  it.each<[claim: string, mappings: string[], mistakes: string[]]>([
    ['prefixes of different length', ['public: 203.0.113.16/28, private: 10.0.1.0/27'], ['6:41 nat-length-mismatch "10.0.1.0/27"']],
    ['an address for a prefix', ['public: 203.0.113.16/28, private: 10.0.1.16'], ['6:41 nat-length-mismatch "10.0.1.16"']],
    ['host bits', ['public: 203.0.113.17/28, private: 10.0.1.16/28'], ['6:15 host-bits-set "203.0.113.17/28" -> 203.0.113.16/28']],
    ['a source without length', ['public: 203.0.113.9, source: 10.0.0.0'], ['6:36 missing-prefix-length "10.0.0.0" -> 10.0.0.0/32']],
    ['a prefix as the public address of a source', ['public: 203.0.113.0/28, source: 10.0.0.0/24'], ['6:15 bad-address "203.0.113.0/28"']],
    ['nowhere to lead', ['public: 203.0.113.9'], ['6:5 nat-incomplete "{"']],
    ['a misspelt key', ['public: 203.0.113.9, privat: 10.0.0.9'], ['6:28 unknown-key "privat" -> private']],
    ['two things at once', [`${ONE}, source: 10.0.0.0/24`], ['6:49 nat-ambiguous "source"']],
    ['no public address', ['private: 10.0.0.9'], ['6:5 missing-key "{"']],
    ['a port alone', ['public: 203.0.113.9, port: 5'], ['6:5 missing-key "{"', '6:5 missing-key "{"']],
    ['another protocol', ['public: 203.0.113.9, protocol: sctp, port: 5, to: 10.0.0.5'], ['6:38 unknown-value "sctp"']],
    ['port 0', ['public: 203.0.113.9, protocol: tcp, port: 0, to: 10.0.0.5'], ['6:49 out-of-range "0"']],
    ['port 65536', ['public: 203.0.113.9, protocol: tcp, port: 65536, to: 10.0.0.5'], ['6:49 out-of-range "65536"']],
    ['a port in quotes', ['public: 203.0.113.9, protocol: tcp, port: "5", to: 10.0.0.5'], ['6:49 wrong-type "\\"5\\"" -> 5']],
    [
      'a port that YAML 1.1 reads otherwise',
      ['public: 203.0.113.9, protocol: tcp, port: 010, to: 10.0.0.5'],
      ['6:49 ambiguous-number "010" -> 10'],
    ],
    ['a target port of 0', ['public: 203.0.113.9, protocol: tcp, port: 5, to: "10.0.0.5:0"'], ['6:56 bad-port "\\"10.0.0.5:0\\""']],
    ['a target that is no address', ['public: 203.0.113.9, protocol: tcp, port: 5, to: "web:80"'], ['6:56 bad-address "\\"web:80\\""']],
    ['a loopback target', ['public: 203.0.113.9, protocol: tcp, port: 5, to: 127.0.0.1'], ['6:56 not-unicast "127.0.0.1"']],
    ['a public address twice', [ONE, 'public: 203.0.113.10, private: 10.0.0.11'], ['7:15 nat-overlap "203.0.113.10"']],
    ['a private address twice', [ONE, 'public: 203.0.113.11, private: 10.0.0.10'], ['7:38 nat-overlap "10.0.0.10"']],
    [
      'an address inside a mapped prefix, whichever comes first',
      ['public: 203.0.113.17, private: 10.0.0.9', 'public: 203.0.113.16/28, private: 10.0.1.16/28'],
      ['7:15 nat-overlap "203.0.113.16/28"'],
    ],
    [
      'a private prefix inside another',
      ['public: 203.0.113.16/28, private: 10.0.1.16/28', 'public: 203.0.113.32/29, private: 10.0.1.16/29'],
      ['7:41 nat-overlap "10.0.1.16/29"'],
    ],
    [
      'a port twice',
      ['5', '6'].map((target) => `public: 203.0.113.9, protocol: tcp, port: 443, to: 10.0.0.${target}`),
      ['7:49 nat-overlap "443"'],
    ],
    [
      'a source twice',
      ['public: 203.0.113.9, source: 10.0.0.0/24', 'public: 203.0.113.8, source: 10.0.0.0/24'],
      ['7:36 nat-overlap "10.0.0.0/24"'],
    ],
    ['a private address that is public', [ONE, 'public: 203.0.113.11, private: 203.0.113.10'], ['7:38 nat-target-public "203.0.113.10"']],
    [
      'a target inside a public prefix',
      ['public: 203.0.113.16/28, private: 10.0.1.16/28', 'public: 203.0.113.9, protocol: tcp, port: 5, to: 203.0.113.31'],
      ['7:56 nat-target-public "203.0.113.31"'],
    ],
    [
      'a target inside a public prefix that holds other public addresses',
      [
        'public: 203.0.113.16/28, private: 10.0.1.16/28',
        'public: 203.0.113.17, protocol: tcp, port: 5, to: 10.0.0.5',
        'public: 203.0.113.9, protocol: tcp, port: 5, to: 203.0.113.30',
      ],
      ['8:56 nat-target-public "203.0.113.30"'],
    ],
  ])('refuses %s', (_claim, mappings, mistakes) => expect(mistakesOf(proxy(mappings))).toEqual(mistakes));

  it('refuses what its own keys get wrong', () => {
    expect(mistakesOf('version: 1\nkind: nat-proxy\noutside: eth0\ninside: eth0\nnat: []\n')).toEqual(['5:6 too-few "["']);
    expect(mistakesOf(proxy([ONE]).replace('inside: eth1', 'inside: eth0'))).toEqual(['4:9 same-interface-twice "eth0"']);
    expect(mistakesOf(proxy([ONE]).replace('outside: eth0\n', ''))).toEqual(['1:1 missing-key "version"']);
    expect(mistakesOf(proxy([ONE], 'manage_nat: no\n'))).toEqual(['7:13 wrong-type "no"']);
  });

  it('names the other line of an overlap', () => {
    const [overlap] = parseText(proxy([ONE, 'public: 203.0.113.8, private: 10.0.0.8', ONE])).diagnostics;
    expect(overlap?.message).toContain('line 6');
  });

  it('finds overlaps among many mappings as the definition does', () => {
    const prefix = (i: number): string => `203.0.${i >> 6}.${(i & 63) * 4}/30`;
    const many = Array.from({ length: 300 }, (_, i) => `public: ${prefix(i)}, private: 10${prefix(i).slice(3)}`);
    expect(mistakesOf(proxy(many))).toEqual([]);
    expect(mistakesOf(proxy([...many, 'public: 203.0.2.129, private: 11.0.0.1']))).toHaveLength(1);
  });
});
