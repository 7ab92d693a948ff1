import { describe, expect, it } from 'vitest';
import type { Setting } from '../../src/model/operation.ts';
import type { HostState } from '../../src/model/state.ts';
import { kernelLinkName, LOOPBACK } from '../../src/net/link-name.ts';
import type { InterfaceAddress, Prefix } from '../../src/net/prefix.ts';
import { desire, type Desired } from '../../src/profile/desire.ts';
import { operationWords } from '../../src/render/words.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { profileFrom } from '../support/profile-text.ts';

const HOST = freshHost(['eth0', 'eth1', 'eth2']);

/** The host with addresses on interfaces, and the connected routes that come with them. */
function hostWith(...addresses: readonly [string, string, string][]): HostState {
  return {
    ...HOST,
    addresses: addresses.map(([name, address]) => ({
      interface: kernelLinkName(name),
      address: address as InterfaceAddress,
      scope: 'global',
    })),
    routes: addresses.map(([name, , network]) => ({
      to: network as Prefix,
      table: 254,
      metric: 0,
      type: 'unicast',
      interface: kernelLinkName(name),
      scope: 'link',
      protocol: 2,
    })),
  };
}

function words(settings: readonly Setting[], kind?: Setting['kind']): string[] {
  return settings
    .filter((setting) => kind === undefined || setting.kind === kind)
    .map((setting) =>
      operationWords({ ...setting, from: null, to: setting.value } as Parameters<typeof operationWords>[0]).replace(/absent → /, ''),
    );
}

function desired(text: string, host: HostState = HOST): Desired {
  return desire(profileFrom(text), host);
}

const OFFICE = `
version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [192.168.0.0/24]
  - interface: eth1
    hosts: [192.168.0.66, 192.168.0.70-192.168.0.71]
`;

describe('desire() of a pseudo-bridge', () => {
  it('routes only what no connected network of the interface reaches, from the borrowed address', () => {
    const { settings, conflicts } = desired(OFFICE);
    expect(conflicts).toEqual([]);
    expect(words(settings.settings, 'address')).toEqual(['add address 192.168.0.1/24 on eth0', 'add address 192.168.0.1/32 on eth1']);
    expect(words(settings.settings, 'route')).toEqual([
      'add route 192.168.0.66/32 dev eth1 src 192.168.0.1',
      'add route 192.168.0.70/31 dev eth1 src 192.168.0.1',
    ]);
  });

  it('switches forwarding, redirects, delay and proxy_arp on both sides', () => {
    expect(words(desired(OFFICE).settings.settings, 'sysctl').toSorted()).toEqual([
      'net/ipv4/conf/all/send_redirects: 0',
      'net/ipv4/conf/eth0/forwarding: 1',
      'net/ipv4/conf/eth0/proxy_arp: 1',
      'net/ipv4/conf/eth0/send_redirects: 0',
      'net/ipv4/conf/eth1/forwarding: 1',
      'net/ipv4/conf/eth1/proxy_arp: 1',
      'net/ipv4/conf/eth1/send_redirects: 0',
      'net/ipv4/ip_forward: 1',
      'net/ipv4/neigh/eth0/proxy_delay: 0ms',
      'net/ipv4/neigh/eth1/proxy_delay: 0ms',
    ]);
  });

  it('announces each host on the other segment alone, without own, network and broadcast addresses', () => {
    const hosts = desired(OFFICE).settings.announcements.filter(({ role }) => role === 'host');
    const on = (name: string): readonly string[] => hosts.find((entry) => entry.interface === name)?.addresses ?? [];
    expect(on('eth0')).toEqual(['192.168.0.66/32', '192.168.0.70/31']);
    expect(on('eth1')).not.toContain('192.168.0.66/32');
    const announced = on('eth1').flatMap((prefix) => [prefix]);
    expect(announced[0]).toBe('192.168.0.2/31');
    expect(announced.at(-1)).toBe('192.168.0.254/32');
  });

  it('borrows no address where the interface has one of its own', () => {
    const { settings } = desired(OFFICE, hostWith(['eth1', '10.9.9.9/24', '10.9.9.0/24']));
    expect(words(settings.settings, 'address')).toEqual(['add address 192.168.0.1/24 on eth0']);
    expect(words(settings.settings, 'route')[0]).toBe('add route 192.168.0.66/32 dev eth1');
  });

  it('routes a host although its subnet is connected, when the same subnet is on two interfaces', () => {
    const { settings } = desired(OFFICE, hostWith(['eth1', '192.168.0.2/24', '192.168.0.0/24']));
    expect(words(settings.settings, 'route')).toEqual([
      'add route 192.168.0.0/25 dev eth0',
      'add route 192.168.0.128/25 dev eth0',
      'add route 192.168.0.66/32 dev eth1',
      'add route 192.168.0.70/31 dev eth1',
    ]);
  });

  it('lists one proxy neighbour for each host of the other segments and leaves proxy_arp alone', () => {
    const { settings } = desired(`${OFFICE}answer: listed\n`.replace('192.168.0.0/24]', '192.168.0.9]'));
    expect(words(settings.settings, 'proxy')).toEqual([
      'add proxy neighbour 192.168.0.66 on eth0',
      'add proxy neighbour 192.168.0.70 on eth0',
      'add proxy neighbour 192.168.0.71 on eth0',
      'add proxy neighbour 192.168.0.9 on eth1',
    ]);
    expect(words(settings.settings, 'sysctl').filter((line) => line.includes('proxy_arp'))).toEqual([]);
  });

  it('warns of hosts off every subnet and of segments without hosts', () => {
    const text = OFFICE.replace('    hosts: [192.168.0.0/24]\n', '').replace('192.168.0.66', '10.1.1.1');
    expect(desired(text).settings.risks.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning unannounced-segment',
      'warning host-off-subnet',
    ]);
  });

  it('warns of a host that is an address of the host itself, but not of one within a range', () => {
    const risks = (hosts: string): string[] => {
      const host = hostWith(['eth1', '192.168.0.77/32', '192.168.0.77/32']);
      return desired(OFFICE.replace('192.168.0.66', hosts), host).settings.risks.map(({ code }) => code);
    };
    expect(risks('192.168.0.77')).toEqual(['host-is-own-address']);
    expect(risks('192.168.0.76-192.168.0.78')).toEqual([]);
  });

  it('names the interfaces that exist when one does not', () => {
    const { conflicts } = desired(OFFICE.replace('interface: eth1', 'interface: eth7'));
    expect(conflicts).toMatchObject([
      { code: 'no-such-interface', message: 'Interface "eth7" does not exist; there are lo, eth0, eth1, eth2' },
    ]);
  });
});

describe('desire() of a private VLAN', () => {
  const GUESTS = 'version: 1\nkind: private-vlan\nname: guests\n';

  it('resolves patterns over link names, never lo', () => {
    const { settings } = desired(`${GUESTS}interfaces: ["*"]\n`);
    expect(words(settings.settings).filter((line) => line.includes('proxy_arp_pvlan'))).toEqual(
      ['eth0', 'eth1', 'eth2'].map((name) => `net/ipv4/conf/${name}/proxy_arp_pvlan: 1`),
    );
  });

  it('announces nothing but its own new address', () => {
    const { settings } = desired(`${GUESTS}interfaces: [eth0]\n`);
    expect(settings.announcements).toEqual([]);
    const addressed = desired(`${GUESTS}interfaces: [eth0]\naddresses: [192.168.0.1/24]\n`).settings;
    expect(addressed.announcements.map(({ role }) => role)).toEqual(['own']);
  });

  it('refuses a pattern that matches nothing', () => {
    expect(desired(`${GUESTS}interfaces: ["guest*"]\n`).conflicts).toMatchObject([{ code: 'no-such-interface' }]);
  });

  it('rounds proxy_delay up to the jiffies that the kernel counts in', () => {
    const { settings } = desired(`${GUESTS}interfaces: [eth0]\nproxy_delay: 5ms\n`);
    expect(words(settings.settings)).toContain('net/ipv4/neigh/eth0/proxy_delay: 8ms');
  });
});

describe('desire() of a NAT proxy', () => {
  const EDGE = `
version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat:
  - { public: 203.0.113.9, source: 10.0.0.0/8 }
  - { public: 203.0.113.9, source: 10.0.0.0/24 }
  - { public: 203.0.113.16/28, private: 10.0.1.16/28 }
  - { public: 203.0.113.10, private: 10.0.0.10 }
  - { public: 203.0.113.9, protocol: tcp, port: 443, to: "10.0.0.5:8443" }
`;

  it('answers by local routes and asks the more specific first', () => {
    const { settings } = desired(EDGE);
    expect(words(settings.settings, 'route')).toEqual([
      'add route 203.0.113.9/32 table local local dev lo',
      'add route 203.0.113.10/32 table local local dev lo',
      'add route 203.0.113.16/28 table local local dev lo',
    ]);
    const table = settings.settings.find((setting) => setting.kind === 'nat');
    expect(table?.kind === 'nat' ? [table.subject, ...table.value.inwards.map(({ match }) => match)] : []).toEqual([
      'parp_edge',
      'port',
      'address',
      'prefix',
    ]);
    expect(table?.kind === 'nat' ? table.value.outwards.map((rule) => ('source' in rule ? rule.source : rule.private)) : []).toEqual([
      '10.0.0.10',
      '10.0.1.16/28',
      '10.0.0.0/24',
      '10.0.0.0/8',
    ]);
    expect(settings.settings.every((setting) => setting.kind !== 'route' || setting.value.interface === LOOPBACK)).toBe(true);
  });

  it('leaves an own address to the host for source and port, and refuses to translate it whole', () => {
    const host = hostWith(['eth0', '203.0.113.9/24', '203.0.113.0/24']);
    const { settings, conflicts } = desired(EDGE, host);
    expect(conflicts).toEqual([]);
    expect(words(settings.settings, 'route')).not.toContain('add route 203.0.113.9/32 table local local dev lo');
    const owner = hostWith(['eth0', '203.0.113.20/24', '203.0.113.0/24']);
    expect(desired(EDGE, owner).conflicts).toMatchObject([{ code: 'host-is-own-address' }]);
  });

  it('writes no table with manage_nat: false', () => {
    const { settings } = desired(`${EDGE}manage_nat: false\n`);
    expect(settings.settings.some(({ kind }) => kind === 'nat')).toBe(false);
  });
});

describe('desire() of a custom profile', () => {
  const PIECES = 'version: 1\nkind: custom\nname: pieces\n';

  it('works out the interface of a gateway as the kernel will', () => {
    const { settings } = desired(
      `${PIECES}addresses: [{ address: 10.0.0.1/24, interface: eth1 }]\nroutes: [{ to: 10.5.0.0/16, via: 10.0.0.254 }]\n`,
    );
    expect(words(settings.settings, 'route')).toEqual(['add route 10.5.0.0/16 via 10.0.0.254 dev eth1']);
  });

  it('finds a gateway on a subnet that another profile brought', () => {
    const text = `${PIECES}routes: [{ to: 10.5.0.0/16, via: 10.0.0.254 }]\n`;
    const present = hostWith(['eth1', '10.0.0.1/24', '10.0.0.0/24']);
    expect(desire(profileFrom(text), HOST, present).conflicts).toEqual([]);
    expect(desire(profileFrom(text), HOST).conflicts).toHaveLength(1);
  });

  it('refuses a gateway that no connected network holds', () => {
    const { conflicts } = desired(`${PIECES}routes: [{ to: 10.5.0.0/16, via: 10.0.0.254 }]\n`);
    expect(conflicts).toMatchObject([{ code: 'gateway-unreachable' }]);
  });

  it('lets an explicit switch go before a common key', () => {
    const { settings } = desired(`${PIECES}sysctl: { net/ipv4/conf/eth0/forwarding: 0 }\nforwarding: global\n`);
    expect(words(settings.settings)).toContain('net/ipv4/conf/eth0/forwarding: 0');
    expect(words(settings.settings)).not.toContain('net/ipv4/conf/eth0/forwarding: 1');
  });

  it('says nothing of forwarding, redirects and delay unless it is told to', () => {
    const { settings } = desired(`${PIECES}sysctl: { net/ipv4/conf/eth0/proxy_arp: 1 }\n`);
    expect(words(settings.settings)).toEqual(['net/ipv4/conf/eth0/proxy_arp: 1']);
  });
});
