import type { LabKind } from './lab-kind.ts';

export const natProxy: LabKind = {
  kind: 'nat-proxy',
  title: 'NAT proxy: the router answers for a pool of public addresses',
  story: `The provider routes nothing: it asks by ARP, on the wire, for every address of
203.0.113.0/24. parp makes the router answer for the public addresses of those
inside and translates them: the server one to one, everybody else behind one
address.`,
  picture: `
                                                +-- server 10.0.0.10
  client 203.0.113.2 --- eth0 router eth1 ------+
                      .1              10.0.0.1  +-- desktop 10.0.0.20

  203.0.113.10 <-> 10.0.0.10        203.0.113.9 <- 10.0.0.0/24
`,
  topology: {
    hosts: {
      client: { links: { eth0: { addresses: ['203.0.113.2/24'] } } },
      router: { links: { eth0: { addresses: ['203.0.113.1/24'] }, eth1: { addresses: ['10.0.0.1/24'] } } },
      server: { links: { eth0: { addresses: ['10.0.0.10/24'] } }, routes: ['default via 10.0.0.1'] },
      desktop: { links: { eth0: { addresses: ['10.0.0.20/24'] } }, routes: ['default via 10.0.0.1'] },
    },
    switches: { floor: {} },
    wires: [
      ['client:eth0', 'router:eth0'],
      ['router:eth1', 'floor:router'],
      ['server:eth0', 'floor:server'],
      ['desktop:eth0', 'floor:desktop'],
    ],
  },
  router: 'router',
  profile: `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat:
  - { public: 203.0.113.10, private: 10.0.0.10 }
  - { public: 203.0.113.9, source: 10.0.0.0/24 }
`,
  checks: [
    { from: 'client', to: '203.0.113.10', what: 'the server', before: 'silence', after: 'reply', answeredBy: 'router:eth0' },
    { from: 'server', to: '203.0.113.2', what: 'the client, as .10', before: 'silence', after: 'reply', answeredBy: 'nobody' },
    { from: 'desktop', to: '203.0.113.2', what: 'the client, as .9', before: 'silence', after: 'reply', answeredBy: 'nobody' },
    { from: 'client', to: '203.0.113.9', what: 'nothing behind it', before: 'silence', after: 'silence', answeredBy: 'router:eth0' },
    { from: 'client', to: '203.0.113.11', what: 'not listed', before: 'silence', after: 'silence', answeredBy: 'nobody' },
  ],
  pings: 1,
  programs: ['nft'],
};
