import type { LabKind } from './lab-kind.ts';

export const pseudoBridge: LabKind = {
  kind: 'pseudo-bridge',
  title: 'Pseudo-bridge: two wires that look like one subnet',
  story: `Everybody has an address of 192.168.0.0/24 and believes that the others are
on the same wire. "right" is not: between it and the rest stands a router, and
nobody was told. parp makes the router answer on each wire for those who live
on the other one.`,
  picture: `
                             192.168.0.0/24
  left .2 ------+
                |       eth0 +--------+ eth1
                +------------+ router +-------------- right .66
                |            +--------+
  neighbour .3 -+
`,
  topology: {
    hosts: {
      left: { links: { eth0: { addresses: ['192.168.0.2/24'] } } },
      neighbour: { links: { eth0: { addresses: ['192.168.0.3/24'] } } },
      router: { links: { eth0: {}, eth1: {} } },
      right: { links: { eth0: { addresses: ['192.168.0.66/24'] } } },
    },
    switches: { floor: {} },
    wires: [
      ['left:eth0', 'floor:left'],
      ['neighbour:eth0', 'floor:neighbour'],
      ['router:eth0', 'floor:router'],
      ['router:eth1', 'right:eth0'],
    ],
  },
  router: 'router',
  profile: `version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [192.168.0.2, 192.168.0.3]
  - interface: eth1
    hosts: [192.168.0.66]
`,
  checks: [
    { from: 'left', to: '192.168.0.66', what: 'right', before: 'silence', after: 'reply', answeredBy: 'router:eth0' },
    { from: 'right', to: '192.168.0.2', what: 'left', before: 'silence', after: 'reply', answeredBy: 'router:eth1' },
    { from: 'right', to: '192.168.0.3', what: 'neighbour', before: 'silence', after: 'reply', answeredBy: 'router:eth1' },
    { from: 'left', to: '192.168.0.3', what: 'neighbour, on the same wire', before: 'reply', after: 'reply', answeredBy: 'neighbour:eth0' },
    { from: 'left', to: '192.168.0.99', what: 'nobody has it', before: 'silence', after: 'silence', answeredBy: 'nobody' },
  ],
  pings: 1,
  programs: [],
};
