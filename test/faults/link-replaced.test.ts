// The story: an interface of the router is unplugged, and another one comes in its place under the same name, with whatever values it got: none, those
// of conf/default, or the very ones of the profile, given by hand. parp knows an interface by what it is: nothing of what it wrote is on this one, so
// that an undo leaves it alone and gives back the rest. What the profile wants of the name is missing, until the next apply.
import { describe, expect, it } from 'vitest';
import { some, useChangingRouter, WORK } from '../support/changing-links.ts';
import { held } from '../support/judging.ts';
import { withFault } from '../support/kill-points.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { onRouter } from '../support/renaming.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { LONG } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('an interface goes, and another comes under its name', () => {
  const { net, bare, expectAs, applyArgs, parp, apply, after, meetings } = useChangingRouter();

  const ORIGINAL = { index: 103, peer: 104 };
  const OTHER = { index: 301, peer: 302 };

  /** Puts another interface in the place of eth1. */
  const replacing1 = ({ index, peer }: typeof ORIGINAL): string =>
    `ip link del eth1; ip link add eth1 index ${index} type veth peer name w1 index ${peer} netns ${net.lab.name('wire')}
ip -n ${net.lab.name('wire')} link set w1 up; ip link set eth1 up`;
  /** As the network was built, with the one value that others had given it. */
  const restored = (): string => `${replacing1(ORIGINAL)}; echo 7 > /proc/sys/net/ipv4/conf/eth1/medium_id`;

  /** What somebody makes of the new one: the very values of the profile, which an undo by name would take for parp's. */
  const BY_HAND = `cd /proc/sys/net/ipv4; echo 4 > neigh/eth1/proxy_delay; echo 128 > neigh/eth1/proxy_qlen
echo 1 > conf/eth1/arp_ignore; echo 1 > conf/eth1/proxy_arp
ip address add 192.168.7.1/24 dev eth1; ip route add 10.8.8.8 dev eth1 src 192.168.7.1 proto static`;
  const CASES = [
    { given: 'nothing', before: ':', hand: ':', back: ':' },
    { given: 'the same values, by hand', before: ':', hand: BY_HAND, back: ':' },
    {
      given: 'the same values, by conf/default',
      before: 'cd /proc/sys/net/ipv4/conf/default; echo 1 > arp_ignore; echo 1 > proxy_arp',
      hand: ':',
      back: 'cd /proc/sys/net/ipv4/conf/default; echo 0 > arp_ignore; echo 0 > proxy_arp',
    },
  ];

  eachOfSweep(CASES)(
    '#60 with $given: remove, rollback and recover write nothing to it, and give back the rest',
    async ({ before, hand, back }) => {
      const change = (): string => `(${before}); ${replacing1(OTHER)}; (${hand})`;
      const theirs = await after(change(), `(${back}); ${restored()}`);
      await expectAs(bare());
      for (const way of [['remove', 'work'], ['rollback']]) {
        await apply(WORK);
        await onRouter(net, change());
        await parp(...way);
        await expectAs(theirs);
        expect(held(net)).toEqual({ profiles: [], open: false });
        await onRouter(net, `(${back}); ${restored()}`);
      }
      for (const at of some((await meetings(WORK)).slice(0, -1)).slice(LONG || hand !== ':' ? 0 : -1)) {
        const killed = await withFault(net, applyArgs(WORK), { at, act: 'kill' });
        expect(killed.signal ?? killed.exitCode).toBe('SIGKILL');
        await onRouter(net, change());
        await parp('recover');
        await expectAs(theirs);
        await onRouter(net, `(${back}); ${restored()}`);
      }
    },
  );

  it('#60 what the profile wants of it drifts; apply heals it, and then remove gives back what the new one had', async () => {
    const hand = 'cd /proc/sys/net/ipv4; echo 2 > conf/eth1/arp_ignore; echo 60 > neigh/eth1/proxy_delay';
    const theirs = await after(`${replacing1(OTHER)}; ${hand}`, restored());
    await apply(WORK);
    await onRouter(net, `${replacing1(OTHER)}; ${hand}`);
    const drift = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
    expect(drift).toMatchObject({ exitCode: 2 });
    expect(drift.stdout).toContain('net/ipv4/conf/eth1/proxy_arp');
    await apply(WORK);
    expect((await net.parp('router', ['status', '--detailed-exitcode'])).exitCode).toBe(0);
    await parp('remove', 'work');
    await expectAs(theirs);
    await onRouter(net, restored());
  });
});
