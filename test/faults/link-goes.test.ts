// The story: an operation leads over an interface, or to a gateway, and there is no way there. The interface goes, or goes down, between the plan and
// any of its operations: the kernel says so, in words that name the interface, and everything is taken back (5), but for what went with it. A gateway
// that is on no wire can be known beforehand: then nothing is written at all (4).
import { describe, expect, it } from 'vitest';
import { CAN_BUILD } from '../support/namespaces.ts';
import { workOn } from '../support/plain-profiles.ts';
import { custom, THREE, three, useRefusingRouter, WORK } from '../support/refused-writes.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('what goes, or goes down', () => {
  const { net, bare, expectAs, file, applyArgs, applyBut, rolled, refused, places } = useRefusingRouter();

  const vanishing = ['link add gone0 type veth peer name gone0p', 'link set gone0p up', 'link set gone0 up'];

  eachOfSweep([
    { how: 'deleted', line: 'ip link del gone0' },
    { how: 'taken to another namespace', line: 'ip link set gone0 netns WIRE' },
  ])('#34 the interface is $how before the first operation, in the middle, before the last, and behind it: 5', async ({ line }) => {
    const wire = net.lab.name('wire');
    await net.ip('router', ...vanishing);
    const steps = await places(workOn('gone0'));
    await net.ip('router', 'link del gone0');
    await expectAs(bare());
    for (const { at } of [...steps, { at: 'execute.written' }]) {
      await net.ip('router', ...vanishing);
      const end = await applyBut(workOn('gone0'), at, line.replace('WIRE', wire));
      if (line.includes('WIRE')) await net.ip('wire', 'link del gone0');
      expect(await rolled(end, /gone0.*ENODEV|renamed, replaced or deleted meanwhile: gone0/)).toEqual([]);
    }
  });

  eachOfSweep([
    { what: 'on no wire', before: [], route: 'via: 198.18.0.1' },
    { what: 'on another wire than the interface', before: [], route: 'via: 10.77.0.9, interface: eth1' },
    { what: 'itself behind a gateway', before: ['route add 10.77.0.33/32 via 172.16.0.9'], route: 'via: 10.77.0.33' },
    { what: 'an address that nobody can have', before: [], route: 'via: 10.77.0.255' },
    { what: 'on the wire of an interface that is down', before: ['link set eth1 down'], route: 'via: 10.5.0.9, interface: eth1' },
  ])('#35 a gateway $what, at each place: 4', async ({ before: lines, route }) => {
    // The address of eth1 comes with the plan, as one that is there would be lost by its going down.
    const at = route.includes('10.5.0.9') ? '\naddresses: [{ address: 10.5.0.1/24, interface: eth1 }]' : '';
    await net.ip('router', ...lines);
    const before = await net.snapshot('router');
    for (const { to: bad } of THREE) {
      const text = three((to) => (to === bad ? `{ to: ${to}, ${route} }` : `{ to: ${to}, type: unreachable }`));
      expect(
        await refused(
          async () => net.parp('router', ['--json', ...applyArgs(`${text}${at}`)]),
          /^(gateway-unreachable|unreachable-gateway|link-down)$/,
          '',
          before,
        ),
      ).toEqual([]);
    }
    expect(await net.parp('router', ['plan', file(`${three((to) => `{ to: ${to}, ${route} }`)}${at}`)])).toMatchObject({ exitCode: 4 });
    await net.ip('router', ...lines.map((line) => line.replace(' add ', ' del ').replace('down', 'up')));
    await expectAs(bare());
  });

  eachOfSweep([
    {
      place: 'first',
      text: custom('routes: [{ to: 10.8.8.8/32, interface: eth1 }]\nsysctl: { net/ipv4/conf/eth1/proxy_arp: 1 }'),
      at: 'journal.opened',
    },
    { place: 'middle', text: WORK, at: 'journal.opened' },
    {
      place: 'last',
      text: custom('routes: [{ to: 10.8.8.8/32, interface: eth1 }]\nsysctl: { net/ipv4/neigh/eth1/proxy_delay: 40ms }'),
      at: 'journal.opened',
    },
  ])('#36 the interface goes down before the $place operation, a route: 5', async ({ text, at }) => {
    await net.ip('router', 'link set eth1 down');
    const down = await net.snapshot('router');
    await net.ip('router', 'link set eth1 up');
    expect(await rolled(await applyBut(text, at, 'ip link set eth1 down'), /ENETDOWN|ENETUNREACH/, down)).toEqual([]);
    await net.ip('router', 'link set eth1 up');
    await expectAs(bare());
  });

  it('#36 the interface goes down behind all operations: 5, as its routes went with it', async () => {
    expect(
      await rolled(await applyBut(WORK, 'execute.written', 'ip link set eth1 down; ip link set eth1 up'), 'does not show what was written'),
    ).toEqual([]);
  });
});
