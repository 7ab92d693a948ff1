/*
 * `apply --no-wait` leaves its announcements to a process of its own. A neighbour hears the same frames as ever. When the profile is
 * given up before the last round, the router no longer answers for the address, so the process must fall silent at once: an
 * announcement behind the way back would lead the neighbours to a router that does not forward any more.
 */
import { describe, expect, it } from 'vitest';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';

const PROFILE = `
version: 1
kind: custom
name: lasting
addresses: [{ address: 10.0.0.1/24, interface: eth0 }]
announce: { rounds: 40, spacing: 200ms, form: request }
probe: false
`;

describe.skipIf(!CAN_BUILD)('parp apply --no-wait', () => {
  const net = useNetwork({
    hosts: { router: { links: { eth0: {} } }, neighbour: { links: { eth0: { addresses: ['10.0.0.2/24'] } } } },
    wires: [['router:eth0', 'neighbour:eth0']],
  });
  const announced = async (work: () => Promise<unknown>, lingerMs: number): Promise<number> => {
    const frames = await net.capture('neighbour', 'eth0', ['arp.src.proto_ipv4', 'arp.dst.proto_ipv4'], work, { lingerMs });
    return frames.filter((frame) => frame['arp.src.proto_ipv4'] === '10.0.0.1' && frame['arp.dst.proto_ipv4'] === '10.0.0.1').length;
  };

  it('announces behind the back of a command that has ended, until the profile is given up', async () => {
    const file = net.profile('lasting.yaml', PROFILE);
    const heard = await announced(async () => {
      const { exitCode, stderr } = await net.parp('router', ['apply', '--no-wait', file]);
      expect(stderr).toContain('goes on announcing in the background');
      expect(exitCode).toBe(0);
    }, 1500);
    expect(heard).toBeGreaterThan(2);
    expect((await net.parp('router', ['remove', 'lasting'])).exitCode).toBe(0);
    expect(await announced(() => Promise.resolve(), 1500)).toBe(0);
  });
});
