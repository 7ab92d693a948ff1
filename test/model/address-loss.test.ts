import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/model/ledger.ts';
import { subjectKey, type Hop, type Operation } from '../../src/model/operation.ts';
import type { AddressEntry, HostState, RouteEntry } from '../../src/model/state.ts';
import { undo } from '../../src/model/undo.ts';
import { confPath } from '../../src/net/sysctl-path.ts';
import { operationWords } from '../../src/render/words.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { address, ip, link, prefix, proxy } from '../support/operations.ts';

const HOST = freshHost(['eth0', 'eth1']);
const RTPROT_STATIC = 4;

function entry(text: string, on: string, secondary = false): AddressEntry {
  const { subject } = address(text, on) as Extract<Operation, { kind: 'address' }>;
  return { ...subject, scope: 'global', ...(secondary ? { secondary } : {}) };
}

function route(to: string, value: Partial<RouteEntry>, protocol = RTPROT_STATIC): RouteEntry {
  return { to: prefix(to), table: 254, metric: 0, type: 'unicast', scope: 'link', protocol, ...value };
}

/** A ledger by which parp added these addresses. */
function ledgerOf(...operations: readonly Operation[]): Ledger {
  return {
    profiles: {},
    entries: new Map(operations.map((operation) => [subjectKey(operation), { operation, claims: ['a'] }])),
    links: {},
  };
}

const FIRST = address('10.0.0.1/24', 'eth0');
const BOTH: Pick<HostState, 'addresses'> = { addresses: [entry('10.0.0.1/24', 'eth0'), entry('10.0.0.2/24', 'eth0', true)] };
const hop = (on: string): Hop => ({ interface: link(on), via: ip('10.0.0.254') });

describe('undo() of an address', () => {
  it.each<[claim: string, state: Partial<HostState>, lost: string | undefined]>([
    ['takes nothing else along', { addresses: [entry('10.0.0.1/24', 'eth0')] }, undefined],
    [
      'would take the routes over an interface that it leaves bare',
      { addresses: [entry('10.0.0.1/24', 'eth0')], routes: [route('10.5.0.0/16', hop('eth0'))] },
      'route 10.5.0.0/16',
    ],
    [
      'would take a hop of a route over several interfaces',
      { addresses: [entry('10.0.0.1/24', 'eth0')], routes: [route('10.5.0.0/16', { hops: [hop('eth0'), hop('eth1')] })] },
      'route 10.5.0.0/16',
    ],
    [
      'spares routes by way of nexthop objects',
      { addresses: [entry('10.0.0.1/24', 'eth0')], routes: [route('10.5.0.0/16', { ...hop('eth0'), nexthop: 5 })] },
      undefined,
    ],
    [
      'would take the proxy neighbours of an interface that it leaves bare, and the permanent ones',
      {
        addresses: [entry('10.0.0.1/24', 'eth0')],
        proxies: [
          { address: ip('10.7.0.7'), interface: link('eth0'), protocol: null },
          { address: ip('10.7.0.8'), interface: link('eth1'), protocol: null },
        ],
        neighbours: [
          { address: ip('10.0.0.7'), interface: link('eth0'), mac: '02:00:00:00:00:07', state: 'PERMANENT' },
          { address: ip('10.0.0.8'), interface: link('eth0'), mac: '02:00:00:00:00:08', state: 'STALE' },
        ],
      },
      'proxy neighbour 10.7.0.7, neighbour 10.0.0.7',
    ],
    [
      'spares them while the interface has another',
      {
        addresses: [entry('10.0.0.1/24', 'eth0'), entry('10.6.0.1/24', 'eth0')],
        proxies: [{ address: ip('10.7.0.7'), interface: link('eth0'), protocol: null }],
      },
      undefined,
    ],
    [
      'would take routes that name it as source',
      {
        addresses: [entry('10.0.0.1/24', 'eth0'), entry('10.6.0.1/24', 'eth0')],
        routes: [route('10.5.0.0/16', { ...hop('eth1'), source: ip('10.0.0.1') })],
      },
      'route 10.5.0.0/16',
    ],
    [
      'spares those while another interface has the same address',
      {
        addresses: [entry('10.0.0.1/24', 'eth0'), entry('10.0.0.1/32', 'eth1')],
        routes: [route('10.5.0.0/16', { ...hop('eth1'), source: ip('10.0.0.1') })],
      },
      undefined,
    ],
    ['would take the secondaries of its subnet', BOTH, 'address 10.0.0.2/24'],
    [
      'spares those where the kernel promotes them',
      { ...BOTH, sysctls: { ...HOST.sysctls, [confPath('all', 'promote_secondaries')]: '1' } },
      undefined,
    ],
  ])('%s', (_claim, state, lost) => {
    const way = undo([FIRST], { ...HOST, ...state });
    expect(way.left.map(({ reason }) => reason)).toEqual(
      lost === undefined
        ? []
        : [`the kernel would delete with it what is not parp's: ${lost}; delete it with: ip addr del 10.0.0.1/24 dev eth0`],
    );
    expect(way.operations).toHaveLength(lost === undefined ? 1 : 0);
  });

  const SECOND = address('10.0.0.2/24', 'eth0');
  const words = ({ operations, relaid }: ReturnType<typeof undo>): string[] => [...operations, ...relaid].map(operationWords);

  it("takes parp's own secondaries up first, with the routes over them, and puts them back", () => {
    const own = route('10.0.9.0/24', { interface: link('eth0'), source: ip('10.0.0.2') }, 97);
    const way = undo([FIRST], { ...HOST, ...BOTH, routes: [own] }, false, ledgerOf(FIRST, SECOND));
    expect(words(way)).toEqual([
      'delete route 10.0.9.0/24 dev eth0 src 10.0.0.2',
      'delete address 10.0.0.2/24 on eth0',
      'delete address 10.0.0.1/24 on eth0',
      'add address 10.0.0.2/24 on eth0',
      'add route 10.0.9.0/24 dev eth0 src 10.0.0.2',
    ]);
    expect(way.left).toEqual([]);
  });

  it("takes parp's own proxy neighbours up where it leaves an interface bare, and puts them back", () => {
    const state: HostState = {
      ...HOST,
      addresses: [entry('10.0.0.1/24', 'eth0')],
      proxies: [
        { address: ip('10.7.0.7'), interface: link('eth0'), protocol: 97 },
        { address: ip('10.7.0.8'), interface: link('eth0'), protocol: null },
      ],
    };
    expect(words(undo([FIRST], state, false, ledgerOf(FIRST, proxy('10.7.0.8', 'eth0'))))).toEqual([
      'delete proxy neighbour 10.7.0.8 on eth0',
      'delete proxy neighbour 10.7.0.7 on eth0',
      'delete address 10.0.0.1/24 on eth0',
      'add proxy neighbour 10.7.0.7 on eth0',
      'add proxy neighbour 10.7.0.8 on eth0',
    ]);
  });

  it('leaves the address where routes of others would go while the secondaries are up', () => {
    const state = { ...HOST, ...BOTH, routes: [route('10.5.0.0/16', hop('eth0'))] };
    expect(undo([FIRST], state, false, ledgerOf(FIRST, SECOND))).toMatchObject({
      operations: [],
      left: [{ subject: { subject: FIRST.subject } }],
    });
  });

  it('deletes secondaries before the address that would take them along', () => {
    expect(words(undo([SECOND, FIRST], { ...HOST, ...BOTH }))).toEqual([
      'delete address 10.0.0.2/24 on eth0',
      'delete address 10.0.0.1/24 on eth0',
    ]);
  });

  it('does without the right order of addresses where restoring it would cost others a route', () => {
    const swapped: Operation[] = [
      { ...SECOND, from: SECOND.to, to: null } as Operation,
      { ...FIRST, from: FIRST.to, to: null } as Operation,
      SECOND,
    ];
    const state = { ...HOST, addresses: [entry('10.0.0.2/24', 'eth0')] };
    expect(words(undo(swapped, state))).toEqual([
      'delete address 10.0.0.2/24 on eth0',
      'add address 10.0.0.1/24 on eth0',
      'add address 10.0.0.2/24 on eth0',
    ]);
    const way = undo(swapped, { ...state, routes: [route('10.5.0.0/16', hop('eth0'))] });
    expect(words(way)).toEqual(['add address 10.0.0.1/24 on eth0']);
    expect(way.left).toEqual([]);
  });
});
