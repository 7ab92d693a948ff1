// The story: a plan was made, looked at, and put into a file; before it is applied somebody changes what it was made for: a value, or which interface
// bears a name. The plan is stale then, which no --force overrides: it is refused (4), and nothing is written, not even to the journal.
import { describe, expect } from 'vitest';
import { journalText } from '../support/judging.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { useSharedRouter, WORK } from '../support/others-hands.ts';
import { onRouter } from '../support/renaming.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { QUIET } from '../support/stopping.ts';

describe.skipIf(!CAN_BUILD)('a plan that was written to a file', () => {
  const { net, expectAs, file, parp, rebuild } = useSharedRouter();

  eachOfSweep([
    {
      moved: 'a switch',
      lines: ['echo 2 > /proc/sys/net/ipv4/conf/eth1/arp_ignore'],
      back: ['echo 0 > /proc/sys/net/ipv4/conf/eth1/arp_ignore'],
    },
    { moved: 'an address', lines: ['ip address add 192.168.7.1/24 dev eth1'], back: ['ip address del 192.168.7.1/24 dev eth1'] },
    { moved: 'a route', lines: ['ip route add 10.8.8.8 dev eth0'], back: ['ip route del 10.8.8.8'] },
    { moved: 'a proxy neighbour', lines: ['ip neigh add proxy 10.8.8.9 dev eth0'], back: ['ip neigh del proxy 10.8.8.9 dev eth0'] },
    {
      moved: 'the name of an interface to another one',
      lines: ['ip link set eth1 name tmp9', 'ip link set eth0 name eth1', 'ip link set tmp9 name eth0'],
      back: ['ip link set eth0 name tmp9', 'ip link set eth1 name eth0', 'ip link set tmp9 name eth1'],
    },
    {
      moved: 'an interface, in its place another',
      lines: ['ip link del eth1', 'ip link add eth1 type veth peer name w1', 'ip link set eth1 up'],
      back: null,
    },
  ])('#58 is stale once $moved has changed: 4, and nothing is written', async ({ lines, back }) => {
    const plan = `${net.lab.folder}/plan.json`;
    await net.run('router', ['rm', '-f', plan]);
    await parp('plan', file(WORK), '--out', plan);
    await onRouter(net, lines.join('\n'));
    const moved = await net.snapshot('router');
    const journal = journalText(net);
    const refused = await net.parp('router', ['--json', 'apply', '--plan', plan, ...QUIET, '--force']);
    expect(refused, refused.stderr).toMatchObject({ exitCode: 4 });
    expect(refused.json).toMatchObject({ error: { code: expect.stringMatching(/stale-plan/) } });
    expect(journalText(net) === journal).toBe(true);
    await expectAs(moved);
    // Another interface does not go back: then the router is built anew.
    await (back === null ? rebuild() : onRouter(net, back.join('\n')));
  });
});
