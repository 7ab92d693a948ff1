import type { LabKind } from './lab-kind.ts';

export const privateVlan: LabKind = {
  kind: 'private-vlan',
  title: 'Private VLAN: hosts that the switch keeps apart talk through the router',
  story: `A switch that isolates its ports lets "ann" and "bob" reach the router, but not
each other (RFC 3069). parp makes the router answer for each of them on the
wire they share, and keeps it from telling them to talk directly: they cannot.`,
  picture: `
  ann .10 ---[isolated]--+--------+
                         | switch +---------- router eth0 192.168.0.1/24
  bob .11 ---[isolated]--+--------+
`,
  topology: {
    hosts: {
      ann: { links: { eth0: { addresses: ['192.168.0.10/24'] } } },
      bob: { links: { eth0: { addresses: ['192.168.0.11/24'] } } },
      router: { links: { eth0: { addresses: ['192.168.0.1/24'] } } },
    },
    switches: { switch: { isolated: ['ann', 'bob'] } },
    wires: [
      ['ann:eth0', 'switch:ann'],
      ['bob:eth0', 'switch:bob'],
      ['router:eth0', 'switch:router'],
    ],
  },
  router: 'router',
  profile: `version: 1
kind: private-vlan
name: guests
interfaces: [eth0]
`,
  checks: [
    { from: 'ann', to: '192.168.0.11', what: 'bob', before: 'silence', after: 'reply', answeredBy: 'router:eth0' },
    { from: 'bob', to: '192.168.0.10', what: 'ann', before: 'silence', after: 'reply', answeredBy: 'router:eth0' },
    { from: 'ann', to: '192.168.0.1', what: 'the router', before: 'reply', after: 'reply', answeredBy: 'router:eth0' },
  ],
  // One packet is not enough to make a router send redirects.
  pings: 5,
  programs: [],
};
