import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/model/operation.ts';
import type { HostState } from '../../src/model/state.ts';
import { undo } from '../../src/model/undo.ts';
import type { Ipv4 } from '../../src/net/ipv4.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import { confPath, IP_FORWARD, type SysctlPath } from '../../src/net/sysctl-path.ts';
import { freshHost } from '../support/memory-kernel.ts';

const eth0 = kernelLinkName('eth0');
const PROXY_ARP = confPath(eth0, 'proxy_arp');
const HOST = freshHost(['eth0', 'eth1']);

function withSysctls(values: Readonly<Record<string, string>>): HostState {
  return { ...HOST, sysctls: { ...HOST.sysctls, ...values } };
}

const switchOn: Operation = { kind: 'sysctl', subject: PROXY_ARP, from: '0', to: '1' };

describe('undo()', () => {
  it.each([
    ['restores what is as parp left it', '1', [{ ...switchOn, from: '1', to: '0' }], 0],
    ['needs nothing where it is as it was', '0', [], 0],
    ['leaves a value that somebody else gave it', '2', [], 1],
  ])('%s', (_claim, now, operations, left) => {
    const way = undo([switchOn], withSysctls({ [PROXY_ARP]: now }));
    expect(way.operations).toEqual(operations);
    expect(way.left).toHaveLength(left);
  });

  it('writes ip_forward before everything that this changes, and those values behind it', () => {
    const forwarding = (holder: string): SysctlPath => `net/ipv4/conf/${holder}/forwarding` as SysctlPath;
    const operations: Operation[] = [
      { kind: 'sysctl', subject: IP_FORWARD, from: '0', to: '1' },
      { kind: 'sysctl', subject: forwarding('eth0'), from: '0', to: '1' },
      { kind: 'sysctl', subject: forwarding('eth1'), from: '1', to: '1' },
    ];
    const way = undo(operations, withSysctls({ [IP_FORWARD]: '1', [forwarding('eth0')]: '1', [forwarding('eth1')]: '1' }));
    expect(way.operations.map((operation) => [operation.subject, operation.to])).toEqual([
      [IP_FORWARD, '0'],
      [forwarding('eth0'), '0'],
      [forwarding('eth1'), '1'],
    ]);
  });

  it('takes a side effect of ip_forward that was not put right yet for its own, only after a cut', () => {
    const hold: Operation = { kind: 'sysctl', subject: confPath(kernelLinkName('eth1'), 'forwarding'), from: '0', to: '0' };
    const operations: Operation[] = [{ kind: 'sysctl', subject: IP_FORWARD, from: '0', to: '1' }, hold];
    const now = withSysctls({ [IP_FORWARD]: '1', [hold.subject]: '1' });
    const last = (interrupted: boolean): unknown => undo(operations, now, interrupted).operations.at(-1)?.to;
    expect(last(true)).toBe('0');
    expect(last(false)).toBe('1');
  });

  it('leaves a proxy neighbour that somebody else tagged anew', () => {
    const add: Operation = { kind: 'proxy', subject: { address: '10.0.0.9' as Ipv4, interface: eth0 }, from: null, to: { protocol: 97 } };
    const tagged = (protocol: number | null): HostState => ({
      ...HOST,
      proxies: [{ address: '10.0.0.9' as Ipv4, interface: eth0, protocol }],
    });
    expect(undo([add], tagged(97)).operations).toHaveLength(1);
    expect(undo([add], tagged(55))).toMatchObject({ operations: [], left: [{ found: { protocol: 55 } }] });
  });

  it('gives back its own route although somebody put another one before it', () => {
    const own = { type: 'unicast' as const, scope: 'link' as const, protocol: 97, interface: eth0 };
    const subject = { to: '10.0.0.9/32' as Prefix, table: 254, metric: 0 };
    const add: Operation = { kind: 'route', subject, from: null, to: own };
    const prepended = { ...subject, ...own, protocol: 3, interface: kernelLinkName('eth1') };
    const now: HostState = { ...HOST, routes: [prepended, { ...subject, ...own }] };
    expect(undo([add], now)).toMatchObject({ operations: [{ from: own, to: null }], left: [] });
    expect(undo([add], { ...HOST, routes: [prepended] })).toMatchObject({ operations: [], left: [{ found: { protocol: 3 } }] });
  });

  it('tells how far the writing of two operations on one subject came', () => {
    const route = (from: string | null, to: string | null): Operation => {
      const value = (name: string | null) =>
        name === null ? null : { type: 'unicast' as const, scope: 'link' as const, protocol: 97, interface: kernelLinkName(name) };
      return { kind: 'route', subject: { to: '10.0.0.9/32' as Prefix, table: 254, metric: 0 }, from: value(from), to: value(to) };
    };
    const operations = [route('eth0', null), route(null, 'eth1')];
    const state = (name: string | null): HostState => ({
      ...HOST,
      routes:
        name === null
          ? []
          : [
              {
                to: '10.0.0.9/32' as Prefix,
                table: 254,
                metric: 0,
                type: 'unicast',
                scope: 'link',
                protocol: 97,
                interface: kernelLinkName(name),
              },
            ],
    });
    const steps = (name: string | null): unknown[] =>
      undo(operations, state(name)).operations.map(({ from, to }) => [
        from === null ? undefined : 'route',
        to === null ? undefined : 'route',
      ]);
    expect(steps('eth0')).toEqual([]);
    expect(steps(null)).toEqual([[undefined, 'route']]);
    expect(steps('eth1')).toEqual([
      ['route', undefined],
      [undefined, 'route'],
    ]);
    expect(undo(operations, state('eth2')).left).toHaveLength(1);
  });
});
