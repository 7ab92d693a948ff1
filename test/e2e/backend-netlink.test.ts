// The netlink engine alone, against real kernels: packs of which the kernel refuses a part, and goes on; a /proc/sys that cannot be written
// (KERNEL.md F78), where the switches of interfaces are still written; interfaces that are others by the time of the write; a host with two
// thousand of them; and nftables without nft.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LinkIdentities } from '../../src/model/link-identity.ts';
import { invert, type Operation } from '../../src/model/operation.ts';
import { valueOf, type HostState } from '../../src/model/state.ts';
import { inhabit, NO_NAMESPACES, type Inhabited } from '../support/backend-in-namespace.ts';
import { backendSuite } from '../support/backend-suite.ts';
import { READ_ONLY, without } from '../support/backend-wrappers.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { address, ip, proxy, route, sysctl } from '../support/operations.ts';
import { refusalOf } from '../support/write-refused.ts';

backendSuite('netlink');

const WIRE = (name: string): string => `link add ${name} type veth peer name ${name}-peer
link set ${name} up
link set ${name}-peer up
`;

describe.skipIf(NO_NAMESPACES)(`backend netlink beside${NO_NAMESPACES === null ? '' : ` (skipped: ${NO_NAMESPACES})`}`, () => {
  const inhabited: Inhabited[] = [];
  afterEach(async () => {
    for (const host of inhabited.splice(0)) await host.dispose();
  });

  async function hostOf(wrapper: readonly string[] = [], setup = WIRE('eth0')): Promise<Inhabited> {
    const host = await inhabit('netlink', wrapper);
    inhabited.push(host);
    host.run(['ip', '-batch', '-'], setup);
    return host;
  }

  describe('a pack that is refused in the middle', () => {
    let host: Inhabited;
    beforeEach(async () => {
      host = await hostOf([], `${WIRE('eth0')}${WIRE('eth1')}addr add 192.168.0.1/24 dev eth0\n`);
    });

    const many = (make: (text: string) => Operation): Operation[] =>
      Array.from({ length: 1000 }, (_, at) => make(`10.${40 + (at >> 8)}.${at & 255}.1`));
    const routes = many((text) => route(`${text}/32`, 'eth0'));
    const addresses = many((text) => address(`${text}/32`, 'eth0'));
    const proxies = many((text) => proxy(text, 'eth0'));

    it.each<[what: string, operations: readonly Operation[], stand: string, errno: string]>([
      ['routes', routes, 'route add 10.41.244.1/32 dev eth1 proto static', 'EEXIST'],
      ['addresses', addresses, 'addr add 10.41.244.1/32 dev eth0', 'EEXIST'],
    ])('leaves the %s before it and nothing behind it', async (_what, operations, stand, errno) => {
      const before = await host.backend.observe();
      host.ip(stand);
      const refusal = await refusalOf(host.backend.write(operations));
      expect(refusal.operation).toBe(operations[500]);
      expect(refusal.errno).toBe(errno);
      const state = await host.backend.observe();
      const there = operations.map((one, at) => (valueOf(state, one) === null ? -1 : at)).filter((at) => at >= 0 && at !== 500);
      expect(there).toEqual(Array.from({ length: 500 }, (_, at) => at));
      // What stood in the way is as it was, and all goes back.
      await host.backend.write(operations.slice(0, 500).toReversed().map(invert));
      host.ip(stand.replace(' add ', ' del '));
      expect(settled(await host.backend.observe())).toEqual(settled(before));
    });

    it.each<[what: string, operations: readonly Operation[], gone: readonly [at: number, words: string][], errno: string]>([
      [
        'routes',
        routes,
        [
          [300, 'route del 10.41.44.1/32'],
          [700, 'route del 10.42.188.1/32'],
        ],
        'ESRCH',
      ],
      [
        'proxy neighbours',
        proxies,
        [
          [300, 'neigh del proxy 10.41.44.1 dev eth0'],
          [999, 'neigh del proxy 10.43.231.1 dev eth0'],
        ],
        'ENOENT',
      ],
      [
        'addresses',
        addresses,
        [
          [300, 'addr del 10.41.44.1/32 dev eth0'],
          [301, 'addr del 10.41.45.1/32 dev eth0'],
        ],
        'EADDRNOTAVAIL',
      ],
    ])('deletes the %s before the first of several that are gone, and gives the others back', async (_what, operations, gone, errno) => {
      await host.backend.write(operations);
      for (const [, words] of gone) host.ip(words);
      const before = await host.backend.observe();
      const refusal = await refusalOf(host.backend.write(operations.map(invert)));
      expect(operations.map(invert)).toContainEqual(refusal.operation);
      expect(refusal.operation.subject).toEqual(operations[300]?.subject);
      expect(refusal.errno).toBe(errno);
      const state = await host.backend.observe();
      const was = new Set(gone.map(([at]) => at));
      for (const [at, one] of operations.entries()) {
        expect(valueOf(state, one), `${at}`).toEqual(at < 300 || was.has(at) ? null : valueOf(before, one));
      }
    });

    it('takes nothing along that stands on an address behind it', async () => {
      host.ip('addr add 10.9.0.1/24 dev eth0');
      host.ip('addr add 10.9.0.2/24 dev eth0');
      host.ip('route add 10.10.0.0/24 dev eth1 src 10.9.0.1 proto static');
      const before = settled(await host.backend.observe());
      const deletions = [invert(address('10.8.0.1/24', 'eth0')), invert(address('10.9.0.1/24', 'eth0'))];
      expect((await refusalOf(host.backend.write(deletions))).operation).toBe(deletions[0]);
      expect(settled(await host.backend.observe())).toEqual(before);
    });

    it('gives a route back before another one of its kind that somebody appended', async () => {
      await host.backend.write(routes.slice(0, 2));
      host.ip('route append 10.40.1.1/32 dev eth1 proto static');
      host.ip('route del 10.40.0.1/32');
      const before = settled(await host.backend.observe());
      const deletions = routes.slice(0, 2).map(invert);
      expect(await refusalOf(host.backend.write(deletions))).toMatchObject({ operation: deletions[0], errno: 'ESRCH' });
      expect(settled(await host.backend.observe())).toEqual(before);
    });

    it('leaves switches and times behind it as they were', async () => {
      const switches = ['eth0', 'nix', 'eth1'].map((name) => sysctl(`net/ipv4/conf/${name}/proxy_arp`, '0', '1'));
      const times = ['eth0', 'nix', 'eth1'].map((name) => sysctl(`net/ipv4/neigh/${name}/proxy_delay`, '800ms', '0ms'));
      for (const operations of [switches, times]) {
        const refusal = await refusalOf(host.backend.write(operations));
        expect(refusal).toMatchObject({ operation: operations[1], errno: 'ENODEV' });
        const state = await host.backend.observe();
        expect(operations.map((one) => valueOf(state, one))).toEqual([operations[0]?.to, null, operations[2]?.from]);
      }
    });

    it('keeps each old route that was to be replaced behind the first change that is refused', async () => {
      await host.backend.write(routes.slice(0, 4));
      const change = (at: number, over: string): Operation => {
        const old = routes[at] ?? route('10.0.0.1/32', 'eth0');
        return { ...old, from: old.to, to: route('10.0.0.1/32', over).to } as Operation;
      };
      const changes = [change(0, 'eth1'), change(1, 'nix'), change(2, 'eth1'), change(3, 'nix')];
      expect(await refusalOf(host.backend.write(changes))).toMatchObject({ operation: changes[1], errno: 'ENODEV' });
      const state = await host.backend.observe();
      expect(changes.map((one) => valueOf(state, one))).toEqual([changes[0]?.to, ...changes.slice(1).map(({ from }) => from)]);
    });
  });

  it('hands on the kernel’s own words', async () => {
    const host = await hostOf();
    host.ip('addr add 10.3.0.1/24 dev eth0');
    const words = async (one: Operation): Promise<string> => (await refusalOf(host.backend.write([one]))).message;
    expect(await words(route('10.0.0.2/32', 'eth0', { source: ip('10.99.0.1') }))).toBe(
      'Add route 10.0.0.2/32 dev eth0: Invalid prefsrc address (EINVAL)',
    );
    expect(await words(route('10.0.0.2/32', 'eth0', { via: ip('99.9.9.9'), scope: 'global' }))).toBe(
      'Add route 10.0.0.2/32 via 99.9.9.9 dev eth0: Nexthop has invalid gateway (ENETUNREACH)',
    );
    expect(await words(address('10.3.0.1/24', 'eth0'))).toBe('Add address 10.3.0.1/24 dev eth0: Address already assigned (EEXIST)');
    expect(await words(invert(address('10.3.0.9/24', 'eth0')))).toBe(
      'Delete address 10.3.0.9/24 dev eth0: Address not found (EADDRNOTAVAIL)',
    );
    expect(await words(route('10.0.0.2/32', null, { nexthop: 77 }))).toMatch(/: Nexthop id does not exist \(EINVAL\)$/);
  });

  describe('with a read-only /proc/sys', () => {
    const forwarding = sysctl('net/ipv4/conf/eth0/forwarding', '0', '1');
    const plan = [
      sysctl('net/ipv4/neigh/eth0/proxy_delay', '800ms', '0ms'),
      forwarding,
      route('10.0.0.9/32', 'eth0'),
      sysctl('net/ipv4/conf/eth0/rp_filter', '0', '2'),
      sysctl('net/ipv4/conf/eth0/proxy_arp', '0', '1'),
    ];

    it('still writes the switches of interfaces', async () => {
      const host = await hostOf(READ_ONLY);
      await host.requireWritable(plan);
      await host.backend.write(plan);
      const state = await host.backend.observe();
      for (const one of plan) expect(valueOf(state, one)).toEqual(one.to);
      expect(host.run(['cat', '/proc/sys/net/ipv4/conf/eth0/forwarding'])).toBe('1\n');
    });

    it('refuses ip_forward before any write, and at it', async () => {
      const host = await hostOf(READ_ONLY);
      const global = sysctl('net/ipv4/ip_forward', '0', '1');
      const before = await host.backend.observe();
      await expect(host.requireWritable([...plan, global])).rejects.toMatchObject({ code: 'read-only-sysctl', ending: 'refused' });
      expect(await host.backend.observe()).toEqual(before);
      expect(await refusalOf(host.backend.write([global, forwarding]))).toMatchObject({
        operation: global,
        errno: 'EROFS',
        message: 'Write net/ipv4/ip_forward = 1: Read-only file system (EROFS)',
      });
      expect(await host.backend.observe()).toEqual(before);
    });
  });

  describe('links that are others by the time of the write', () => {
    const OPERATIONS: readonly Operation[] = [
      sysctl('net/ipv4/neigh/eth0/proxy_delay', '800ms', '0ms'),
      sysctl('net/ipv4/conf/eth0/forwarding', '0', '1'),
      address('10.3.0.1/24', 'eth0'),
      route('10.0.0.9/32', 'eth0'),
      { kind: 'nat', subject: 'parp_edge', from: null, to: EXAMPLE_TABLE },
      proxy('10.0.0.9', 'eth0'),
      sysctl('net/ipv4/conf/eth0/proxy_arp', '0', '1'),
    ];

    it.each(OPERATIONS.map((one) => [`${one.kind} ${JSON.stringify(one.subject)}`, one] as const))(
      'are not written in the place of the one meant: %s',
      async (_what, one) => {
        const host = await hostOf();
        const links = identities(await host.backend.observe());
        host.ip('link del eth0');
        host.run(['ip', '-batch', '-'], WIRE('eth0'));
        const before = settled(await host.backend.observe());
        expect(await refusalOf(host.backend.write([one], undefined, links))).toMatchObject({ operation: one, errno: 'ENODEV' });
        expect(settled(await host.backend.observe())).toEqual(before);
      },
    );

    it.each(OPERATIONS.map((one) => [`${one.kind} ${JSON.stringify(one.subject)}`, one] as const))(
      'leave the one meant its own, under its name of now: %s',
      async (_what, one) => {
        const host = await hostOf([], `${WIRE('eth0')}${WIRE('eth1')}`);
        const links = identities(await host.backend.observe());
        for (const words of ['eth0 down', 'eth1 down', 'eth0 name wan', 'eth1 name eth0', 'eth0 up', 'wan up'])
          host.ip(`link set ${words}`);
        const before = await host.backend.observe();
        const error: unknown = await host.backend.write([one], undefined, links).catch((reason: unknown) => reason);
        const state = await host.backend.observe();
        // Never the other one, which bears the name now; a route is one of the whole table.
        if (one.kind !== 'route') expect(valueOf(state, one)).toEqual(valueOf(before, one));
        if (error === undefined) expect(valueOf(state, renamed(one))).toEqual(renamed(one).to);
        else expect(error).toMatchObject({ operation: one, errno: 'ENODEV' });
      },
    );
  });

  describe('without nft', () => {
    it('sees that there are no tables', async () => {
      const host = await hostOf(without('/usr/sbin'));
      expect(await host.backend.observe()).toMatchObject({ nftables: [], nat: {} });
    });

    it('says that it cannot read those that there are, and refuses to write one', async () => {
      const host = await hostOf(without('/usr/sbin'));
      host.run(['nft', 'add', 'table', 'ip', 'parp_edge']);
      expect(await host.backend.observe()).toMatchObject({ nftables: null, nat: {} });
      const table: Operation = { kind: 'nat', subject: 'parp_edge', from: null, to: EXAMPLE_TABLE };
      await expect(host.requireWritable([table])).rejects.toMatchObject({ code: 'missing-program', ending: 'refused' });
    });
  });

  it('reads and writes two thousand interfaces as the other engine does', async () => {
    const pairs = Array.from({ length: 1000 }, (_, at) => `link add v${at} type veth peer name w${at}\n`);
    const host = await hostOf([], `${pairs.join('')}link set v7 up\n`);
    const before = await host.backend.observe();
    expect(before.links).toHaveLength(2001);
    expect(before).toEqual(withoutMetainfo(await host.beside('iproute2').observe()));
    const names = before.links.map(({ name }) => name).filter((name) => name !== 'lo');
    const plan = [
      sysctl('net/ipv4/ip_forward', '0', '1'),
      ...names.map((name) => sysctl(`net/ipv4/conf/${name}/forwarding`, '0', name.endsWith('9') ? '0' : '1')),
      ...names.map((name) => sysctl(`net/ipv4/neigh/${name}/proxy_delay`, '800ms', '0ms')),
      ...names.map((name) => sysctl(`net/ipv4/conf/${name}/proxy_arp`, '0', '1')),
    ];
    await host.backend.write(plan, undefined, identities(before));
    const state = await host.backend.observe();
    expect(plan.filter((one) => valueOf(state, one) !== one.to)).toEqual([]);
    await host.backend.write(plan.toReversed().map(invert), undefined, identities(before));
    const { sysctls } = await host.backend.observe();
    const back = Object.entries(before.sysctls).filter(([path, value]) => sysctls[path as keyof typeof sysctls] !== value);
    // What follows ip_forward, and no operation of this plan: it is the plan's to spell out.
    expect(back.map(([path]) => path)).toEqual([]);
  });
});

function identities({ links }: HostState): LinkIdentities {
  return Object.fromEntries(links.map(({ name, index, mac }) => [name, { index, mac }]));
}

/** The operation by the name that its link got. */
function renamed<O extends Operation>(one: O): O {
  return JSON.parse(JSON.stringify(one).replaceAll('eth0', 'wan')) as O;
}

/** Without what a deletion of a local route leaves for ever, and what a carrier does a moment later. */
function settled({ sticky: _sticky, links: _links, ...state }: HostState): unknown {
  return { ...state, routes: state.routes.map(({ flags: _flags, ...entry }) => entry), nftables: state.nftables?.length };
}

function withoutMetainfo(state: HostState): HostState {
  return { ...state, nftables: state.nftables?.filter((object) => !Object.hasOwn(object as object, 'metainfo')) ?? null };
}
