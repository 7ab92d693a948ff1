// The story: four interfaces come up in whatever order, as on a router whose tunnels and radios take their time, and each profile is applied when its
// interface is there; before that it is refused (4). Whatever the order was, the router is the same at the end, and the same when all of it is removed,
// although the profiles share switches and lean on what the others lay.
import '../support/with-patience.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Snapshot } from '../../src/lab/snapshot.ts';
import { carrierOf, TALLY } from '../support/changing-links.ts';
import { expectAs } from '../support/judging.ts';
import { buildNetwork, CAN_BUILD, type Network } from '../support/namespaces.ts';
import { onRouter } from '../support/renaming.ts';
import { QUIET, THREE_WIRES } from '../support/stopping.ts';
import { LONG, SEED } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('interfaces come one by one', () => {
  const LINKS = ['in0', 'in1', 'in2', 'in3'] as const;
  const PROFILES: Readonly<Record<(typeof LINKS)[number], string>> = {
    in0: `kind: custom
name: in0
forwarding: global
sysctl: { net/ipv4/conf/in0/arp_ignore: 1, net/ipv4/conf/all/arp_announce: 2 }
addresses: [{ address: 192.168.10.1/24, interface: in0 }]
routes: [{ to: 10.10.0.0/16, via: 192.168.10.9 }]`,
    in1: `kind: private-vlan
name: in1
interfaces: [in1]
addresses: [192.168.11.1/24]`,
    in2: `kind: nat-proxy
name: in2
outside: in2
inside: eth0
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }]`,
    in3: `kind: custom
name: in3
sysctl: { net/ipv4/ip_forward: 1, net/ipv4/conf/in3/proxy_arp: 1, net/ipv4/neigh/in3/proxy_delay: 20ms }
routes: [{ to: 10.13.0.0/16, interface: in3 }]
proxies: [{ address: 10.10.0.5, interface: in3 }]`,
  };

  /** Lines of sh with which an interface comes, always with the same number. */
  function coming(net: Network, link: (typeof LINKS)[number]): string {
    const [wire, index] = [net.lab.name('wire'), 400 + LINKS.indexOf(link) * 2];
    return `ip link add ${link} index ${index} type veth peer name p${link} index ${index + 1} netns ${wire}
ip -n ${wire} link set p${link} up; ip link set ${link} up`;
  }

  /** A reproducible shuffle (xorshift32): which orders the short run takes. */
  function shuffled<T>(list: readonly T[], seed: number): T[] {
    let state = seed >>> 0 || 1;
    const rest = [...list];
    return list.map(() => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return rest.splice((state >>> 0) % rest.length, 1)[0] as T;
    });
  }

  function permutations<T>(list: readonly T[]): T[][] {
    if (list.length < 2) return [[...list]];
    return list.flatMap((first, at) => permutations(list.filter((_, other) => other !== at)).map((rest) => [first, ...rest]));
  }

  it(`#66 ${LONG ? 'in every' : 'in six'} order of four, each profile applied when its interface is there: the same at the end, and the same behind remove`, async () => {
    const orders = permutations(LINKS);
    const net = await buildNetwork(THREE_WIRES);
    onTestFinished(async () => net.lab.destroy());
    for (const link of LINKS) await onRouter(net, coming(net, link));
    for (const link of LINKS) await carrierOf(net, link);
    const before = await net.snapshot('router');
    let expected: Snapshot | undefined;
    for (const order of LONG ? orders : shuffled(orders, SEED).slice(0, 6)) {
      for (const link of LINKS) await net.ip('router', `link del ${link}`);
      for (const link of order) {
        const file = net.profile(`${link}.yaml`, `version: 1\n${PROFILES[link]}\n`);
        if (LONG || expected === undefined) {
          const early = await net.parp('router', ['--json', 'apply', file, ...QUIET]);
          expect(early, early.stderr).toMatchObject({ exitCode: 4 });
        }
        await onRouter(net, coming(net, link));
        await carrierOf(net, link);
        const applied = await net.parp('router', ['apply', file, ...QUIET]);
        expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      }
      expected ??= await net.snapshot('router');
      await expectAs(net, expected, TALLY);
      expect((await net.parp('router', ['status', '--detailed-exitcode'])).exitCode).toBe(0);
      expect(await net.parp('router', ['remove', '--all'])).toMatchObject({ exitCode: 0 });
      await expectAs(net, before, TALLY);
    }
  });
});
