import { expect, it } from 'vitest';
import type { HostState } from '../../src/model/state.ts';
import type { Inhabited } from './backend-in-namespace.ts';

/** What `observe` has to find of what `ip` made. */
export function observing(host: () => Inhabited): void {
  it('finds links, with the MAC of Ethernet alone', async () => {
    const { links } = await host().backend.observe();
    expect(links.map(({ name, kind }) => `${name} ${kind}`).sort()).toEqual([
      'eth0 veth',
      'eth0-peer veth',
      'eth0.100 veth',
      'lo null',
      'vlan-peer veth',
    ]);
    const eth0 = links.find(({ name }) => name === 'eth0');
    expect(eth0).toMatchObject({ mac: host().run(['cat', '/sys/class/net/eth0/address']).trim(), mtu: 1500, master: null });
    expect(eth0?.flags).toEqual(expect.arrayContaining(['UP', 'LOWER_UP', 'BROADCAST']));
    expect(links.find(({ name }) => name === 'lo')?.mac).toBeNull();
  });

  it('finds addresses with scope, secondary and peer', async () => {
    host().ip('addr add 192.168.0.2/24 dev eth0');
    host().ip('addr add 10.9.9.9/32 dev eth0.100 scope link label eth0.100:x');
    host().ip('addr add 10.1.1.1 peer 10.1.1.2/32 dev eth0.100');
    const { addresses } = await host().backend.observe();
    expect(addresses).toEqual(
      expect.arrayContaining([
        { address: '127.0.0.1/8', interface: 'lo', scope: 'host' },
        { address: '192.168.0.1/24', interface: 'eth0', scope: 'global' },
        { address: '192.168.0.2/24', interface: 'eth0', scope: 'global', secondary: true },
        { address: '10.9.9.9/32', interface: 'eth0.100', scope: 'link' },
        { address: '10.1.1.1/32', interface: 'eth0.100', scope: 'global', peer: '10.1.1.2/32' },
      ]),
    );
    expect(addresses).toHaveLength(5);
  });

  it.each([
    ['10.0.0.9/32 dev eth0.100', { type: 'unicast', scope: 'link', protocol: 3, interface: 'eth0.100' }],
    ['10.0.0.9/32 dev eth0 proto 97 metric 5 src 192.168.0.1', { metric: 5, protocol: 97, source: '192.168.0.1' }],
    ['10.0.0.9/32 dev eth0 tos 0x10 table 1000', { tos: 16, table: 1000 }],
    ['0.0.0.0/0 via 192.168.0.254', { to: '0.0.0.0/0', via: '192.168.0.254', interface: 'eth0', scope: 'global' }],
    ['10.5.0.0/24 via 99.1.1.1 dev eth0 onlink', { via: '99.1.1.1', onlink: true }],
    ['local 10.5.0.0/24 dev lo', { type: 'local', scope: 'host', table: 255, interface: 'lo' }],
    ['blackhole 10.5.0.0/24', { type: 'blackhole' }],
    ['unreachable 10.5.0.0/24 table 5', { type: 'unreachable', table: 5 }],
    ['prohibit 10.5.0.0/24', { type: 'prohibit' }],
    ['throw 10.5.0.0/24 table 5', { type: 'throw', table: 5 }],
    [
      '10.5.0.0/24 nexthop via 192.168.0.5 weight 3 nexthop dev eth0.100',
      {
        hops: [
          { via: '192.168.0.5', interface: 'eth0', weight: 3 },
          { interface: 'eth0.100', weight: 1 },
        ],
      },
    ],
    ['10.5.0.0/24 via inet6 fe80::1 dev eth0', { interface: 'eth0', scope: 'global' }],
  ])('finds the route %s', async (words, expected) => {
    host().ip(`route add ${words}`);
    const { routes } = await host().backend.observe();
    const to = /\d+\.\d+\.\d+\.\d+\/\d+/.exec(words)?.[0];
    expect(routes.filter((entry) => entry.to === to)).toEqual([expect.objectContaining(expected)]);
  });

  it('finds nexthop objects, and the routes that use them', async () => {
    host().ip('nexthop add id 1 via 192.168.0.5 dev eth0');
    host().ip('nexthop add id 2 blackhole');
    host().ip('nexthop add id 3 dev eth0.100');
    host().ip('nexthop add id 10 group 1,3/3,4');
    host().ip('route add 10.5.0.0/24 nhid 10');
    const { nexthops, routes } = await host().backend.observe();
    expect(nexthops).toEqual([
      { id: 1, via: '192.168.0.5', interface: 'eth0' },
      { id: 2, blackhole: true },
      { id: 3, interface: 'eth0.100' },
      {
        id: 10,
        group: [
          { id: 1, weight: 3 },
          { id: 3, weight: 4 },
        ],
      },
    ]);
    expect(routes.find(({ to }) => to === '10.5.0.0/24')).toMatchObject({
      nexthop: 10,
      hops: [{ interface: 'eth0' }, { interface: 'eth0.100' }],
    });
  });

  it('finds rules', async () => {
    host().ip('rule add from 10.0.0.0/8 iif eth0 lookup 100 priority 50');
    const { rules } = await host().backend.observe();
    expect(rules.map(({ priority }) => priority)).toEqual([0, 50, 32766, 32767]);
    expect(rules[1]).toMatchObject({ src: '10.0.0.0', srclen: 8, iif: 'eth0', table: '100' });
  });

  it('finds neighbours and proxies', async () => {
    host().ip('neigh add 192.168.0.7 lladdr 02:00:00:00:00:07 dev eth0');
    host().ip('neigh add 192.168.0.8 lladdr 02:00:00:00:00:08 dev eth0 nud stale');
    host().ip('neigh add proxy 10.0.0.1 dev eth0.100 protocol 97');
    host().ip('neigh add proxy 10.0.0.2 dev eth0.100');
    const { neighbours, proxies } = await host().backend.observe();
    expect([...neighbours].sort((a, b) => (a.address < b.address ? -1 : 1))).toEqual([
      { address: '192.168.0.7', interface: 'eth0', mac: '02:00:00:00:00:07', state: 'PERMANENT' },
      { address: '192.168.0.8', interface: 'eth0', mac: '02:00:00:00:00:08', state: 'STALE' },
    ]);
    expect([...proxies].sort((a, b) => (a.address < b.address ? -1 : 1))).toEqual([
      { address: '10.0.0.1', interface: 'eth0.100', protocol: 97 },
      { address: '10.0.0.2', interface: 'eth0.100', protocol: null },
    ]);
  });

  it('finds sysctls by path, also below a dot, and delays in whole jiffies', async () => {
    host().run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/eth0.100/proxy_arp; echo 7 > /proc/sys/net/ipv4/neigh/eth0/proxy_qlen']);
    host().ip('ntable change name arp_cache dev eth0 proxy_delay 5 locktime 0');
    const { sysctls, tickMs } = await host().backend.observe();
    expect(sysctls).toMatchObject({
      'net/ipv4/ip_forward': '0',
      'net/ipv4/conf/eth0.100/proxy_arp': '1',
      'net/ipv4/conf/eth0/proxy_arp': '0',
      'net/ipv4/conf/all/send_redirects': '1',
      'net/ipv4/neigh/eth0/proxy_qlen': '7',
      'net/ipv4/neigh/eth0/proxy_delay': `${Math.ceil(5 / tickMs) * tickMs}ms`,
      'net/ipv4/neigh/eth0/locktime': '0ms',
      'net/ipv4/neigh/eth0.100/proxy_delay': '800ms',
    });
    expect(Object.keys(sysctls).filter((path) => path.includes('neigh/default'))).toEqual([]);
  });

  it('finds the sticky state of rules and local routes', async () => {
    const sticky = async (): Promise<HostState['sticky']> => (await host().backend.observe()).sticky;
    expect(await sticky()).toEqual({ customRules: false, customLocalRoutes: false });
    host().ip('route add local 10.0.0.9 dev lo');
    host().ip('route del local 10.0.0.9 dev lo');
    expect(await sticky()).toEqual({ customRules: false, customLocalRoutes: true });
    host().ip('rule add priority 7');
    host().ip('rule del priority 7');
    expect(await sticky()).toEqual({ customRules: true, customLocalRoutes: null });
    host().ip('addr flush dev eth0');
    expect(await sticky()).toEqual({ customRules: null, customLocalRoutes: null });
  });

  it('skips or keeps the oddest names of live links, and does not stop at any', async () => {
    const odd = ['-rf', '$(id)', "a'b", 'a"b', 'a\\b', 'a#b', 'é', 'a\u0001b', '\u001b[31m', '*', '?[ ]', '\u00a0x'];
    const made = odd.filter((name) => {
      try {
        host().run(['ip', 'link', 'add', 'name', name, 'type', 'veth']);
        return true;
      } catch {
        return false;
      }
    });
    const { links, sysctls } = await host().backend.observe();
    expect(made.length).toBeGreaterThan(8);
    expect(links.map(({ name }) => name)).toEqual(expect.arrayContaining(made));
    expect(sysctls).toHaveProperty(['net/ipv4/conf/$(id)/proxy_arp'], '0');
  });
}
