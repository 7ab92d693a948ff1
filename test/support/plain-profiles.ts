import type { Topology } from '../../src/lab/topology.ts';

/** Small profiles for a router with eth0 and eth1, one of each kind. */
export const OFFICE = `version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [192.168.0.2]
  - interface: eth1
    hosts: [192.168.0.66]
`;
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
