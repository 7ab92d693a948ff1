import { afterAll, beforeAll } from 'vitest';
import { buildNetwork, type Network } from './namespaces.ts';
import { THREE_WIRES } from './stopping.ts';
import { warmUp, type WarmParp } from './warm-parp.ts';

/** What others have on the router: things that no profile of the fault suite speaks of, and that a wrong undo would take along. */
const FURNITURE = [
  'address add 10.77.0.1/24 dev eth2',
  'address add 10.77.0.2/24 dev eth2',
  'address add 172.16.0.1/24 dev eth0',
  'route add 10.78.0.0/16 via 10.77.0.9 dev eth2 proto static',
  'route add 10.79.0.0/16 via 172.16.0.9 dev eth0 proto static',
  'neigh add proxy 10.77.0.50 dev eth2',
  'neigh add 10.77.0.9 lladdr 02:00:00:00:00:99 nud permanent dev eth2',
];
const RULESET = 'table ip others { chain input { type filter hook input priority 5; tcp dport 9 counter drop; }; }';
/** ip_forward writes over the first; the others are next to what profiles write. */
const SWITCHES = { 'net/ipv4/conf/eth2/forwarding': '1', 'net/ipv4/conf/eth2/rp_filter': '2', 'net/ipv4/conf/eth1/arp_announce': '2' };

/** A network with a furnished router, and a parp that stays on it. */
export interface Router {
  readonly net: Network;
  readonly warm: WarmParp;
}

/** A router with three wires on which others have things of theirs. For one test: give it to `onTestFinished(() => net.lab.destroy())`. */
export async function buildFurnished(): Promise<Network> {
  const net = await buildNetwork(THREE_WIRES);
  await net.ip('router', ...FURNITURE);
  await net.run('router', ['nft', RULESET]);
  for (const [path, value] of Object.entries(SWITCHES)) await net.setSysctl('router', path, value);
  return net;
}

/** Several equal routers for the tests of the surrounding `describe`, which share its work. */
export function useRouters(count: number): readonly Router[] {
  const routers: Router[] = [];
  beforeAll(async () => {
    const nets = await Promise.all(Array.from({ length: count }, buildFurnished));
    routers.push(...(await Promise.all(nets.map(async (net) => ({ net, warm: await warmUp(net) })))));
  });
  afterAll(async () => {
    await Promise.all(routers.map(async ({ net }) => net.lab.destroy()));
  });
  return routers;
}

/** Has several workers work a list off, each taking the next item; throws what the first that fails throws, when all have ended. */
export async function share<W, T>(
  workers: readonly W[],
  items: readonly T[],
  work: (worker: W, item: T, at: number) => Promise<void>,
): Promise<void> {
  const rest = items.entries();
  let failed = false;
  const results = await Promise.allSettled(
    workers.map(async (worker) => {
      for (const [at, item] of rest) {
        if (failed) return;
        await work(worker, item, at).catch((error: unknown) => {
          failed = true;
          throw error;
        });
      }
    }),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
