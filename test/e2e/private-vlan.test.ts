// The story: "ann" and "bob" have addresses of one subnet and hang on ports that the switch isolates from each other (RFC 3069): neither
// hears the other ask. Both reach the router, which has the subnet on that very interface. After apply the router answers each for the
// other with its own MAC, although the target lives on the asker's link, and sends the packets back where they came from. A
// router that does so would tell the sender to talk directly (ICMP redirect), which is the one thing that cannot work here: so it
// must not. With `redirects: keep` it does, which shows that the silence is parp's doing.
import { afterEach, describe, expect, it } from 'vitest';
import { privateVlan } from '../../src/lab/private-vlan.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { risksTold } from '../support/risks-told.ts';

const ANN = '192.168.0.10';
const BOB = '192.168.0.11';
const ROUTER = '192.168.0.1';

const GUESTS = `version: 1
kind: private-vlan
name: guests
interfaces: [eth0]
`;

describe.skipIf(!CAN_BUILD)('parp apply of a private-vlan', () => {
  const net = useNetwork(privateVlan.topology);

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
  });

  /** Whether ann and bob reach each other, asking anew. */
  async function reached(): Promise<Record<string, boolean>> {
    for (const host of ['ann', 'bob', 'router']) await net.forget(host);
    const [annToBob, bobToAnn] = await Promise.all([net.ping('ann', BOB), net.ping('bob', ANN)]);
    return { annToBob, bobToAnn };
  }

  /** ICMP redirects that leave the router while ann pings bob a dozen times, and those of them that ann has received. */
  async function redirects(): Promise<{ sent: number; received: number; answered: boolean }> {
    const before = await net.redirects('ann');
    let answered = false;
    const fields = ['ip.src', 'icmp.redir_gw'];
    const dozen = async (): Promise<void> => {
      answered = await net.ping('ann', BOB, { count: 12 });
    };
    const frames = await net.capture('router', 'eth0', fields, dozen, { filter: 'icmp[icmptype] == icmp-redirect' });
    return { sent: frames.length, received: (await net.redirects('ann')) - before, answered };
  }

  it('lets isolated hosts reach each other through the router, and remove keeps them apart again', async () => {
    const before = await net.snapshot('router');
    expect(await net.ping('ann', ROUTER), 'the wire works').toBe(true);
    expect(await net.ping('bob', ROUTER), 'the wire works').toBe(true);
    expect(await reached()).toEqual({ annToBob: false, bobToAnn: false });

    const applied = await net.parp('router', ['apply', net.profile('guests.yaml', GUESTS)]);
    expect(applied.exitCode, `applied: ${applied.stderr}`).toBe(0);
    expect(await reached()).toEqual({ annToBob: true, bobToAnn: true });
    const router = net.macOf('router', 'eth0');
    expect({ ann: await net.mac('ann', BOB), bob: await net.mac('bob', ANN) }).toEqual({ ann: router, bob: router });

    const removed = await net.parp('router', ['remove', 'guests']);
    expect(removed.exitCode, `removed: ${removed.stderr}`).toBe(0);
    expect(await reached()).toEqual({ annToBob: false, bobToAnn: false });
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('sends no ICMP redirect', async () => {
    await net.parp('router', ['apply', net.profile('guests.yaml', GUESTS)]);
    expect(await redirects()).toEqual({ sent: 0, received: 0, answered: true });
  });

  // After the test above: the kernel remembers for 20 s how often it told somebody, and tells him less often.
  it('would send them with `redirects: keep`', async () => {
    const keep = `${GUESTS}redirects: keep\n`;
    expect((await risksTold(net, keep)).kinds).toContain('warning redirects-left-on');
    await net.parp('router', ['apply', net.profile('keep.yaml', keep)]);
    const { sent, received, answered } = await redirects();
    expect(answered).toBe(true);
    expect(sent).toBeGreaterThan(0);
    expect(received).toBeGreaterThan(0);
  });
});
