import type { LabKind } from './lab-kind.ts';

export const custom: LabKind = {
  kind: 'custom',
  title: 'Custom: mixed masks, a /24 host behind a router with two /25',
  story: `The subnet was split into two halves, but nobody told "old": it still has its
/24 mask and asks on its own wire for addresses of the other half. A custom
profile names the few switches that make the router answer there, and only
there.`,
  picture: `
  old 192.168.0.10/24 --+
                        +--- eth0 router eth1 --- right 192.168.0.200/25
  new 192.168.0.20/25 --+  .1/25        .129/25
`,
  topology: {
    hosts: {
      old: { links: { eth0: { addresses: ['192.168.0.10/24'] } } },
      new: { links: { eth0: { addresses: ['192.168.0.20/25'] } }, routes: ['default via 192.168.0.1'] },
      router: { links: { eth0: { addresses: ['192.168.0.1/25'] }, eth1: { addresses: ['192.168.0.129/25'] } } },
      right: { links: { eth0: { addresses: ['192.168.0.200/25'] } }, routes: ['default via 192.168.0.129'] },
    },
    switches: { floor: {} },
    wires: [
      ['old:eth0', 'floor:old'],
      ['new:eth0', 'floor:new'],
      ['router:eth0', 'floor:router'],
      ['router:eth1', 'right:eth0'],
    ],
  },
  router: 'router',
  profile: `version: 1
kind: custom
name: mixed-masks
sysctl:
  net/ipv4/conf/eth0/forwarding: 1
  net/ipv4/conf/eth1/forwarding: 1
  net/ipv4/neigh/eth0/proxy_delay: 0ms
  net/ipv4/conf/eth0/proxy_arp: 1
announce_addresses:
  - { address: 192.168.0.200, interface: eth0 }
`,
  checks: [
    { from: 'old', to: '192.168.0.200', what: 'right, in the other half', before: 'silence', after: 'reply', answeredBy: 'router:eth0' },
    { from: 'right', to: '192.168.0.10', what: 'old, through its gateway', before: 'silence', after: 'reply', answeredBy: 'nobody' },
    { from: 'new', to: '192.168.0.200', what: 'right, through its gateway', before: 'silence', after: 'reply', answeredBy: 'nobody' },
    { from: 'old', to: '192.168.0.20', what: 'new, on the same wire', before: 'reply', after: 'reply', answeredBy: 'new:eth0' },
  ],
  pings: 1,
  programs: [],
};
