import { describe, expect, it } from 'vitest';
import { mistakesOf, profileOf } from './mistakes.ts';

const custom = (rest: string): string => `version: 1\nkind: custom\n${rest}`;
/** The first line is 4. */
const list = (key: string, ...entries: string[]): string => custom(`${key}:\n${entries.map((entry) => `  - { ${entry} }\n`).join('')}`);
const sysctl = (...lines: string[]): string => custom(`sysctl:\n${lines.map((line) => `  ${line}\n`).join('')}`);

describe('a custom profile', () => {
  it('leaves what it does not name', () => {
    expect(profileOf('custom', custom(''))).toMatchObject({
      forwarding: 'keep',
      redirects: 'keep',
      proxyDelay: 'keep',
      flush: true,
      sysctl: [],
      addresses: [],
      routes: [],
      proxies: [],
      announceAddresses: [],
    });
  });

  it('names addresses, proxies and announcements', () => {
    const text = custom(`addresses: [{ address: 10.0.0.1/24, interface: eth0 }, { address: 10.1.0.1/16, interface: lo }]
proxies: [{ address: 10.0.0.9, interface: eth0 }, { address: 10.0.0.16/28, interface: eth0 }]
announce_addresses: [{ address: 10.0.0.9, interface: eth0 }]
`);
    expect(profileOf('custom', text)).toMatchObject({
      addresses: [
        { address: '10.0.0.1/24', interface: 'eth0' },
        { address: '10.1.0.1/16', interface: 'lo' },
      ],
      proxies: [
        { addresses: '10.0.0.9/32', interface: 'eth0' },
        { addresses: '10.0.0.16/28', interface: 'eth0' },
      ],
      announceAddresses: [{ addresses: '10.0.0.9/32', interface: 'eth0' }],
    });
  });

  it.each<[entry: string, route: object]>([
    ['to: 10.0.0.9/32, interface: eth1', { to: '10.0.0.9/32', interface: 'eth1', type: 'unicast', table: 254, metric: 0, scope: 'link' }],
    ['to: default, via: 10.0.0.1', { to: '0.0.0.0/0', via: '10.0.0.1', type: 'unicast', table: 254, metric: 0, scope: 'global' }],
    [
      'to: 10.0.0.0/8, via: 10.0.0.1, interface: eth0, onlink: true, metric: 7, table: 100, source: 10.0.0.2',
      {
        to: '10.0.0.0/8',
        via: '10.0.0.1',
        interface: 'eth0',
        onlink: true,
        metric: 7,
        table: 100,
        source: '10.0.0.2',
        type: 'unicast',
        scope: 'global',
      },
    ],
    [
      'to: 10.0.0.9/32, interface: lo, type: local',
      { to: '10.0.0.9/32', interface: 'lo', type: 'local', table: 255, metric: 0, scope: 'host' },
    ],
    [
      'to: 10.0.0.9/32, interface: lo, type: local, table: main',
      { to: '10.0.0.9/32', interface: 'lo', type: 'local', table: 254, metric: 0, scope: 'host' },
    ],
    ['to: 10.0.0.0/8, type: blackhole', { to: '10.0.0.0/8', type: 'blackhole', table: 254, metric: 0, scope: 'global' }],
    ['to: 10.0.0.0/8, type: throw, table: default', { to: '10.0.0.0/8', type: 'throw', table: 253, metric: 0, scope: 'global' }],
    [
      'to: 10.0.0.255/32, interface: eth0, type: broadcast',
      { to: '10.0.0.255/32', interface: 'eth0', type: 'broadcast', table: 255, metric: 0, scope: 'link' },
    ],
  ])('reads the route %s', (entry, route) => expect(profileOf('custom', list('routes', entry)).routes).toEqual([route]));

  it.each<[claim: string, text: string, mistakes: string[]]>([
    [
      'a route without prefix length',
      list('routes', 'to: 10.0.0.9, interface: eth1'),
      ['4:11 missing-prefix-length "10.0.0.9" -> 10.0.0.9/32'],
    ],
    ['a route to host bits', list('routes', 'to: 10.0.0.9/24, interface: eth1'), ['4:11 host-bits-set "10.0.0.9/24" -> 10.0.0.0/24']],
    ['a route to nowhere', list('routes', 'to: 10.0.0.0/24'), ['4:5 missing-key "{"']],
    [
      'a blackhole with a way out',
      list('routes', 'to: 10.0.0.0/24, type: blackhole, interface: eth0'),
      ['4:41 route-contradiction "interface"'],
    ],
    ['a blackhole with a gateway', list('routes', 'to: 10.0.0.0/24, type: prohibit, via: 10.0.0.1'), ['4:40 route-contradiction "via"']],
    [
      'a local route by a gateway',
      list('routes', 'to: 10.0.0.9/32, type: local, interface: lo, via: 10.0.0.1'),
      ['4:52 route-contradiction "via"'],
    ],
    ['onlink without a gateway', list('routes', 'to: 10.0.0.0/24, interface: eth0, onlink: true'), ['4:41 route-contradiction "onlink"']],
    ['onlink without an interface', list('routes', 'to: 10.0.0.0/24, via: 10.0.0.1, onlink: true'), ['4:5 missing-key "{"']],
    ['an unknown table', list('routes', 'to: 10.0.0.0/24, interface: eth0, table: mian'), ['4:48 unknown-value "mian" -> main']],
    ['table 0', list('routes', 'to: 10.0.0.0/24, interface: eth0, table: 0'), ['4:48 out-of-range "0"']],
    ['a metric below 0', list('routes', 'to: 10.0.0.0/24, interface: eth0, metric: -1'), ['4:49 out-of-range "-1"']],
    ['an unknown type', list('routes', 'to: 10.0.0.0/24, type: blackhol'), ['4:30 unknown-value "blackhol" -> blackhole']],
    [
      'two routes that are one to the kernel',
      list('routes', 'to: 10.0.0.0/24, interface: eth0', 'to: 10.0.0.0/24, interface: eth1, table: main'),
      ['5:11 duplicate-route "10.0.0.0/24"'],
    ],
    [
      'an address without length',
      list('addresses', 'address: 10.0.0.1, interface: eth0'),
      ['4:16 missing-prefix-length "10.0.0.1" -> 10.0.0.1/24'],
    ],
    [
      'an address twice',
      list('addresses', 'address: 10.0.0.1/24, interface: eth0', 'address: 10.0.0.1/24, interface: eth0'),
      ['5:16 duplicate-address "10.0.0.1/24"'],
    ],
    ['an address that needs an interface', list('addresses', 'address: 10.0.0.1/24'), ['4:5 missing-key "{"']],
    ['too many proxies', list('proxies', 'address: 10.0.0.0/15, interface: eth0'), ['4:16 too-many-proxies "10.0.0.0/15"']],
    [
      'too many proxies together',
      list(
        'proxies',
        'address: 10.0.0.0/16, interface: eth0',
        'address: 10.1.0.0, interface: eth1',
        'address: 10.1.0.0, interface: eth0',
        'address: 10.1.0.1, interface: eth0',
      ),
      ['6:16 too-many-proxies "10.1.0.0"'],
    ],
    [
      'too many announcements',
      list('announce_addresses', 'address: 10.0.0.0/8, interface: eth0'),
      ['4:16 too-many-addresses "10.0.0.0/8"'],
    ],
    ['a proxy on the loopback', list('proxies', 'address: 10.0.0.9, interface: lo'), ['4:37 loopback "lo"']],
  ])('refuses %s', (_claim, text, mistakes) => expect(mistakesOf(text)).toEqual(mistakes));
});

describe('the sysctls of a custom profile', () => {
  it.each<[line: string, path: string, value: string]>([
    ['net/ipv4/ip_forward: 1', 'net/ipv4/ip_forward', '1'],
    ['net.ipv4.ip_nonlocal_bind: true', 'net/ipv4/ip_nonlocal_bind', '1'],
    ['net.ipv4.conf.eth0.proxy_arp: false', 'net/ipv4/conf/eth0/proxy_arp', '0'],
    ['net/ipv4/conf/eth0.100/proxy_arp: "1"', 'net/ipv4/conf/eth0.100/proxy_arp', '1'],
    ['net/ipv4/conf/all/rp_filter: 2', 'net/ipv4/conf/all/rp_filter', '2'],
    ['net/ipv4/conf/default/arp_ignore: 8', 'net/ipv4/conf/default/arp_ignore', '8'],
    ['net/ipv4/conf/eth0/medium_id: -1', 'net/ipv4/conf/eth0/medium_id', '-1'],
    ['net/ipv4/neigh/eth0/proxy_qlen: 1024', 'net/ipv4/neigh/eth0/proxy_qlen', '1024'],
    ['net/ipv4/neigh/eth0/proxy_delay: 80', 'net/ipv4/neigh/eth0/proxy_delay', '800ms'],
    ['net/ipv4/neigh/eth0/proxy_delay: "0"', 'net/ipv4/neigh/eth0/proxy_delay', '0ms'],
    ['net.ipv4.neigh.eth0.locktime: 1.2s', 'net/ipv4/neigh/eth0/locktime', '1200ms'],
  ])('%s', (line, path, value) => expect(profileOf('custom', sysctl(line)).sysctl).toEqual([{ path, value }]));

  it.each<[line: string, mistake: string]>([
    ['net/ipv4/conf/eth0/arp_ignore: 99', '4:34 sysctl-out-of-range "99"'],
    ['net/ipv4/conf/eth0/arp_ignore: 5', '4:34 sysctl-out-of-range "5"'],
    ['net/ipv4/conf/eth0/rp_filter: 77', '4:33 sysctl-out-of-range "77"'],
    ['net/ipv4/conf/eth0/proxy_arp: -1', '4:33 sysctl-out-of-range "-1"'],
    ['net/ipv4/conf/eth0/proxy_arp: 2', '4:33 sysctl-out-of-range "2"'],
    ['net/ipv4/conf/eth0/proxy_arp: 010', '4:33 sysctl-out-of-range "010"'],
    ['net/ipv4/conf/eth0/proxy_arp: 01', '4:33 ambiguous-number "01" -> 1'],
    ['net/ipv4/conf/eth0/proxy_arp: "01"', '4:33 bad-sysctl-value "\\"01\\"" -> 1'],
    ['net/ipv4/conf/eth0/proxy_arp: "0x1"', '4:33 bad-sysctl-value "\\"0x1\\""'],
    ['net/ipv4/conf/eth0/proxy_arp: on', '4:33 bad-sysctl-value "on"'],
    ['net/ipv4/conf/eth0/proxy_arp: 1.5', '4:33 bad-sysctl-value "1.5"'],
    ['net/ipv4/conf/eth0/proxy_arp:', '4:3 empty-value "net/ipv4/conf/eth0/proxy_arp"'],
    ['net/ipv4/conf/eth0/proxy_arp: [1]', '4:33 wrong-type "["'],
    ['net/ipv4/neigh/eth0/proxy_delay: -1', '4:36 bad-sysctl-value "-1" -> 800ms'],
    ['net/ipv4/neigh/eth0/proxy_delay: 2d', '4:36 sysctl-out-of-range "2d"'],
    ['net/ipv4/neigh/eth0/proxy_qlen: -1', '4:35 sysctl-out-of-range "-1"'],
    ['net/ipv4/conf/eth0/proxy_arpp: 1', '4:3 unknown-sysctl "net/ipv4/conf/eth0/proxy_arpp" -> net/ipv4/conf/eth0/proxy_arp'],
    ['net/ipv4/neigh/eth0/proxy_dely: 1', '4:3 unknown-sysctl "net/ipv4/neigh/eth0/proxy_dely" -> net/ipv4/neigh/eth0/proxy_delay'],
    ['net/ipv4/conf/eth0/tag: 1', '4:3 unknown-sysctl "net/ipv4/conf/eth0/tag"'],
    ['net.ipv4.conf.eth0.100.proxy_arp: 1', '4:3 ambiguous-sysctl "net.ipv4.conf.eth0.100.proxy_arp" -> net/ipv4/conf/eth0.100/proxy_arp'],
    ['net.ipv4.ip_forwad: 1', '4:3 bad-sysctl-path "net.ipv4.ip_forwad" -> net/ipv4/ip_forward'],
    ['kernel/hostname: 1', '4:3 bad-sysctl-path "kernel/hostname"'],
    ['net/ipv4/conf/../proxy_arp: 1', '4:3 bad-sysctl-path "net/ipv4/conf/../proxy_arp"'],
    ['net/ipv4/conf/-rf/proxy_arp: 1', '4:3 bad-interface-name "net/ipv4/conf/-rf/proxy_arp"'],
    ['net/ipv4/neigh/default/proxy_delay: 1', '4:3 bad-sysctl-path "net/ipv4/neigh/default/proxy_delay"'],
    ['__proto__: 1', '4:3 unknown-key "__proto__"'],
  ])('refuse %s', (line, mistake) => expect(mistakesOf(sysctl(line))).toEqual([mistake]));

  it('refuse one switch in two spellings', () => {
    expect(mistakesOf(sysctl('net.ipv4.conf.eth0.proxy_arp: 1', 'net/ipv4/conf/eth0/proxy_arp: 0'))).toEqual([
      '5:3 duplicate-sysctl "net/ipv4/conf/eth0/proxy_arp"',
    ]);
  });
});
