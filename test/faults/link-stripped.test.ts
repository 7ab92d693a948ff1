// The story: an interface stays what it is, and loses what it had: its carrier, a thousand times, its addresses, its being up, or its namespace. What
// comes and goes with a cable is no drift. What went with an address is shown, healed by apply, and nobody's to give back. An interface that left for
// another namespace took what was on it along; the other claims are kept, and given back in their time.
import { describe, expect, it } from 'vitest';
import { carrierOf, useChangingRouter, WORK } from '../support/changing-links.ts';
import { documentOf, held, journalText } from '../support/judging.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { onRouter } from '../support/renaming.ts';
import { inMounts, OWN_PROC_SYS, READ_ONLY_PROC_SYS } from '../support/replaced-programs.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('an interface loses what it had', () => {
  const { net, bare, expectAs, applyArgs, parp, apply, after } = useChangingRouter();

  it('#64 its carrier, 1,000 times: no drift, and nothing to be written', async () => {
    await apply(WORK);
    const applied = await net.snapshot('router');
    const journal = journalText(net);
    await net.ip('wire', ...Array.from({ length: 1000 }, () => ['link set w1 down', 'link set w1 up']).flat(), 'link set w1 down');
    const readOnly = inMounts(OWN_PROC_SYS, READ_ONLY_PROC_SYS);
    for (const carrier of ['down', 'up']) {
      await net.ip('wire', `link set w1 ${carrier}`);
      const status = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
      expect(status, status.stdout).toMatchObject({ exitCode: 0 });
      const again = await net.run('router', [...readOnly, ...PARP, '--json', ...applyArgs(WORK)]);
      expect(again, again.stderr).toMatchObject({ exitCode: 0 });
      expect(documentOf(again)).toMatchObject({ outcome: 'nothing-to-do', operations: [] });
    }
    expect(journalText(net) === journal, 'nothing is recorded anew').toBe(true);
    await carrierOf(net, 'eth1');
    await expectAs(applied);
    await parp('remove', 'work');
  });

  eachOfSweep([
    { what: 'its last address', lose: 'ip address del 192.168.7.1/24 dev eth1', back: ':' },
    {
      what: 'its last address, which comes back',
      lose: 'ip address del 192.168.7.1/24 dev eth1',
      back: 'ip address add 192.168.7.1/24 dev eth1',
    },
    { what: 'all its addresses', lose: 'ip address flush dev eth1', back: ':' },
    { what: 'its being up', lose: 'ip link set eth1 down', back: 'ip link set eth1 up' },
  ])('#65 $what: the drift is shown, apply heals it, and remove gives everything back', async ({ lose, back }) => {
    await apply(WORK);
    const applied = await net.snapshot('router');
    await onRouter(net, `${lose}; ${back}`);
    const drift = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
    expect(drift).toMatchObject({ exitCode: 2 });
    const lost = ['10.9.0.0/16', '10.8.8.8/32'].map((to) => ({ kind: 'route', subject: { to } }));
    expect(drift.json).toMatchObject({
      profiles: [
        {
          drift: expect.arrayContaining(
            lost.map((one) => expect.objectContaining({ kind: one.kind, subject: expect.objectContaining(one.subject) })),
          ),
        },
      ],
    });
    await apply(WORK);
    await expectAs(applied);
    await parp('remove', 'work');
    await expectAs(bare());
  });

  eachOfSweep([['remove', 'work'], ['rollback']])('#65 and is given up like that: %s gives back what is left', async (...way) => {
    for (const lose of ['ip address del 192.168.7.1/24 dev eth1', 'ip link set eth1 down; ip link set eth1 up']) {
      await apply(WORK);
      await onRouter(net, lose);
      await parp(...way);
      await expectAs(bare());
    }
  });

  it('#67 its namespace: its claims are dropped, the others kept and given back; when it comes back, apply puts it in force again', async () => {
    const wire = net.lab.name('wire');
    const away = `ip link set eth1 netns ${wire}`;
    const home = `ip -n ${wire} link set eth1 netns ${net.lab.name('router')}; ip link set eth1 up; echo 7 > /proc/sys/net/ipv4/conf/eth1/medium_id`;
    const without = await after(away, home);
    await expectAs(bare());
    for (const way of [['remove', 'work'], ['rollback']]) {
      await apply(WORK);
      await onRouter(net, away);
      const drift = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
      expect(drift).toMatchObject({ exitCode: 2 });
      expect(await net.sysctl('router', 'net/ipv4/ip_forward'), 'the others are kept').toBe('1');
      await parp(...way);
      await expectAs(without);
      expect(held(net)).toEqual({ profiles: [], open: false });
      await onRouter(net, home);
      await expectAs(bare());
    }
    await apply(WORK);
    const applied = await net.snapshot('router');
    await onRouter(net, `${away}; ${home}`);
    await apply(WORK);
    await expectAs(applied);
    await parp('remove', 'work');
  });
});
