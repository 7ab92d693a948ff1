// The story: ip_forward writes over conf/<if>/forwarding of every interface, and conf/default is what interfaces get that come later. Another
// administrator has his own values there, from before parp came, or sets them while a profile is in force. His survive, whatever ip_forward does to
// them on the way there and back; what the profile set itself is given back, for interfaces yet to come as well.
import { describe, expect, it } from 'vitest';
import { CAN_BUILD } from '../support/namespaces.ts';
import { inTurns, leftIn, useSharedRouter, WAYS, WORK } from '../support/others-hands.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('forwarding and conf/default', () => {
  const { net, bare, expectAs, parp, apply, read, write, differing } = useSharedRouter();

  const own = ['0', '1', '2'].flatMap((value) => ['0', '1'].map((ipForward) => ({ value, ipForward })));

  eachOfSweep(own)(
    '#55 another administrator has eth2/forwarding = $value, while ip_forward = $ipForward: it survives',
    async ({ value, ipForward }) => {
      await write('net/ipv4/ip_forward', ipForward);
      await write('net/ipv4/conf/eth2/forwarding', value);
      const before = await net.snapshot('router');
      for (const way of inTurns(Number(value) + Number(ipForward))) {
        await apply(WORK);
        await parp(...way);
        expect(await read('net/ipv4/conf/eth2/forwarding')).toBe(value);
        await expectAs(before);
      }
      await write('net/ipv4/ip_forward', '1');
      await write('net/ipv4/ip_forward', '0');
      await write('net/ipv4/conf/eth2/forwarding', '1');
    },
  );

  it('#55 he sets it anew while the profile is in force: it stays as he set it', async () => {
    for (const value of ['0', '2']) {
      for (const way of WAYS) {
        await apply(WORK);
        await write('net/ipv4/conf/eth2/forwarding', value);
        await parp(...way);
        expect(await differing()).toEqual(['net/ipv4/conf/eth2/forwarding']);
        await write('net/ipv4/conf/eth2/forwarding', '1');
      }
    }
  });

  /** What a new interface gets, which is then deleted. */
  async function newcomer(): Promise<Record<string, string | null>> {
    await net.ip('router', 'link add new0 type veth peer name new0p');
    const values = {
      rp_filter: await read('net/ipv4/conf/new0/rp_filter'),
      forwarding: await read('net/ipv4/conf/new0/forwarding'),
    };
    await net.ip('router', 'link del new0');
    return values;
  }

  it('#56 conf/default is as before behind remove and rollback, for new interfaces, too', async () => {
    const before = await newcomer();
    for (const way of WAYS) {
      await apply(WORK);
      expect(await newcomer()).toEqual({ rp_filter: '2', forwarding: '1' });
      await parp(...way);
      expect(await newcomer()).toEqual(before);
    }
  });

  eachOfSweep([
    { key: 'rp_filter', value: '1' },
    { key: 'forwarding', value: '2' },
  ])('#56 conf/default/$key is changed by others while in force: reported once, and new interfaces get theirs', async ({ key, value }) => {
    const path = `net/ipv4/conf/default/${key}`;
    for (const way of WAYS) {
      await apply(WORK);
      await write(path, value);
      expect(await newcomer()).toMatchObject({ [key]: value });
      expect(leftIn(await parp(...way))).toEqual([path]);
      expect(await newcomer()).toMatchObject({ [key]: value });
      expect(await differing()).toEqual([path]);
      await write(path, bare().sysctls[path] ?? '');
    }
  });

  it('#56 conf/default is changed by others where the profile has no wish: theirs, during and behind it', async () => {
    for (const way of WAYS) {
      await apply(WORK);
      await write('net/ipv4/conf/default/proxy_arp_pvlan', '1');
      expect(leftIn(await parp(...way))).toEqual([]);
      expect(await read('net/ipv4/conf/default/proxy_arp_pvlan')).toBe('1');
      await write('net/ipv4/conf/default/proxy_arp_pvlan', '0');
    }
  });
});
