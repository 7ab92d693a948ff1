import type { Topology } from '../../src/lab/topology.ts';

/** A pseudo-bridge of eth0, which has the router's address, and eth1: who lives on each, and what else is said. */
export function officeOf(left: string, right: string, more = ''): string {
  return `version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [${left}]
  - interface: eth1
    hosts: [${right}]
${more}`;
}

/** Small profiles for a router with eth0 and eth1, one of each kind. */
export const OFFICE = officeOf('192.168.0.2', '192.168.0.66');
export const GUESTS = 'version: 1\nkind: private-vlan\nname: guests\ninterfaces: [eth0]\naddresses: [192.168.0.1/24]\n';
export const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.9, source: 10.0.0.0/24 }]
`;
/** The same with two public addresses: one for a single host, one for a whole network. */
export const EDGE_OF_TWO = EDGE.replace('[{', '[{ public: 203.0.113.10, private: 10.0.0.10 }, {');
export const ROUTES = 'version: 1\nkind: custom\nname: routes\nroutes: [{ to: 10.9.9.9/32, interface: eth1 }]\n';

/** A router with two wires that lead nowhere. */
export const TWO_WIRES: Topology = {
  hosts: { router: { links: { eth0: {}, eth1: {} } }, wire: { links: {} } },
  wires: [
    ['router:eth0', 'wire:w0'],
    ['router:eth1', 'wire:w1'],
  ],
};

/** Of every kind but nat, on one interface: `switches` are more of them, `proxyOn` is where its proxy neighbour stands. */
export const workOn = (link: string, { switches = [], proxyOn = link }: { switches?: readonly string[]; proxyOn?: string } = {}): string =>
  `version: 1
kind: custom
name: work
forwarding: global
sysctl:
${[`net/ipv4/neigh/${link}/proxy_delay: 40ms`, `net/ipv4/conf/${link}/arp_ignore: 1`, ...switches, `net/ipv4/conf/${link}/proxy_arp: 1`].map((line) => `  ${line}\n`).join('')}addresses: [{ address: 192.168.7.1/24, interface: ${link} }]
routes:
  - { to: 10.9.0.0/16, via: 192.168.7.9 }
  - { to: 10.8.8.8/32, interface: ${link}, source: 192.168.7.1 }
  - { to: 10.6.6.6/32, type: local, interface: lo }
proxies: [{ address: 10.8.8.9, interface: ${proxyOn} }]
`;
