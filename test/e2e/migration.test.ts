// The story: "left" and "right" talk over a Linux bridge and know each other's real MACs. Then the bridge is dissolved, and the machine that
// was a switch becomes a router: its ports carry a pseudo-bridge. Nobody tells the hosts. Each goes on sending to the other's MAC, which
// the router's interface drops as not for it, and will do so until its ARP entry has grown old and three questions to the old MAC
// went unanswered: 20 to 50 seconds. parp announces each host on the other wire with the router's MAC there, and the next datagram
// takes the new path. The hosts are asked for before they are claimed, and rightly nobody answers: each lives on its own side only.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Topology } from '../../src/lab/topology.ts';
import { buildNetwork, CAN_BUILD, type Network } from '../support/namespaces.ts';
import { converse, longestGap, type Gap } from '../support/numbered-stream.ts';

const LEFT = { host: 'left', address: '192.168.0.2' };
const RIGHT = { host: 'right', address: '192.168.0.66' };

const TOPOLOGY: Topology = {
  hosts: {
    left: { links: { eth0: { addresses: [`${LEFT.address}/24`] } } },
    router: { links: { eth0: {}, eth1: {} } },
    right: { links: { eth0: { addresses: [`${RIGHT.address}/24`] } } },
  },
  wires: [
    ['left:eth0', 'router:eth0'],
    ['router:eth1', 'right:eth0'],
  ],
};

const PROFILE = `version: 1
kind: pseudo-bridge
name: migration
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [${LEFT.address}]
  - interface: eth1
    hosts: [${RIGHT.address}]
probe: true
`;

/** Long enough to see that nothing comes, short against the 20 s that an ARP entry lives at least (KERNEL.md F63). */
const WINDOW_MS = 6000;
/** For what goes through to be heard, on a machine that has other things to do. */
const SETTLE_MS = 1000;

describe.skipIf(!CAN_BUILD)('parp apply in place of a bridge', () => {
  it.each([
    ['without announcements leaves a conversation stuck on the old MACs', ['--no-announce'], false],
    ['with announcements lets a conversation go on through the MACs of the router', [], true],
  ] as const)('%s', async (_claim, args, announced) => {
    const net = await buildNetwork(TOPOLOGY);
    onTestFinished(async () => net.lab.destroy());
    const profile = net.profile('migration.yaml', PROFILE);
    await bridge(net);
    await warmUp(net);
    const conversation = await converse(net, LEFT, RIGHT);
    await sleep(300);

    await net.ip('router', 'link set eth0 nomaster', 'link set eth1 nomaster', 'link del br0');
    const dissolved = Date.now();
    const frames = await net.capture('left', 'eth0', ['frame.time_epoch', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4'], async () => {
      const applied = await net.parp('router', ['apply', ...args, profile]);
      expect(applied.exitCode, `applied: ${applied.stderr}`).toBe(0);
    });
    await sleep(announced ? SETTLE_MS : WINDOW_MS);
    const end = Date.now();
    const macs = { left: await net.mac('left', RIGHT.address), right: await net.mac('right', LEFT.address) };

    // The path was there all the time: it is the announcement alone that was missing.
    if (!announced) await announceByHand(net);
    const arrivals = await conversation.end();
    const gaps = arrivals.map((heard) => longestGap(heard, end));
    const announcement = frames.find((frame) => frame['arp.src.proto_ipv4'] === RIGHT.address)?.['frame.time_epoch'];
    report(gaps, dissolved, announcement === undefined ? undefined : Number(announcement) * 1000);

    const asked = frames.filter((frame) => frame['arp.src.proto_ipv4'] === '0.0.0.0').map((frame) => frame['arp.dst.proto_ipv4']);
    expect(new Set(asked), 'probed before they were claimed').toEqual(new Set(['192.168.0.1', RIGHT.address]));
    for (const heard of arrivals) expect(heard.some(({ sent }) => sent < dissolved)).toBe(true);
    for (const heard of arrivals) expect(heard.some(({ sent }) => dissolved < sent && sent < end)).toBe(announced);
    if (!announced) for (const heard of arrivals) expect(heard.some(({ sent }) => sent >= end)).toBe(true);
    expect(macs).toEqual(
      announced
        ? { left: net.macOf('router', 'eth0'), right: net.macOf('router', 'eth1') }
        : { left: net.macOf('right', 'eth0'), right: net.macOf('left', 'eth0') },
    );
  });
});

async function bridge(net: Network): Promise<void> {
  await net.ip(
    'router',
    'link add br0 type bridge',
    'link set eth0 master br0',
    'link set eth1 master br0',
    'link set br0 up',
    'address add 192.168.0.1/24 dev br0',
  );
}

/** Both hosts get an entry that is REACHABLE by an answer of their own: a STALE one is asked about after five seconds already. */
async function warmUp(net: Network): Promise<void> {
  for (const [one, other] of [
    [LEFT, RIGHT],
    [RIGHT, LEFT],
  ] as const) {
    await net.forget(one.host);
    expect(await net.ping(one.host, other.address)).toBe(true);
    expect(await net.mac(one.host, other.address)).toBe(net.macOf(other.host, 'eth0'));
  }
  for (const { host } of [LEFT, RIGHT]) {
    expect(await net.ipJson(host, 'neigh', 'show', 'dev', 'eth0')).toContainEqual(expect.objectContaining({ state: ['REACHABLE'] }));
  }
}

async function announceByHand(net: Network): Promise<void> {
  for (const [link, { address }] of [
    ['eth0', RIGHT],
    ['eth1', LEFT],
  ] as const) {
    const { exitCode } = await net.parp('router', ['announce', '--interface', link, address, '--rounds', '1']);
    expect(exitCode).toBe(0);
  }
  await sleep(SETTLE_MS);
}

function report(gaps: readonly Gap[], dissolved: number, announcement: number | undefined): void {
  const words = gaps.map(({ lost, resumed }, i) => {
    const direction = i === 0 ? 'right to left' : 'left to right';
    if (resumed === null) return `${direction} stuck for ${lost} ms until the end of the window`;
    const since =
      announcement === undefined ? '' : `, resumed ${Math.max(0, Math.round(resumed - announcement))} ms after the first announcement`;
    return `${direction} ${lost} datagrams (ms) lost${since}`;
  });
  const when =
    announcement === undefined ? 'no announcement' : `announced ${(announcement - dissolved).toFixed(0)} ms after the bridge was gone`;
  console.log(`Migration from a bridge, ${when}: ${words.join('; ')}`);
}
