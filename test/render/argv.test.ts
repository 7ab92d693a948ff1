import { describe, expect, it } from 'vitest';
import { invert, type Operation } from '../../src/model/operation.ts';
import { argvOf } from '../../src/render/argv.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { address, ip, operation, proxy, route, sysctl } from '../support/operations.ts';

describe('argvOf()', () => {
  const cases: readonly (readonly [Operation, there: readonly string[], back: readonly string[]])[] = [
    [
      sysctl('net/ipv4/conf/eth0.100/proxy_arp', '0', '1'),
      ['sysctl -w net/ipv4/conf/eth0.100/proxy_arp=1'],
      ['sysctl -w net/ipv4/conf/eth0.100/proxy_arp=0'],
    ],
    [
      sysctl('net/ipv4/neigh/eth0/proxy_delay', '800ms', '0ms'),
      ['ip ntable change name arp_cache dev eth0 proxy_delay 0'],
      ['ip ntable change name arp_cache dev eth0 proxy_delay 800'],
    ],
    [
      sysctl('net/ipv4/neigh/eth0/proxy_qlen', '64', '100'),
      ['sysctl -w net/ipv4/neigh/eth0/proxy_qlen=100'],
      ['sysctl -w net/ipv4/neigh/eth0/proxy_qlen=64'],
    ],
    [address('10.3.0.1/24', 'eth0'), ['ip addr add 10.3.0.1/24 dev eth0'], ['ip addr del 10.3.0.1/24 dev eth0']],
    [address('10.3.0.1/32', 'eth0', 'link'), ['ip addr add 10.3.0.1/32 dev eth0 scope link'], ['ip addr del 10.3.0.1/32 dev eth0']],
    [
      route('10.0.0.9/32', 'eth1'),
      ['ip route add 10.0.0.9/32 dev eth1 proto 97 scope link'],
      ['ip route del unicast 10.0.0.9/32 dev eth1 proto 97 scope link'],
    ],
    [
      route(
        '0.0.0.0/0',
        'eth1',
        { via: ip('10.0.0.1'), onlink: true, source: ip('10.0.0.2'), scope: 'global' },
        { table: 1000, metric: 5, tos: 16 },
      ),
      ['ip route add 0.0.0.0/0 tos 0x10 via 10.0.0.1 dev eth1 onlink src 10.0.0.2 metric 5 table 1000 proto 97 scope global'],
      ['ip route del unicast 0.0.0.0/0 tos 0x10 via 10.0.0.1 dev eth1 onlink src 10.0.0.2 metric 5 table 1000 proto 97 scope global'],
    ],
    [
      route('203.0.113.10/32', 'lo', { type: 'local', scope: 'host' }, { table: 255 }),
      ['ip route add local 203.0.113.10/32 dev lo proto 97 scope host'],
      ['ip route del local 203.0.113.10/32 dev lo proto 97 scope host'],
    ],
    [
      route('203.0.113.10/32', 'lo', { type: 'local', scope: 'host' }),
      ['ip route add local 203.0.113.10/32 dev lo table 254 proto 97 scope host'],
      ['ip route del local 203.0.113.10/32 dev lo table 254 proto 97 scope host'],
    ],
    [proxy('10.0.0.9', 'eth0'), ['ip neigh add proxy 10.0.0.9 dev eth0 protocol 97'], ['ip neigh del proxy 10.0.0.9 dev eth0']],
    [operation('nat', 'parp_edge', null, EXAMPLE_TABLE), ['nft -f -'], ['nft -f -']],
  ];

  it.each(cases.map(([forward, there, back]) => [there[0], forward, there, back] as const))('writes %s', (_first, forward, there, back) => {
    expect(argvOf(forward).map((argv) => argv.join(' '))).toEqual(there);
    expect(argvOf(invert(forward)).map((argv) => argv.join(' '))).toEqual(back);
  });

  it('changes a route by its exact deletion and an addition', () => {
    const old = route('10.0.0.9/32', 'eth1');
    const change = { ...old, from: old.to, to: route('10.0.0.9/32', 'eth2').to } as Operation;
    expect(argvOf(change).map((argv) => argv.join(' '))).toEqual([
      'ip route del unicast 10.0.0.9/32 dev eth1 proto 97 scope link',
      'ip route add 10.0.0.9/32 dev eth2 proto 97 scope link',
    ]);
  });

  it('writes the held value of a sysctl, and nothing for other holds', () => {
    const hold = (of: Operation): Operation => ({ ...of, from: of.to }) as Operation;
    expect(argvOf(sysctl('net/ipv4/conf/eth0/forwarding', '1', '1'))).toEqual([['sysctl', '-w', 'net/ipv4/conf/eth0/forwarding=1']]);
    for (const other of [address('10.3.0.1/24', 'eth0'), route('10.0.0.9/32', 'eth1'), proxy('10.0.0.9', 'eth0')]) {
      expect(argvOf(hold(other))).toEqual([]);
    }
    expect(argvOf(hold(operation('nat', 'parp_edge', null, EXAMPLE_TABLE)))).toEqual([]);
  });

  it('refuses a time without its unit', () => {
    expect(() => argvOf(sysctl('net/ipv4/neigh/eth0/proxy_delay', '80', '0'))).toThrow(TypeError);
  });
});
