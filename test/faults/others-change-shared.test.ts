// The story: two profiles want the same switches, and come and go in any order. A switch stays as both want it until the last of them goes, whichever
// that is, and then it is as it was before the first came. What was so already belonged to neither; a third value of others is left by the last.
import { describe, expect, it } from 'vitest';
import { held } from '../support/judging.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { leftIn, useSharedRouter } from '../support/others-hands.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { LONG } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('two profiles share a switch', () => {
  const { net, parp, apply, read, write, differing } = useSharedRouter();

  const profile = (name: string, link: string): string => `version: 1
kind: custom
name: ${name}
sysctl: { net/ipv4/ip_forward: 1, net/ipv4/conf/eth1/arp_ignore: 1, net/ipv4/neigh/eth1/proxy_delay: 40ms, net/ipv4/conf/${link}/proxy_arp: 1 }
accept_risks: [over-answering]
`;
  const A = profile('a', 'eth0');
  const B = profile('b', 'eth1');
  const SHARED = ['net/ipv4/ip_forward', 'net/ipv4/conf/lo/forwarding', 'net/ipv4/conf/eth1/arp_ignore', 'net/ipv4/neigh/eth1/proxy_delay'];
  const values = async (): Promise<(string | null)[]> => Promise.all(SHARED.map(read));

  eachOfSweep([
    { steps: ['a', 'b', '-a', '-b'] },
    { steps: ['a', 'b', '-b', '-a'] },
    { steps: ['b', 'a', '-a', '-b'] },
    { steps: ['ab', '-b', '-a'] },
    { steps: ['a', 'b', 'rollback', '-a'] },
    { steps: ['a', 'b', '-a', 'rollback', '-b', '-a'] },
    { steps: ['a', '-a', 'b', 'a', '-b', '-a'] },
  ])('#57 $steps: unchanged until the last of them goes, then as before', async ({ steps }) => {
    // One of them is as wanted already, and nobody's to give back.
    for (const prior of LONG || steps.length === 3 ? ['0', '1'] : ['0']) {
      await write('net/ipv4/conf/eth1/arp_ignore', prior);
      const before = await values();
      for (const step of steps) {
        if (step === 'rollback') await parp('rollback');
        else if (step.startsWith('-')) await parp('remove', step.slice(1));
        else await apply(...step.split('').map((name) => (name === 'a' ? A : B)));
        const inForce = held(net).profiles.length > 0;
        expect(await values(), step).toEqual(inForce ? ['1', '1', '1', '4'] : before);
      }
      expect(held(net).profiles).toEqual([]);
      expect(await differing()).toEqual(prior === '0' ? [] : ['net/ipv4/conf/eth1/arp_ignore']);
    }
    await write('net/ipv4/conf/eth1/arp_ignore', '0');
  });

  it('#57 a third value by others in between: left by the last of them', async () => {
    await apply(A);
    await apply(B);
    await write('net/ipv4/conf/eth1/arp_ignore', '2');
    expect(leftIn(await parp('remove', 'a'))).toEqual([]);
    expect(await read('net/ipv4/conf/eth1/arp_ignore')).toBe('2');
    expect(leftIn(await parp('remove', 'b'))).toEqual(['net/ipv4/conf/eth1/arp_ignore']);
    expect(await differing()).toEqual(['net/ipv4/conf/eth1/arp_ignore']);
    await write('net/ipv4/conf/eth1/arp_ignore', '0');
  });
});
