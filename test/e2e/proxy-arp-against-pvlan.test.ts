// The story: "ann" asks the router's eth0 for two addresses: for bob's, who lives on that very link behind an isolated port of the switch,
// and for 1.1.1.1, which the router reaches by its default route out of eth1. `proxy_arp` answers only where the way leads out by
// another interface: for 1.1.1.1, and for whatever else the default route covers, but not for bob, who could answer himself as
// far as the kernel knows. `proxy_arp_pvlan` is its mirror image and answers only where the way leads back out of the asker's link.
import { afterEach, describe, expect, it } from 'vitest';
import type { Topology } from '../../src/lab/topology.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';

const ANN = '192.168.0.10';
const BOB = '192.168.0.11';
const FAR = '1.1.1.1';

const TOPOLOGY: Topology = {
  hosts: {
    // Believes that the whole world is on its wire, and so asks ARP for 1.1.1.1.
    ann: { links: { eth0: { addresses: [`${ANN}/24`] } }, routes: ['default dev eth0'] },
    bob: { links: { eth0: { addresses: [`${BOB}/24`] } } },
    router: {
      links: { eth0: { addresses: ['192.168.0.1/24'] }, eth1: { addresses: ['10.0.0.2/30'] } },
      routes: ['default via 10.0.0.1'],
    },
    provider: { links: { eth0: { addresses: ['10.0.0.1/30', `${FAR}/32`] } }, routes: ['192.168.0.0/24 via 10.0.0.2'] },
  },
  switches: { switch: { isolated: ['ann', 'bob'] } },
  wires: [
    ['ann:eth0', 'switch:ann'],
    ['bob:eth0', 'switch:bob'],
    ['router:eth0', 'switch:router'],
    ['router:eth1', 'provider:eth0'],
  ],
};

/** The same but for the switches under test. */
function profileOf(switches: readonly string[]): string {
  return `version: 1
kind: custom
name: switches
sysctl:
  net/ipv4/conf/eth0/forwarding: 1
  net/ipv4/conf/eth1/forwarding: 1
  net/ipv4/neigh/eth0/proxy_delay: 0ms
${switches.map((key) => `  net/ipv4/conf/eth0/${key}: 1\n`).join('')}`;
}

describe.skipIf(!CAN_BUILD)('parp apply of a custom profile', () => {
  const net = useNetwork(TOPOLOGY);

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
  });

  it.each([
    ['neither switch', 'nobody', [], []],
    ['proxy_arp', '1.1.1.1 behind the default route', ['proxy_arp'], [FAR]],
    ['proxy_arp_pvlan', "bob on the asker's own link", ['proxy_arp_pvlan'], [BOB]],
    ['both switches', 'both', ['proxy_arp', 'proxy_arp_pvlan'], [FAR, BOB]],
  ] as const)('with %s answers for %s', async (_switches, _whom, switches, answered: readonly string[]) => {
    const applied = await net.parp('router', ['apply', net.profile('switches.yaml', profileOf(switches))]);
    expect(applied.exitCode, `applied: ${applied.stderr}`).toBe(0);

    const questions = [FAR, BOB].map((to) => ({ to, from: ANN }));
    const answers = await net.askArp('ann', 'eth0', questions);
    const router = net.macOf('router', 'eth0');
    expect(answers.map(({ address, mac }) => `${address} ${mac}`).sort()).toEqual(answered.map((address) => `${address} ${router}`));

    for (const host of ['ann', 'bob', 'router']) await net.forget(host);
    const [far, bob] = await Promise.all([net.ping('ann', FAR), net.ping('ann', BOB)]);
    // The router that answers ann for bob has to answer bob for ann, too.
    expect({ far, bob }).toEqual({ far: answered.includes(FAR), bob: answered.includes(BOB) });
  });
});
