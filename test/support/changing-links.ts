import { expect } from 'vitest';
import type { Snapshot } from '../../src/lab/snapshot.ts';
import { useKeptRouter, type KeptRouter } from './kept-router.ts';
import { documentOf, held } from './judging.ts';
import { faulty, pointsOf, withFault } from './kill-points.ts';
import { buildNetwork, type Network } from './namespaces.ts';
import { EDGE_OF_TWO, workOn } from './plain-profiles.ts';
import { onRouter } from './renaming.ts';
import { THREE_WIRES } from './stopping.ts';
import { LONG } from './tally.ts';

/** Of every kind but nat, on one interface. */
export const WORK = workOn('eth1', { switches: ['net/ipv4/neigh/eth1/proxy_qlen: 128'] });
/** Of each of two interfaces something, and something different. */
export const BOTH = `version: 1
kind: pseudo-bridge
name: work
answer: listed
forwarding: interfaces
proxy_delay: 20ms
segments:
  - { interface: eth0, addresses: [192.168.0.1/24], hosts: [192.168.0.2, 192.168.0.3] }
  - { interface: eth1, hosts: [192.168.0.66] }
`;
export const EDGE = EDGE_OF_TWO.replace('name: edge', 'name: work');

/** What others have on each interface, so that a value of one is seen on another. */
const FURNITURE = `ip address add 172.16.0.1/24 dev eth0
ip address add 10.77.0.1/24 dev eth2
ip route add 10.79.0.0/16 via 172.16.0.9 dev eth0 proto static
ip neigh add proxy 10.77.0.50 dev eth2
cd /proc/sys/net/ipv4
echo 2 > conf/eth0/arp_ignore; echo 2 > conf/eth0/rp_filter; echo 30 > neigh/eth0/proxy_delay; echo 1 > conf/eth2/forwarding; echo 7 > conf/eth1/medium_id`;

async function build(): Promise<Network> {
  const net = await buildNetwork(THREE_WIRES);
  await onRouter(net, FURNITURE);
  return net;
}

/** How the changes of interfaces are counted. */
export const TALLY = 'changes of the topology';

/** A router whose interfaces change. */
export interface ChangingRouter extends KeptRouter {
  /** What the router is after lines of sh; `back` undoes them. */
  readonly after: (lines: string, back: string) => Promise<Snapshot>;
  /** The failpoints at which a run of this profile can be met: before the first operation, behind each, behind all, and behind the verification. */
  readonly meetings: (text: string) => Promise<readonly string[]>;
  /**
   * Has the names changed at each of these points of an apply of the profile: it ends with 5, everything is taken back, and nothing else was touched;
   * behind the verification alone it is in force, and can be removed.
   */
  readonly expectTakenBack: (text: string, change: Change) => Promise<void>;
  /** Kills an apply of the profile at each of these points, has the names changed, and recovers. */
  readonly expectRecovered: (text: string, change: Change) => Promise<void>;
}

/** Lines of sh that change the names of interfaces, and that change them back. */
export interface Change {
  readonly there: string;
  readonly back: string;
}

/** A router with three interfaces for the tests of the surrounding `describe`. */
export function useChangingRouter(): ChangingRouter {
  const router = useKeptRouter(build, TALLY);
  const { net, applyArgs, expectAs, parp } = router;
  const met = new Map<string, readonly string[]>();
  const after = async (lines: string, back: string): Promise<Snapshot> => {
    await onRouter(net, lines);
    const there = await net.snapshot('router');
    await onRouter(net, back);
    return there;
  };
  const meetings = async (text: string): Promise<readonly string[]> => {
    const known = met.get(text);
    if (known !== undefined) return known;
    const points = await pointsOf(net, applyArgs(text));
    expect(await faulty(net, ['rollback'])).toMatchObject({ exitCode: 0 });
    const written = points.filter((name) => name.startsWith('operation.written'));
    const list = ['journal.opened', ...written, 'execute.written', 'execute.verified'];
    met.set(text, list);
    return list;
  };
  return {
    ...router,
    after,
    meetings,
    expectTakenBack: async (text, { there, back }) => {
      const changed = await after(there, back);
      for (const at of some(await meetings(text))) {
        const end = await withFault(net, ['--json', ...applyArgs(text)], { at, act: `run: ${there}` });
        if (at === 'execute.verified') {
          expect(end, end.stderr).toMatchObject({ exitCode: 0 });
          await parp('remove', 'work');
        } else {
          expect(end, `${at}: ${end.stderr}`).toMatchObject({ exitCode: 5 });
          expect(documentOf(end)).toMatchObject({ left: [], refused: [] });
        }
        expect(held(net)).toEqual({ profiles: [], open: false });
        await expectAs(changed);
        await onRouter(net, back);
      }
    },
    expectRecovered: async (text, { there, back }) => {
      const changed = await after(there, back);
      for (const at of some((await meetings(text)).slice(0, -1))) {
        await withFault(net, applyArgs(text), { at });
        await onRouter(net, there);
        expect(await parp('recover')).toMatchObject({ recovered: 'apply work' });
        await expectAs(changed);
        await onRouter(net, back);
      }
    },
  };
}

/** Every one of a list in the long run, each third from the last in the short one. */
export const some = <T>(list: readonly T[]): T[] => list.filter((_, at) => LONG || (list.length - 1 - at) % 3 === 0);

/** Waits until an interface of the router has carrier: linkwatch can be late. */
export async function carrierOf(net: Network, link: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const [entry] = await net.ipJson('router', 'link', 'show', link);
    if (entry?.['operstate'] === 'UP') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
