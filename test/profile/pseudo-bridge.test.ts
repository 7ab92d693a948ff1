import { describe, expect, it } from 'vitest';
import { hostsFiles, mistakesOf, parseText, profileOf } from './mistakes.ts';

/** A right profile, with lines put in at the places that the tests are about. */
function bridge({ left = '', right = '', end = '' }: { left?: string; right?: string; end?: string }): string {
  return `version: 1
kind: pseudo-bridge
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
${left}  - interface: eth1
${right}${end}`;
}

const hosts = (...entries: string[]): string => `    hosts:\n${entries.map((entry) => `      - ${entry}\n`).join('')}`;
const numbers = (first: number, last = first) => ({ first: 0xc0a80000 + first, last: 0xc0a80000 + last });

describe('a pseudo-bridge', () => {
  it('is read with the defaults of its kind', () => {
    expect(profileOf('pseudo-bridge', bridge({ right: hosts('192.168.0.66', '192.168.0.70-192.168.0.79', '192.168.0.128/26') }))).toEqual({
      kind: 'pseudo-bridge',
      name: 'office',
      proxyDelay: 0,
      forwarding: 'global',
      redirects: false,
      flush: true,
      probe: true,
      announce: { rounds: 3, spacingMs: 1200, form: 'both', rate: 1000 },
      acceptRisks: [],
      answer: 'routed',
      segments: [
        { interface: 'eth0', addresses: ['192.168.0.1/24'], hosts: [] },
        {
          interface: 'eth1',
          addresses: [],
          hosts: [
            { ...numbers(66), as: 'address' },
            { ...numbers(70, 79), as: 'range' },
            { ...numbers(128, 191), as: 'prefix' },
          ],
        },
      ],
    });
  });

  it('takes every common key', () => {
    const end = `description: Two wings
proxy_delay: 800ms
forwarding: interfaces
redirects: keep
flush: false
probe: rfc5227
announce: { rounds: 2, spacing: 2s, form: request, rate: unlimited }
accept_risks: [same-subnet-twice, gateway-proxied]
answer: routed
name: wings
`;
    expect(profileOf('pseudo-bridge', bridge({ end }))).toMatchObject({
      name: 'wings',
      description: 'Two wings',
      proxyDelay: 800,
      forwarding: 'interfaces',
      redirects: 'keep',
      flush: false,
      probe: 'rfc5227',
      announce: { rounds: 2, spacingMs: 2000, form: 'request', rate: null },
      acceptRisks: ['same-subnet-twice', 'gateway-proxied'],
    });
  });

  it('fills what an announcement does not say', () => {
    expect(profileOf('pseudo-bridge', bridge({ end: 'announce: { rounds: 1 }\n' })).announce).toEqual({
      rounds: 1,
      spacingMs: 1200,
      form: 'both',
      rate: 1000,
    });
    expect(profileOf('pseudo-bridge', bridge({ end: 'announce: false\n' })).announce).toBe(false);
  });

  it('counts a prefix and a range of one address as that address', () => {
    const right = hosts('192.168.0.66/32', '192.168.0.67-192.168.0.67');
    expect(profileOf('pseudo-bridge', bridge({ right })).segments[1]?.hosts).toEqual([
      { ...numbers(66), as: 'address' },
      { ...numbers(67), as: 'address' },
    ]);
  });

  it('adds the entries of a hosts file to its own', () => {
    const right = `${hosts('192.168.0.66')}    hosts_file: lab.hosts\n`;
    const files = hostsFiles({ 'lab.hosts': '# the lab\n192.168.0.70\r\n\n  192.168.0.80-192.168.0.81\t# a pair\n192.168.0.128/26' });
    expect(profileOf('pseudo-bridge', bridge({ right }), files).segments[1]?.hosts.map(({ as }) => as)).toEqual([
      'address',
      'address',
      'range',
      'prefix',
    ]);
  });

  it.each<[claim: string, text: string]>([
    ['an own address inside a prefix', bridge({ left: hosts('192.168.0.0/24'), right: hosts('192.168.0.66') })],
    ['an own address inside a range', bridge({ left: hosts('192.168.0.1-192.168.0.9') })],
    ['a range of another segment inside a prefix', bridge({ left: hosts('192.168.0.0/24'), right: hosts('192.168.0.70-192.168.0.79') })],
    ['a longer prefix of another segment inside a prefix', bridge({ left: hosts('192.168.0.0/24'), right: hosts('192.168.0.128/26') })],
    ['three levels', bridge({ left: hosts('192.168.0.0/24', '192.168.0.130'), right: hosts('192.168.0.128/26') })],
    ['the same host twice in one segment', bridge({ right: hosts('192.168.0.66', '192.168.0.66', '192.168.0.64/26') })],
    ['listed with hosts everywhere', bridge({ left: hosts('192.168.0.9'), right: hosts('192.168.0.66'), end: 'answer: listed\n' })],
  ])('allows %s', (_claim, text) => expect(mistakesOf(text)).toEqual([]));

  it.each<[claim: string, text: string, mistakes: string[]]>([
    ['an unknown key', bridge({ right: '    adresses: [192.168.0.2/24]\n' }), ['7:5 unknown-key "adresses" -> addresses']],
    [
      'a missing prefix length',
      bridge({ right: '    addresses: [192.168.0.2]\n' }),
      ['7:17 missing-prefix-length "192.168.0.2" -> 192.168.0.2/24'],
    ],
    ['host bits', bridge({ right: hosts('192.168.0.66/26') }), ['8:9 host-bits-set "192.168.0.66/26" -> 192.168.0.64/26']],
    ['leading zeros', bridge({ right: hosts('010.0.0.1') }), ['8:9 leading-zeros "010.0.0.1" -> 10.0.0.1']],
    ['two octets, which YAML takes for a number', bridge({ right: hosts('10.10') }), ['8:9 bad-address "10.10" -> 10.0.0.10']],
    [
      'a range the wrong way',
      bridge({ right: hosts('10.0.0.9-10.0.0.1') }),
      ['8:9 range-reversed "10.0.0.9-10.0.0.1" -> 10.0.0.1-10.0.0.9'],
    ],
    ['a multicast host', bridge({ right: hosts('224.0.0.5') }), ['8:9 not-unicast "224.0.0.5"']],
    [
      'no address',
      bridge({ right: hosts('0.0.0.0', '255.255.255.255', '127.0.0.0/8') }),
      ['8:9 not-unicast "0.0.0.0"', '9:9 not-unicast "255.255.255.255"', '10:9 not-unicast "127.0.0.0/8"'],
    ],
    ['an empty entry', bridge({ right: hosts('') }), ['8:7 empty-value "-"']],
    ['an empty text', bridge({ right: hosts('""') }), ['8:9 bad-address "\\"\\""']],
    ['an own address as a host', bridge({ right: hosts('192.168.0.1') }), ['8:9 host-is-own-address "192.168.0.1"']],
    ['an own address as a /32', bridge({ right: hosts('192.168.0.1/32') }), ['8:9 host-is-own-address "192.168.0.1/32"']],
    [
      'a host in two segments',
      bridge({ left: hosts('192.168.0.66'), right: hosts('192.168.0.65', '192.168.0.66') }),
      ['11:9 host-in-two-segments "192.168.0.66"'],
    ],
    [
      'a host inside a range of another segment',
      bridge({ left: hosts('192.168.0.60-192.168.0.70'), right: hosts('192.168.0.66') }),
      ['10:9 host-in-two-segments "192.168.0.66"'],
    ],
    [
      'a prefix inside a range of another segment',
      bridge({ left: hosts('192.168.0.60-192.168.0.70'), right: hosts('192.168.0.64/31') }),
      ['10:9 host-in-two-segments "192.168.0.64/31"'],
    ],
    [
      'the same prefix in two segments',
      bridge({ left: hosts('192.168.0.64/26'), right: hosts('192.168.0.64/26') }),
      ['10:9 host-in-two-segments "192.168.0.64/26"'],
    ],
    [
      'a range that leaves the prefix of another segment',
      bridge({ left: hosts('192.168.0.64/26'), right: hosts('192.168.0.60-192.168.0.70') }),
      ['10:9 host-in-two-segments "192.168.0.60-192.168.0.70"'],
    ],
    ['one interface twice', bridge({ end: '  - interface: eth0\n' }), ['7:16 same-interface-twice "eth0"']],
    ['the loopback', bridge({ end: '  - interface: lo\n' }), ['7:16 loopback "lo"']],
    ['an unquoted number as interface', bridge({ end: '  - interface: 100\n' }), ['7:16 unquoted-interface "100" -> "100"']],
    ['an unquoted number with zeros', bridge({ end: '  - interface: 0100\n' }), ['7:16 unquoted-interface "0100" -> "0100"']],
    ['an unquoted exponent', bridge({ end: '  - interface: 1e3\n' }), ['7:16 unquoted-interface "1e3" -> "1e3"']],
    ['the kernel’s word for all interfaces', bridge({ end: '  - interface: all\n' }), ['7:16 bad-interface-name "all"']],
    ['a path as interface', bridge({ end: '  - interface: ../x\n' }), ['7:16 bad-interface-name "../x"']],
    ['a missing interface', bridge({ end: '  - addresses: [10.0.0.1/24]\n' }), ['7:5 missing-key "addresses"']],
    ['a misspelt interface', bridge({ end: '  - intreface: eth2\n' }), ['7:5 unknown-key "intreface" -> interface']],
    ['listed without hosts', bridge({ left: hosts('192.168.0.9'), end: 'answer: listed\n' }), ['8:5 listed-needs-hosts "interface"']],
    [
      'listed with too many hosts',
      bridge({ left: hosts('10.0.0.0/8'), right: hosts('192.168.0.66'), end: 'answer: listed\n' }),
      ['8:5 too-many-proxies "interface"'],
    ],
    ['a twofold own address', bridge({ right: '    addresses: [10.0.0.1/24, 10.0.0.1/24]\n' }), ['7:30 duplicate-address "10.0.0.1/24"']],
    ['the network’s own address', bridge({ right: '    addresses: [10.0.0.0/24]\n' }), ['7:17 warning network-address "10.0.0.0/24"']],
    ['a hosts file that is not there', bridge({ right: '    hosts_file: no.hosts\n' }), ['7:17 hosts-file-unreadable "no.hosts"']],
    ['one segment alone', 'version: 1\nkind: pseudo-bridge\nsegments:\n  - interface: eth0\n', ['4:3 too-few "-"']],
    ['no segments', 'version: 1\nkind: pseudo-bridge\n', ['1:1 missing-key "version"']],
  ])('refuses %s', (_claim, text, mistakes) => expect(mistakesOf(text)).toEqual(mistakes));

  it('places mistakes of a hosts file in that file, and names both places of a host in two segments', () => {
    const files = hostsFiles({
      'l.hosts': '192.168.0.66\n10.0.0.300\n',
      'r.hosts': '# right\n  192.168.0.66 # again\n10.0.0.5 printer\n010.0.0.1\n192.168.0.1\n',
    });
    const text = bridge({ left: '    hosts_file: l.hosts\n', right: '    hosts_file: r.hosts\n' });
    expect(parseText(text, files).diagnostics[1]?.message).toContain('l.hosts line 1');
    expect(mistakesOf(text, files)).toEqual([
      'l.hosts:2:1 bad-address "10.0.0.300"',
      'r.hosts:2:3 host-in-two-segments "192.168.0.66"',
      'r.hosts:3:1 hosts-file-line "10.0.0.5 printer" -> 10.0.0.5  # printer',
      'r.hosts:4:1 leading-zeros "010.0.0.1" -> 10.0.0.1',
      'r.hosts:5:1 host-is-own-address "192.168.0.1"',
    ]);
  });
});
