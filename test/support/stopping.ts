import { expect } from 'vitest';
import type { Child } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import type { Topology } from '../../src/lab/topology.ts';
import { PARP, type Network } from './namespaces.ts';

/** A router with three wires that lead nowhere. */
export const THREE_WIRES: Topology = {
  hosts: { router: { links: { eth0: {}, eth1: {}, eth2: {} } }, wire: { links: {} } },
  wires: [
    ['router:eth0', 'wire:w0'],
    ['router:eth1', 'wire:w1'],
    ['router:eth2', 'wire:w2'],
  ],
};
/** Leaves the wire alone. */
export const QUIET = ['--no-probe', '--no-announce'];

/** What of the router is not as it was. */
export const changed = async (net: Network, since: Snapshot): Promise<string[]> => differences(since, await net.snapshot('router'));

/** No transaction is open, nothing is in force, and neither is there anything to recover. */
export async function nothingIsLeft(net: Network): Promise<void> {
  expect((await net.parp('router', ['--json', 'status'])).json).toMatchObject({ profiles: [], unfinished: null });
  expect((await net.parp('router', ['--json', 'recover'])).json).toMatchObject({ recovered: null });
}

/** Starts parp on the router, without waiting for its end. */
export function startParp(net: Network, ...args: string[]): Child {
  return net.spawn('router', [...PARP, ...args]);
}

/** Comes back when parp is about to ask the wire: the plan is made, nothing is written, and some 400 ms are left. */
export async function asking(child: Child): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ask the wire')) resolve();
    });
    child.end.then(() => reject(new Error(`It ended before it asked: ${said}`)), reject);
  });
}
