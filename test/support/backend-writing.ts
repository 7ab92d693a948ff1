import { expect, it } from 'vitest';
import { invert, PARP_PROTOCOL, type Operation } from '../../src/model/operation.ts';
import { routesOf, valueOf, type HostState } from '../../src/model/state.ts';
import type { Inhabited } from './backend-in-namespace.ts';
import { EXAMPLE_TABLE } from './example-table.ts';
import { address, ip, link, operation, proxy, route, sysctl } from './operations.ts';

/** What `write` has to leave behind, and to take back. */
export function writing(host: () => Inhabited): void {
  const forwards: readonly (readonly [string, Operation])[] = [
    ['a switch of an interface with a dot', sysctl('net/ipv4/conf/eth0.100/proxy_arp', '0', '1')],
    ['a global switch', sysctl('net/ipv4/ip_nonlocal_bind', '0', '1')],
    ['proxy_delay', sysctl('net/ipv4/neigh/eth0.100/proxy_delay', '800ms', '0ms')],
    ['locktime', sysctl('net/ipv4/neigh/eth0/locktime', '1000ms', '600ms')],
    ['proxy_qlen', sysctl('net/ipv4/neigh/eth0/proxy_qlen', '64', '1000')],
    ['an address', address('10.3.0.1/24', 'eth0.100')],
    ['a /32 of scope link', address('10.3.0.1/32', 'eth0.100', 'link')],
    ['a host route', route('10.0.0.9/32', 'eth0.100')],
    ['a route with source and metric', route('10.0.0.9/32', 'eth0', { source: ip('192.168.0.1') }, { metric: 100 })],
    ['a default route in another table', route('0.0.0.0/0', 'eth0', { via: ip('192.168.0.254'), scope: 'global' }, { table: 1000 })],
    ['an onlink route', route('10.7.0.0/24', 'eth0', { via: ip('99.1.1.1'), onlink: true, scope: 'global' })],
    ['a route for one tos', route('10.7.0.0/24', 'eth0', {}, { tos: 16 })],
    ['a local route', route('203.0.113.10/32', 'lo', { type: 'local', scope: 'host' }, { table: 255 })],
    ['a blackhole', route('10.8.0.0/24', null, { type: 'blackhole', scope: 'global' })],
    ['a proxy neighbour', proxy('10.0.0.9', 'eth0.100')],
    ['a table of nftables', operation('nat', 'parp_edge', null, EXAMPLE_TABLE)],
  ];

  it.each(forwards)('sets and takes back %s', async (_what, forward) => {
    const { backend } = host();
    const before = comparable(await backend.observe());
    await backend.write([forward]);
    const state = await backend.observe();
    expect(valueOf(state, forward)).toEqual(forward.to);
    expect(comparable(state)).not.toEqual(before);
    await backend.write([invert(forward)]);
    expect(comparable(await backend.observe())).toEqual(before);
  });

  it('carries a whole list out in its order', async () => {
    const { backend } = host();
    const plan = forwards
      .filter(([what]) => !['a /32 of scope link', 'a route with source and metric'].includes(what))
      .map(([, one]) => one);
    const before = comparable(await backend.observe());
    const told: number[] = [];
    await backend.write(plan, (done) => told.push(done));
    const state = await backend.observe();
    for (const one of plan) expect(valueOf(state, one)).toEqual(one.to);
    expect(told.at(-1)).toBe(plan.length);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    await backend.write(plan.toReversed().map(invert));
    expect(comparable(await backend.observe())).toEqual(before);
  });

  it('writes held sysctls behind ip_forward, and leaves other holds alone', async () => {
    host().run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/eth0/forwarding']);
    const held = address('192.168.0.1/24', 'eth0');
    await host().backend.write([
      sysctl('net/ipv4/ip_forward', '0', '1'),
      sysctl('net/ipv4/conf/eth0.100/forwarding', '0', '0'),
      { ...held, from: held.to } as Operation,
    ]);
    const { sysctls } = await host().backend.observe();
    expect(sysctls).toMatchObject({
      'net/ipv4/ip_forward': '1',
      'net/ipv4/conf/eth0/forwarding': '1',
      'net/ipv4/conf/eth0.100/forwarding': '0',
      'net/ipv4/conf/vlan-peer/forwarding': '1',
    });
  });

  it.each([
    ['a route', route('10.0.0.9/32', 'eth0'), route('10.0.0.9/32', 'eth0.100')],
    [
      'the translation',
      operation('nat', 'parp_edge', null, EXAMPLE_TABLE),
      operation('nat', 'parp_edge', null, { ...EXAMPLE_TABLE, inwards: [] }),
    ],
  ])('changes %s', async (_what, old, other) => {
    const { backend } = host();
    await backend.write([old]);
    const change = { ...old, from: old.to, to: other.to } as Operation;
    await backend.write([change]);
    expect(valueOf(await backend.observe(), old)).toEqual(other.to);
    await backend.write([invert(change)]);
    expect(valueOf(await backend.observe(), old)).toEqual(old.to);
  });

  it('takes away its own route alone where others share the destination', async () => {
    const mine = route('10.0.0.9/32', 'eth0.100');
    await host().backend.write([mine]);
    host().ip('route append 10.0.0.9/32 dev eth0 proto static');
    await host().backend.write([invert(mine)]);
    const state = await host().backend.observe();
    expect(mine.kind === 'route' ? routesOf(state, mine.subject) : []).toEqual([
      expect.objectContaining({ interface: 'eth0', protocol: 4 }),
    ]);
  });

  it('leaves the rulesets of others as they are', async () => {
    const foreign =
      'table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\tcounter accept\n\t}\n}\n';
    host().run(['nft', '-f', '-'], foreign);
    const before = host().run(['nft', 'list', 'ruleset']);
    const table = operation('nat', 'parp_edge', null, EXAMPLE_TABLE);
    await host().backend.write([table]);
    await host().backend.write([invert(table)]);
    expect(host().run(['nft', 'list', 'ruleset'])).toBe(before);
  });

  it.each(['a#b', '$(id)', "a'b", '-rf'])('writes on a live link called %s', async (name) => {
    host().run(['ip', 'link', 'add', 'name', name, 'type', 'veth']);
    host().run(['ip', 'link', 'set', 'dev', name, 'up']);
    const plan = [
      sysctl(`net/ipv4/conf/${name}/proxy_arp`, '0', '1'),
      sysctl(`net/ipv4/neigh/${name}/proxy_delay`, '800ms', '0ms'),
      address('10.3.0.1/32', name),
      address('10.3.0.1/32', 'eth0'),
      proxy('10.3.0.2', name),
    ];
    const before = comparable(await host().backend.observe());
    await host().backend.write(plan);
    const state = await host().backend.observe();
    for (const one of plan) expect(valueOf(state, one)).toEqual(one.to);
    await host().backend.write(plan.toReversed().map(invert));
    expect(comparable(await host().backend.observe())).toEqual(before);
  });

  it('adds thousands of routes and proxies', async () => {
    const many = Array.from({ length: 3000 }, (_, at) => route(`10.${20 + (at >> 8)}.${at & 255}.1/32`, 'eth0.100'));
    const proxies = Array.from({ length: 1000 }, (_, at) => proxy(`10.${20 + (at >> 8)}.${at & 255}.2`, 'eth0'));
    await host().backend.write([...many, ...proxies]);
    const state = await host().backend.observe();
    expect(state.routes.filter(({ protocol }) => protocol === PARP_PROTOCOL)).toHaveLength(3000);
    expect(state.proxies).toHaveLength(1000);
  });
}

/** Which entries `flush` has to drop. */
export function flushing(host: () => Inhabited): void {
  it('drops dynamic entries, and counts those alone', async () => {
    host().ip('neigh add 192.168.0.7 lladdr 02:00:00:00:00:07 dev eth0');
    host().ip('neigh add 192.168.0.8 lladdr 02:00:00:00:00:08 dev eth0 nud stale');
    host().ip('neigh add 192.168.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud stale');
    host().ip('neigh add 192.168.0.10 lladdr 02:00:00:00:00:10 dev eth0 nud reachable');
    const wanted = ['192.168.0.7', '192.168.0.8', '192.168.0.10', '192.168.0.99'].map((text) => ({
      address: ip(text),
      interface: link('eth0'),
    }));
    expect(await host().backend.flush(wanted)).toBe(2);
    const { neighbours } = await host().backend.observe();
    expect(neighbours.map(({ address: left }) => left).sort()).toEqual(['192.168.0.7', '192.168.0.9']);
    expect(await host().backend.flush([])).toBe(0);
  });

  it('drops hundreds in one go', async () => {
    const wanted = Array.from({ length: 300 }, (_, at) => ({
      address: ip(`192.168.${at >> 8}.${at & 255 || 254}`),
      interface: link('eth0'),
    }));
    const addresses = [...new Set(wanted.map(({ address: one }) => one))];
    host().run(
      ['ip', '-batch', '-'],
      addresses.map((one) => `neigh replace ${one} lladdr 02:00:00:00:00:07 dev eth0 nud stale\n`).join(''),
    );
    expect(await host().backend.flush(wanted)).toBe(addresses.length);
    expect((await host().backend.observe()).neighbours).toEqual([]);
  });
}

/** The state without what the kernel counts or leaves behind for ever. */
function comparable(state: HostState): unknown {
  const { sticky: _sticky, nftables, neighbours: _neighbours, ...rest } = state;
  return { ...rest, nftables: nftables?.length };
}
