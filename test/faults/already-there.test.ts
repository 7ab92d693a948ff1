// The story: what parp is to add is there when it comes, or is there in the moment before it is added. What others made is refused while it can still
// be known (4), and else the kernel says EEXIST, everything is taken back (5), and theirs stays, also where it hangs on an address of the plan (6).
// What parp itself left when it was killed is no obstacle: with its records it is taken back first, without them it is taken over by its protocol.
import { describe, expect, it } from 'vitest';
import { faultEnv, FAULTY } from '../support/faults.ts';
import { held } from '../support/judging.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { custom, LAID, THREE, three, useRefusingRouter, WORK } from '../support/refused-writes.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('what is there already, or appears', () => {
  const { net, bare, expectAs, applyArgs, parp, apply, applyBut, rolled, refused, places } = useRefusingRouter();

  const overEth1 = three((to) => `{ to: ${to}, interface: eth1 }`);

  eachOfSweep(THREE)('#31 the $place route is there, made by others: 4, and it stays theirs', async ({ to }) => {
    await net.ip('router', `route add ${to} dev eth1 proto static`);
    const before = await net.snapshot('router');
    expect(
      await refused(
        async () => net.parp('router', ['--json', ...applyArgs(overEth1)]),
        'foreign-route',
        "proto 4, which is not parp's",
        before,
      ),
    ).toEqual([]);
    await net.ip('router', `route del ${to} dev eth1 proto static`);
  });

  eachOfSweep([
    { place: 'first', at: 'journal.opened', line: 'address add 192.168.7.1/24 dev eth1', error: /192\.168\.7\.1\/24 .*EEXIST/ },
    { place: 'middle', at: 'journal.opened', line: 'route add 10.8.8.9/32 dev eth0 proto static', error: /10\.8\.8\.9\/32 .*EEXIST/ },
    { place: 'middle', at: 'journal.opened', line: 'route add 10.8.8.9/32 dev eth0 proto 97', error: /10\.8\.8\.9\/32 .*EEXIST/ },
    {
      place: 'last',
      at: 'operation.written#2',
      line: 'route add local 10.6.6.6/32 dev lo proto static',
      error: /local 10\.6\.6\.6\/32 .*EEXIST/,
    },
  ])('#32 what the $place operation adds appears ($line): 5, and it stays theirs', async ({ at, line, error }) => {
    // Where the interface is bare, an address brings a route and a switch of the kernel's along; so it is put there beforehand.
    await net.ip('router', line);
    const theirs = await net.snapshot('router');
    await net.ip('router', line.replace(' add ', ' del '));
    expect(await rolled(await applyBut(LAID, at, `ip ${line}`), error, theirs)).toEqual([]);
    await net.ip('router', line.replace(' add ', ' del '));
    await expectAs(bare());
  });

  it('#32 what appears hangs on an address of the plan: that stays as well (6), with the command that would delete both', async () => {
    const line = 'route add 10.8.8.9/32 dev eth1 proto static';
    await net.ip('router', 'address add 192.168.7.1/24 dev eth1', line);
    const wanted = await net.snapshot('router');
    await net.ip('router', 'address del 192.168.7.1/24 dev eth1');
    const end = await applyBut(LAID, 'journal.opened', `ip ${line}`);
    expect(end, end.stderr).toMatchObject({ exitCode: 6 });
    expect(end.stderr).toContain('route 10.8.8.9/32; delete it with: ip addr del 192.168.7.1/24 dev eth1');
    expect(held(net), 'nothing more that recover could do').toEqual({ profiles: [], open: false });
    await expectAs(wanted);
    await net.ip('router', 'address del 192.168.7.1/24 dev eth1');
    await expectAs(bare());
  });

  it('#32 others have also what would have come later: it stays theirs', async () => {
    const lines = ['address add 192.168.7.1/24 dev eth1', 'address add 192.168.8.1/24 dev eth1', 'address add 192.168.9.1/24 dev eth1'];
    const text = custom(`addresses: [${[7, 8, 9].map((n) => `{ address: 192.168.${n}.1/24, interface: eth1 }`).join(', ')}]`);
    for (const theirs of [lines, lines.slice(1), lines.slice(2)]) {
      await net.ip('router', ...theirs);
      const wanted = await net.snapshot('router');
      await net.ip('router', 'address flush dev eth1');
      expect(await rolled(await applyBut(text, 'journal.opened', theirs.map((line) => `ip ${line}`).join('; ')), 'EEXIST', wanted)).toEqual(
        [],
      );
      await net.ip('router', 'address flush dev eth1');
    }
  });

  it('#33 a leftover of a killed run, its records there: taken back first, then applied, one copy of each', async () => {
    await apply(WORK);
    const applied = await net.snapshot('router');
    await parp('remove', 'work');
    for (const { at } of await places(WORK)) {
      const killed = await net.run('router', [...FAULTY, '--json', ...applyArgs(WORK)], { env: faultEnv({ at }) });
      expect(killed.signal ?? killed.exitCode).toBe('SIGKILL');
      const again = await net.parp('router', ['--json', ...applyArgs(WORK)]);
      expect(again, again.stderr).toMatchObject({ exitCode: 0 });
      expect(again.stderr).toContain('did not end; taking it back first');
      await expectAs(applied);
      await parp('remove', 'work');
      await expectAs(bare());
    }
  });

  eachOfSweep(THREE)(
    '#33 a leftover whose records are lost ($place route, protocol 97): adopted, one copy, and removed',
    async ({ to }) => {
      await net.ip('router', `route add ${to} dev eth1 proto 97 scope link`);
      const applied = await net.parp('router', ['--json', ...applyArgs(overEth1)]);
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect(await net.ipJson('router', 'route', 'show', 'table', 'all', 'proto', '97')).toHaveLength(3);
      await parp('remove', 'work');
      await expectAs(bare());
    },
  );
});
