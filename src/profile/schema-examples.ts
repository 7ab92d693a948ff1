import type { ProfileKind } from './schema.ts';

type Examples = Readonly<Record<string, readonly unknown[]>>;

/** Right values of the keys that every kind has; those of maps and lists are examples of what is in them, too. */
export const COMMON_EXAMPLES: Examples = {
  version: [1],
  name: ['office', 'guests', 'edge-2'],
  description: ['The lab behind eth1 keeps its addresses of the office network'],
  proxy_delay: ['0ms', '20ms', 'keep'],
  forwarding: ['global', 'interfaces', 'keep'],
  redirects: [false, 'keep'],
  flush: [true, false],
  probe: [true, false, 'rfc5227'],
  announce: [
    { rounds: 3, spacing: '1200ms', form: 'both', rate: 1000 },
    { rounds: 10, spacing: '2s', form: 'request', rate: 'unlimited' },
    false,
  ],
  accept_risks: [['over-answering'], ['same-subnet-twice', 'source-filtered']],
};

/** Those of the keys of one kind. The first ones together, without what is said apart, make a profile. */
export const EXAMPLES: Readonly<Record<ProfileKind, Examples>> = {
  'pseudo-bridge': {
    segments: [
      [
        { interface: 'eth0', addresses: ['192.168.0.1/24'], hosts: ['192.168.0.0/24'] },
        { interface: 'eth1', hosts: ['192.168.0.66', '192.168.0.70-192.168.0.79', '192.168.0.128/26'] },
      ],
      [
        { interface: 'eth0.10', addresses: ['10.0.0.1/24'], hosts: ['10.0.0.0/25'] },
        { interface: 'wlan0', hosts_file: 'wlan0.hosts' },
      ],
    ],
    answer: ['routed', 'listed'],
  },
  'private-vlan': {
    interfaces: [['eth0.10'], ['eth0.10', 'guest*']],
    addresses: [['192.168.10.1/24'], ['192.168.10.1/24', '10.0.0.1/24']],
  },
  'nat-proxy': {
    outside: ['eth0', 'ppp0'],
    inside: ['eth1', 'br-lan'],
    nat: [
      [
        { public: '203.0.113.10', private: '10.0.0.10' },
        { public: '203.0.113.16/28', private: '10.0.1.16/28' },
        { public: '203.0.113.9', source: '10.0.0.0/24' },
        { public: '203.0.113.9', protocol: 'tcp', port: 443, to: '10.0.0.5:8443' },
        { public: '203.0.113.9', protocol: 'udp', port: 53, to: '10.0.0.53' },
      ],
    ],
    manage_nat: [true, false],
  },
  custom: {
    sysctl: [
      { 'net/ipv4/conf/eth1/proxy_arp': 1, 'net/ipv4/neigh/eth1/proxy_delay': '0ms' },
      { 'net/ipv4/conf/eth0.100/arp_ignore': 1, 'net/ipv4/conf/eth0.100/rp_filter': 2, 'net.ipv4.ip_forward': true },
      { 'net/ipv4/conf/eth0/medium_id': -1, 'net/ipv4/neigh/eth0/proxy_qlen': 1024, 'net/ipv4/neigh/eth0/locktime': 100 },
    ],
    addresses: [[{ address: '10.0.0.1/24', interface: 'eth0' }]],
    routes: [
      [
        { to: '10.0.0.9/32', interface: 'eth1', source: '10.0.0.1' },
        { to: 'default', via: '10.0.0.254', metric: 100 },
        { to: '172.16.0.0/12', via: '10.0.0.253', interface: 'eth0', onlink: true, table: 'main' },
        { to: '192.0.2.0/24', type: 'blackhole', table: 100 },
      ],
    ],
    proxies: [
      [
        { address: '10.0.0.9', interface: 'eth0' },
        { address: '10.0.0.32/28', interface: 'eth0' },
      ],
    ],
    announce_addresses: [[{ address: '10.0.0.9', interface: 'eth0' }]],
  },
};
