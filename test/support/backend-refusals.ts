import { expect, it } from 'vitest';
import { invert, PARP_PROTOCOL, type Operation } from '../../src/model/operation.ts';
import { valueOf } from '../../src/model/state.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import type { Inhabited } from './backend-in-namespace.ts';
import { EXAMPLE_TABLE } from './example-table.ts';
import { address, ip, operation, proxy, route, sysctl } from './operations.ts';
import { refusalOf } from './write-refused.ts';

/** What the kernel refuses, and how `write` has to say so. */
export function refusals(host: () => Inhabited): void {
  const first = route('10.0.0.1/32', 'eth0');
  const last = route('10.0.0.3/32', 'eth0');

  it.each([
    ['a route that exists', route('10.0.0.9/32', 'eth0'), 'EEXIST', 'Add route 10.0.0.9/32 dev eth0: File exists (EEXIST)'],
    [
      'a route over a missing link',
      route('10.0.0.2/32', 'nix'),
      'ENODEV',
      'Add route 10.0.0.2/32 dev nix: Cannot find device "nix" (ENODEV)',
    ],
    [
      'a gateway over a missing link',
      route('10.0.0.2/32', 'nix', { via: ip('192.168.0.9'), scope: 'global' }),
      'ENODEV',
      'Add route 10.0.0.2/32 via 192.168.0.9 dev nix: Cannot find device "nix" (ENODEV)',
    ],
    [
      'a gateway off the link',
      route('10.0.0.2/32', null, { via: ip('99.9.9.9'), scope: 'global' }),
      'ENETUNREACH',
      'Add route 10.0.0.2/32 via 99.9.9.9: Nexthop has invalid gateway (ENETUNREACH)',
    ],
    [
      'a link that is down',
      route('10.0.0.2/32', 'down'),
      'ENETDOWN',
      'Add route 10.0.0.2/32 dev down: Device for nexthop is not up (ENETDOWN)',
    ],
    [
      'the deletion of no route',
      invert(route('10.0.0.2/32', 'eth0')),
      'ESRCH',
      'Delete route 10.0.0.2/32 dev eth0: No such process (ESRCH)',
    ],
    [
      'the deletion of another’s route',
      invert(route('10.0.0.9/32', 'eth0')),
      'ESRCH',
      'Delete route 10.0.0.9/32 dev eth0: No such process (ESRCH)',
    ],
    [
      'an address that exists',
      address('192.168.0.1/24', 'eth0'),
      'EEXIST',
      'Add address 192.168.0.1/24 dev eth0: Address already assigned (EEXIST)',
    ],
    [
      'the deletion of no address',
      invert(address('192.168.0.2/24', 'eth0')),
      'EADDRNOTAVAIL',
      'Delete address 192.168.0.2/24 dev eth0: Address not found (EADDRNOTAVAIL)',
    ],
    [
      'the deletion of no proxy',
      invert(proxy('10.0.0.9', 'eth0')),
      'ENOENT',
      'Delete proxy neighbour 10.0.0.9 dev eth0: No such file or directory (ENOENT)',
    ],
    [
      'a delay of a missing link',
      sysctl('net/ipv4/neigh/nix/proxy_delay', '800ms', '0ms'),
      'ENODEV',
      'Write net/ipv4/neigh/nix/proxy_delay = 0ms: Cannot find device "nix" (ENODEV)',
    ],
    [
      'a switch of a missing link',
      sysctl('net/ipv4/conf/nix/proxy_arp', '0', '1'),
      'ENODEV',
      'Write net/ipv4/conf/nix/proxy_arp = 1: Cannot find device "nix" (ENODEV)',
    ],
    [
      'a value that is no number',
      sysctl('net/ipv4/conf/eth0/proxy_arp', '0', 'on'),
      'EINVAL',
      'Write net/ipv4/conf/eth0/proxy_arp = on: Invalid argument (EINVAL)',
    ],
    [
      'a value that the kernel reads otherwise',
      sysctl('net/ipv4/conf/eth0/proxy_arp', '0', '010'),
      undefined,
      'Write net/ipv4/conf/eth0/proxy_arp = 010: the kernel keeps "8" instead',
    ],
  ])('stops at %s and names it', async (_what, bad, errno, message) => {
    host().ip('link add name down type veth peer name down-peer');
    host().ip('route add 10.0.0.9/32 dev eth0 proto static');
    const operations = [first, bad, last];
    const refusal = await refusalOf(host().backend.write(operations));
    expect(refusal.operation).toBe(bad);
    expect({ errno: refusal.errno, message: refusal.message }).toEqual({ errno, message });
    const state = await host().backend.observe();
    expect(valueOf(state, first)).toEqual(first.to);
    expect(valueOf(state, last)).toBeNull();
    expect(state.routes.find(({ to }) => to === '10.0.0.9/32')?.protocol).toBe(4);
  });

  it.each([
    ['a route', route('10.0.0.2/32', 'eth0'), 'Add route 10.0.0.2/32 dev eth0'],
    [
      'a gateway',
      route('10.0.0.2/32', 'eth0', { via: ip('192.168.0.9'), scope: 'global' }),
      'Add route 10.0.0.2/32 via 192.168.0.9 dev eth0',
    ],
    ['a delay', sysctl('net/ipv4/neigh/eth0/proxy_delay', '800ms', '0ms'), 'Write net/ipv4/neigh/eth0/proxy_delay = 0ms'],
  ])('says of %s that its interface is another one meanwhile', async (_what, stale, tried) => {
    const refusal = await refusalOf(host().backend.write([stale], undefined, { eth0: { index: 9999, mac: null } }));
    const message = `${tried}: "eth0" is another interface meanwhile, or gone (ENODEV)`;
    expect({ errno: refusal.errno, message: refusal.message }).toEqual({ errno: 'ENODEV', message });
  });

  it('names the deletion of an absent proxy in the middle of others', async () => {
    const proxies = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((text) => proxy(text, 'eth0'));
    await host().backend.write(proxies);
    host().ip('neigh del proxy 10.0.0.3 dev eth0');
    const gone = proxies.map(invert);
    const refusal = await refusalOf(host().backend.write([...gone, first]));
    expect(refusal.operation).toBe(gone[2]);
    const state = await host().backend.observe();
    expect(state.proxies.map(({ address: left }) => left)).toEqual(['10.0.0.4']);
    expect(valueOf(state, first)).toBeNull();
  });

  it('names the operation among thousands', async () => {
    const many = Array.from({ length: 1500 }, (_, at) => route(`10.30.${at >> 8}.${at & 255}/32`, 'eth0'));
    host().ip(`route add 10.30.5.3/32 dev eth0`);
    const refusal = await refusalOf(host().backend.write(many));
    expect(refusal.operation).toBe(many[5 * 256 + 3]);
    expect((await host().backend.observe()).routes.filter(({ protocol }) => protocol === PARP_PROTOCOL)).toHaveLength(5 * 256 + 3);
  });

  it('keeps the old route where a change of it is refused', async () => {
    const old = route('10.0.0.9/32', 'eth0');
    await host().backend.write([old]);
    const change = { ...old, from: old.to, to: route('10.0.0.9/32', 'nix').to } as Operation;
    const refusal = await refusalOf(host().backend.write([change]));
    expect(refusal).toMatchObject({ operation: change, errno: 'ENODEV' });
    expect(valueOf(await host().backend.observe(), old)).toEqual(old.to);
  });

  it('changes nothing of a table that nft refuses', async () => {
    const table = operation('nat', 'parp_edge', null, EXAMPLE_TABLE);
    await host().backend.write([table]);
    // The last line of the script is the bad one: a prefix that no parser would have minted.
    const guarded = [...EXAMPLE_TABLE.guarded, '300.1.1.1/32' as Prefix];
    const bad = operation('nat', 'parp_edge', EXAMPLE_TABLE, { ...EXAMPLE_TABLE, inwards: [], guarded });
    const before = host().run(['nft', 'list', 'ruleset']);
    const refusal = await refusalOf(host().backend.write([first, bad, last]));
    expect(refusal.operation).toBe(bad);
    expect(refusal.message).toMatch(/^Change nftables table ip parp_edge: /);
    expect(host().run(['nft', 'list', 'ruleset'])).toBe(before);
    const state = await host().backend.observe();
    expect(valueOf(state, first)).toEqual(first.to);
    expect(valueOf(state, last)).toBeNull();
  });
}
