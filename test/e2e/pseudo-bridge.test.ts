// The story: "left" and "neighbour" sit on one wire, "right" on another, and all three believe in one 192.168.0.0/24. Each asks its own
// wire for the others, and hears nothing from the far side. After apply the router answers on each wire for who lives on the other one,
// with the MAC that its interface has there, and forwards: that is right because it has a path to the host, and the hosts need not
// change. It must not answer for those on the asker's own wire, who answer for themselves, and with `answer: listed` for nobody
// whom the profile does not name, be he alive or not.
import { afterEach, describe, expect, it } from 'vitest';
import { pseudoBridge } from '../../src/lab/pseudo-bridge.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { officeOf } from '../support/plain-profiles.ts';

const LEFT = '192.168.0.2';
const NEIGHBOUR = '192.168.0.3';
const RIGHT = '192.168.0.66';
/** Nobody has them; the router has the subnet on eth0, and would look for them there. */
const NOBODY = ['192.168.0.67', '192.168.0.99'] as const;

const OFFICE = officeOf(`${LEFT}, ${NEIGHBOUR}`, RIGHT);

/** The neighbour is alive, but the profile does not name it. */
const UNLISTED_NEIGHBOUR = OFFICE.replace(`[${LEFT}, ${NEIGHBOUR}]`, `[${LEFT}]`);

describe.skipIf(!CAN_BUILD)('parp apply of a pseudo-bridge', () => {
  const net = useNetwork(pseudoBridge.topology);

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
  });

  /** Nobody knows anybody: not even that an answer did not come a second ago. */
  async function forgetAll(): Promise<void> {
    await Promise.all(['left', 'neighbour', 'right', 'router'].map((host) => net.forget(host)));
  }

  /** Who reaches whom across the router, asking anew. */
  async function reached(): Promise<Record<string, boolean>> {
    await forgetAll();
    const [leftToRight, rightToNeighbour, rightToLeft] = await Promise.all([
      net.ping('left', RIGHT),
      net.ping('right', NEIGHBOUR),
      net.ping('right', LEFT),
    ]);
    return { leftToRight, rightToNeighbour, rightToLeft };
  }

  /** Every answer that a host's wire gives to its questions: the address and the MAC, in the order of the addresses. */
  async function answers(host: string, from: string, targets: readonly string[]): Promise<string[]> {
    const heard = await net.askArp(
      host,
      'eth0',
      targets.map((to) => ({ to, from })),
    );
    return heard.map(({ address, mac }) => `${address} ${mac}`).sort();
  }

  const ALL = { leftToRight: true, rightToNeighbour: true, rightToLeft: true };
  const NONE = { leftToRight: false, rightToNeighbour: false, rightToLeft: false };

  it('lets both wires reach each other through the MACs of the router, and remove gives back the silence', async () => {
    const before = await net.snapshot('router');
    expect(await reached()).toEqual(NONE);

    const applied = await net.parp('router', ['apply', net.profile('office.yaml', OFFICE)]);
    expect(applied.exitCode, `applied: ${applied.stderr}`).toBe(0);
    expect(await reached()).toEqual(ALL);
    expect(await net.mac('left', RIGHT)).toBe(net.macOf('router', 'eth0'));
    expect(await net.mac('right', LEFT)).toBe(net.macOf('router', 'eth1'));
    expect(await net.mac('right', NEIGHBOUR)).toBe(net.macOf('router', 'eth1'));

    expect(await net.ping('left', NEIGHBOUR), 'who shares the wire').toBe(true);
    expect(await net.mac('left', NEIGHBOUR)).toBe(net.macOf('neighbour', 'eth0'));

    const removed = await net.parp('router', ['remove', 'office']);
    expect(removed.exitCode, `removed: ${removed.stderr}`).toBe(0);
    expect(await reached()).toEqual(NONE);
    expect(await net.mac('left', RIGHT)).toBeNull();
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('forwards as a router does: from its own MAC there, and one hop older', async () => {
    await net.parp('router', ['apply', '--no-announce', net.profile('office.yaml', OFFICE)]);
    await forgetAll();
    const fields = ['eth.src', 'eth.dst', 'ip.src', 'ip.dst', 'ip.ttl'];
    const frames = await net.capture('right', 'eth0', fields, async () => net.ping('left', RIGHT), { filter: 'icmp' });
    expect(frames).toEqual([
      { 'eth.src': net.macOf('router', 'eth1'), 'eth.dst': net.macOf('right', 'eth0'), 'ip.src': LEFT, 'ip.dst': RIGHT, 'ip.ttl': '63' },
      { 'eth.src': net.macOf('right', 'eth0'), 'eth.dst': net.macOf('router', 'eth1'), 'ip.src': RIGHT, 'ip.dst': LEFT, 'ip.ttl': '64' },
    ]);
  });

  // The subnet stands on eth0, so that "right" is the one who can be answered for more than the profile names.
  it.each([
    ['listed', 'the listed hosts alone', { toLeft: [RIGHT], toRight: [LEFT], neighbour: false }],
    ['routed', 'whatever is routed to another wire', { toLeft: [RIGHT], toRight: [LEFT, NEIGHBOUR, ...NOBODY], neighbour: true }],
  ] as const)('with `answer: %s` answers for %s', async (answer, _whom, { toLeft, toRight, neighbour }) => {
    const before = await net.snapshot('router');
    const profile = net.profile(`${answer}.yaml`, `${UNLISTED_NEIGHBOUR}answer: ${answer}\nannounce: false\n`);
    const applied = await net.parp('router', ['apply', profile]);
    expect(applied.exitCode, `applied: ${applied.stderr}`).toBe(0);

    expect(await answers('left', LEFT, [RIGHT, ...NOBODY])).toEqual(toLeft.map((address) => `${address} ${net.macOf('router', 'eth0')}`));
    expect(await answers('right', RIGHT, [LEFT, NEIGHBOUR, ...NOBODY])).toEqual(
      toRight.map((address) => `${address} ${net.macOf('router', 'eth1')}`),
    );
    expect(await reached()).toEqual({ ...ALL, rightToNeighbour: neighbour });

    await net.parp('router', ['remove', 'office']);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });
});
