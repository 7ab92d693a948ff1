import { describe, expect, it } from 'vitest';
import type { Picture } from '../../src/model/picture.ts';
import type { HostState } from '../../src/model/state.ts';
import { must } from '../../src/net/parsed.ts';
import { parseMac } from '../../src/net/mac.ts';
import { desire } from '../../src/profile/desire.ts';
import { imaginedHost, missingFrom } from '../../src/profile/imagined-host.ts';
import { pictureOf } from '../../src/profile/picture.ts';
import { profileFrom } from '../support/profile-text.ts';
import { router } from '../support/router-state.ts';

const MAC = must(parseMac('02:00:00:00:03:01'));
const bare = router({ addresses: ['203.0.113.1/24 eth0', '203.0.113.9/24 eth0'] });
const HOST: HostState = { ...bare, links: bare.links.map((link) => (link.name === 'eth0' ? { ...link, mac: MAC } : link)) };

function on(host: HostState | null, text: string): Picture {
  const given = profileFrom(text);
  const { profile, host: at } = host === null ? imaginedHost(given) : { profile: given, host };
  return pictureOf(profile, desire(profile, at).settings, at);
}

const BRIDGE = (answer: string, segments: string): string =>
  `version: 1\nkind: pseudo-bridge\nname: b\nanswer: ${answer}\nsegments:\n${segments}`;
const segment = (link: string, rest: string): string => `  - { interface: ${link}, ${rest} }\n`;
const LEFT = segment('eth0', 'addresses: [192.168.0.1/24], hosts: [192.168.0.0/24]');

describe('pictureOf()', () => {
  it('counts the hosts that really live on a segment, and names both answers', () => {
    const text = BRIDGE('routed', LEFT + segment('eth1', 'hosts: [192.168.0.66, 192.168.0.70-192.168.0.79]'));
    const { wires } = on(null, text);
    expect(wires.map(({ hosts }) => hosts.addresses)).toEqual([253 - 11, 11]);
    expect(wires.map(({ answers }) => answers.map(({ whom, listing }) => [whom, listing.shown]))).toEqual([
      [['hosts of eth1', ['192.168.0.66', '192.168.0.70-192.168.0.79']]],
      [['hosts of eth0', ['192.168.0.0/24']]],
    ]);
    expect(wires.map(({ addresses }) => addresses)).toEqual([['192.168.0.1/24'], ['192.168.0.1/32']]);
  });

  it('says who else is answered for', () => {
    const text = (answer: string): string => BRIDGE(answer, LEFT + segment('eth1', 'hosts: [192.168.0.66]'));
    expect(on(null, text('routed')).notes[0]).toContain('whatever else is routed');
    expect(on(null, text('listed')).notes[0]).toContain('nobody else');
    expect(on(null, text('listed')).wires[0]?.switches).not.toContain('proxy_arp=1');
  });

  it('cuts long lists, many segments and many wires, and counts the rest', () => {
    const hosts = Array.from({ length: 40 }, (_, i) => `10.0.1.${2 * i + 2}`).join(', ');
    const many = Array.from({ length: 20 }, (_, i) => segment(`v${i}`, `hosts: [10.9.${i}.1]`)).join('');
    const picture = on(null, BRIDGE('routed', segment('eth0', `addresses: [10.0.0.1/8], hosts: [${hosts}]`) + many));
    expect(picture.wires).toHaveLength(16);
    expect(picture.undrawn).toBe(5);
    expect(picture.wires[0]?.hosts).toMatchObject({ more: 32, addresses: 40 });
    expect(picture.wires[1]?.answers.map(({ whom, listing }) => [whom, listing.addresses, listing.more])).toEqual([
      ['hosts of 20 others', 59, 55],
    ]);
  });

  it('takes MACs and own addresses from a host', () => {
    const nat = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat:
  - { public: 203.0.113.10, private: 10.0.0.10 }
  - { public: 203.0.113.9, source: 10.0.0.0/24 }
  - { public: 203.0.113.9, protocol: tcp, port: 443, to: '10.0.0.5:8443' }
`;
    const here = on(HOST, nat);
    expect(here.wires[0]).toMatchObject({ mac: MAC, hosts: { shown: ['203.0.113.0/24'] } });
    expect(here.wires[0]?.answers[0]?.listing.shown).toEqual(['203.0.113.10']);
    expect(here.notes.join('\n')).toContain("203.0.113.9 is the router's own address");
    expect(on(null, nat).wires[0]?.answers[0]?.listing.shown).toEqual(['203.0.113.9/32', '203.0.113.10/32'].map((at) => at.slice(0, -3)));
    expect(here.mappings).toEqual([
      { public: '203.0.113.10', direction: 'both', private: '10.0.0.10' },
      { public: '203.0.113.9', direction: 'out', private: '10.0.0.0/24' },
      { public: '203.0.113.9 tcp 443', direction: 'in', private: '10.0.0.5:8443' },
    ]);
    expect(on(null, `${nat}manage_nat: false\n`).mappings).toEqual([]);
  });

  it('draws the pieces of custom: gateways by their wires, routes that lead onto none as notes', () => {
    const picture = on(
      null,
      `version: 1
kind: custom
name: c
sysctl: { net/ipv4/conf/all/proxy_arp: 1, net/ipv4/conf/eth1/forwarding: 1 }
addresses: [{ address: 10.0.0.1/24, interface: eth0 }]
routes:
  - { to: 10.9.0.0/16, via: 10.0.0.2 }
  - { to: 10.8.0.0/16, type: blackhole }
  - { to: 10.7.0.1/32, type: local, interface: lo }
proxies: [{ address: 10.3.0.0/30, interface: eth1 }]
`,
    );
    const [eth0, eth1] = ['eth0', 'eth1'].map((name) => picture.wires.find((wire) => wire.interface === name));
    expect(picture.wires).toHaveLength(2);
    expect(eth0?.hosts.shown).toEqual(['10.0.0.0/24', '10.9.0.0/16 via 10.0.0.2']);
    expect(eth1?.answers.map(({ whom, listing }) => [whom, listing.shown])).toEqual([
      ['proxy neighbours', ['10.3.0.0/30']],
      ['whatever is routed elsewhere', ['10.0.0.0/24', '10.9.0.0/16 via 10.0.0.2']],
    ]);
    expect(picture.switches).toEqual(['all/proxy_arp=1']);
    expect(picture.notes).toEqual(['Route blackhole 10.8.0.0/16', 'Route local 10.7.0.1 dev lo: answered for on every interface']);
  });
});

describe('missingFrom()', () => {
  it('names interfaces and patterns that a host does not have', () => {
    const vlan = profileFrom('version: 1\nkind: private-vlan\nname: v\ninterfaces: [eth0, "eth[12]", "l*", eth9]\n');
    expect(missingFrom(HOST, vlan)).toEqual(['l*', 'eth9']);
  });
});
