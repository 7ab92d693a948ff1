import { describe, expect, it } from 'vitest';
import { limitList } from '../../bench/limit-list.ts';
import { again, batchText, inverse, linesOf, sampleOf, scriptText, switchesText } from '../../bench/plan-lines.ts';

const SHELL = `#!/bin/sh
set -eu
ip ntable change name arp_cache dev v0 proxy_delay 0
sysctl -w net/ipv4/ip_forward=1
sysctl -w net/ipv4/conf/all/send_redirects=0
ip addr add 10.0.0.1/8 dev v0
ip addr add 127.0.0.9/32 dev v1 scope host
ip route add 10.1.0.0/32 dev v1 src 10.0.0.1 proto 97 scope link
ip neigh add proxy 10.1.0.2 dev v1 protocol 97
sysctl -w net/ipv4/conf/v1/proxy_arp=1
sysctl -w net/ipv4/conf/v0/forwarding=1
sysctl -w net/ipv4/conf/v1/forwarding=1
`;
const LINES = linesOf(SHELL);

describe('linesOf()', () => {
  it('gives the commands, and refuses one that no rival knows', () => {
    expect(LINES).toHaveLength(10);
    expect(LINES[1]).toEqual(['sysctl', '-w', 'net/ipv4/ip_forward=1']);
    expect(() => linesOf('nft -f -\n')).toThrow('nft -f -');
  });
});

describe('the inputs of the rivals', () => {
  it('are the lines of the plan', () => {
    expect(batchText(LINES).split('\n')[0]).toBe('ntable change name arp_cache dev v0 proxy_delay 0');
    expect(batchText(LINES).split('\n')).toHaveLength(6);
    expect(switchesText(LINES).split('\n')[0]).toBe('net/ipv4/ip_forward=1');
    expect(scriptText(LINES)).toContain('\nsysctl -q -w net/ipv4/ip_forward=1\n');
  });

  it('can be run again, and taken back from the last to the first', () => {
    expect(batchText(LINES.map(again))).toContain('route replace 10.1.0.0/32');
    expect(batchText(LINES.map(again))).toContain('ntable change');
    expect(inverse(LINES).map((line) => line.slice(0, 4).join(' '))).toEqual([
      'ip neigh del proxy',
      'ip route del 10.1.0.0/32',
      'ip addr del 127.0.0.9/32',
      'ip addr del 10.0.0.1/8',
    ]);
  });
});

describe('limitList()', () => {
  it('writes files first, and makes one message of the switches of an interface', () => {
    expect(limitList(LINES).split('\n')).toEqual([
      'file net/ipv4/ip_forward 1',
      'file net/ipv4/conf/all/send_redirects 0',
      'delay v0 0',
      'address v0 10.0.0.1 8 0',
      'address v1 127.0.0.9 32 254',
      'route v1 10.1.0.0 32 10.0.0.1',
      'proxy v1 10.1.0.2',
      'conf v1 3 1 1 1',
      'conf v0 1 1',
      '',
    ]);
  });

  it('refuses what it does not know', () => {
    expect(() => limitList([['ip', 'link', 'set', 'dev', 'v0', 'up']])).toThrow('link set');
  });
});

describe('sampleOf()', () => {
  const routes = Array.from({ length: 10_000 }, (_, i) => ['ip', 'route', 'add', `10.0.0.${i}`]);
  const addresses = [
    ['ip', 'addr', 'add', '10.0.0.1/8'],
    ['ip', 'addr', 'add', '10.0.0.1/32'],
  ];

  it('keeps what there is little of, in order, and every n-th of the rest', () => {
    const sample = sampleOf([...addresses, ...routes], 1000);
    expect(sample.slice(0, 2)).toEqual(addresses);
    expect(sample).toHaveLength(2 + Math.ceil(10_000 / 11));
    expect(sample[3]).toBe(routes[11]);
  });

  it('keeps everything where that is no more than asked for', () => {
    expect(sampleOf(routes, 10_000)).toBe(routes);
  });
});
