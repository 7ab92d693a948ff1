import type { Network } from './namespaces.ts';
import { QUIET } from './stopping.ts';

/** Profiles for a furnished router, each small, together of every kind and with every kind of operation. */
const PROFILES = {
  routed: `kind: pseudo-bridge
name: office
segments:
  - { interface: eth0, addresses: [192.168.0.1/24], hosts: [192.168.0.2] }
  - { interface: eth1, hosts: [192.168.0.66] }`,
  listed: `kind: pseudo-bridge
name: office
answer: listed
forwarding: interfaces
segments:
  - { interface: eth0, addresses: [192.168.0.1/24], hosts: [192.168.0.2] }
  - { interface: eth1, hosts: [192.168.0.66] }`,
  guests: `kind: private-vlan
name: guests
interfaces: [eth1]
addresses: [192.168.5.1/24]`,
  edge: `kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }, { public: 203.0.113.9, source: 10.0.0.0/24 }]`,
  pieces: `kind: custom
name: pieces
sysctl: { net/ipv4/conf/eth1/arp_ignore: 1, net/ipv4/neigh/eth1/proxy_delay: 40ms, net/ipv4/conf/eth1/proxy_arp: 1 }
addresses: [{ address: 192.168.7.1/24, interface: eth1 }, { address: 192.168.7.2/24, interface: eth1 }]
routes: [{ to: 10.9.0.0/16, via: 192.168.7.9 }, { to: 10.8.8.8/32, interface: eth1, source: 192.168.7.1 }]
proxies: [{ address: 10.8.8.8, interface: eth0 }]`,
  switches: `kind: custom
name: switches
forwarding: global
sysctl: { net/ipv4/conf/all/send_redirects: 0, net/ipv4/conf/default/proxy_arp: 1, net/ipv4/conf/all/arp_ignore: 1 }`,
  /** `pieces` with other addresses and routes: some of it goes, some stays, some is changed. */
  repieced: `kind: custom
name: pieces
sysctl: { net/ipv4/conf/eth1/arp_ignore: 2, net/ipv4/neigh/eth1/proxy_delay: 40ms, net/ipv4/conf/eth0/proxy_arp: 1 }
addresses: [{ address: 192.168.7.2/24, interface: eth1 }, { address: 192.168.7.3/24, interface: eth1 }]
routes: [{ to: 10.9.0.0/16, via: 192.168.7.8 }, { to: 10.8.8.9/32, interface: eth1 }]
proxies: [{ address: 10.8.8.9, interface: eth0 }]`,
  /** Has claims in common with `switches` and with `pieces`. */
  desk: `kind: custom
name: desk
sysctl: { net/ipv4/ip_forward: 1, net/ipv4/conf/all/send_redirects: 0, net/ipv4/conf/eth1/proxy_arp: 1 }
routes: [{ to: 10.6.6.6/32, interface: eth1 }]`,
  /** A handful of operations of every kind but nat. */
  few: `kind: custom
name: few
sysctl: { net/ipv4/conf/eth1/proxy_arp: 1, net/ipv4/conf/eth0/arp_ignore: 1 }
addresses: [{ address: 192.168.7.1/24, interface: eth1 }]
routes: [{ to: 10.8.8.8/32, interface: eth1, source: 192.168.7.1 }]
proxies: [{ address: 10.8.8.8, interface: eth0 }]`,
} as const;
export type ProfileName = keyof typeof PROFILES;

/** Writes the profile into the network's folder; gives its path. */
export function profileIn(net: Network, name: ProfileName): string {
  return net.profile(`${name}.yaml`, `version: 1\n${PROFILES[name]}\n`);
}

/** A command line of parp; a word `@name` stands for the file of that profile. */
export type Line = readonly string[];

/** The arguments of a command line in a network. An apply leaves the wire alone. */
export function argsIn(net: Network, line: Line): string[] {
  const args = line.map((word) => (word.startsWith('@') ? profileIn(net, word.slice(1) as ProfileName) : word));
  return line[0] === 'apply' ? [...args, ...QUIET] : args;
}

/** One writing command, what ran before it, and the names of the profiles in force before and behind it. */
export interface Story {
  readonly what: string;
  readonly first: readonly Line[];
  readonly command: Line;
  readonly held: readonly string[];
  readonly holds: readonly string[];
}

const applied = (what: string, file: ProfileName, ...holds: string[]): Story => ({
  what,
  first: [],
  command: ['apply', `@${file}`],
  held: [],
  holds,
});

export const STORIES: readonly Story[] = [
  applied('a pseudo-bridge that answers for what is routed', 'routed', 'office'),
  applied('a pseudo-bridge that answers for what is listed', 'listed', 'office'),
  applied('a private VLAN', 'guests', 'guests'),
  applied('a NAT proxy', 'edge', 'edge'),
  applied('pieces: switches, addresses, routes and proxies', 'pieces', 'pieces'),
  applied('switches of all and default, and ip_forward', 'switches', 'switches'),
  {
    what: 'a profile that was changed, over its earlier version',
    first: [['apply', '@pieces']],
    command: ['apply', '@repieced'],
    held: ['pieces'],
    holds: ['pieces'],
  },
  { what: 'the removal of a profile', first: [['apply', '@pieces']], command: ['remove', 'pieces'], held: ['pieces'], holds: [] },
  {
    what: 'two profiles at once, with claims in common',
    first: [],
    command: ['apply', '@switches', '@desk'],
    held: [],
    holds: ['desk', 'switches'],
  },
  {
    what: 'the removal of one of two profiles with claims in common',
    first: [['apply', '@switches', '@desk']],
    command: ['remove', 'switches'],
    held: ['desk', 'switches'],
    holds: ['desk'],
  },
];
