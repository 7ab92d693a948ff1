// The story: several profiles are enabled, and each comes up by itself: one that lacks its interface waits for it, one that fails is taken back, one that
// failed three times is left alone; the others come up, and the boot goes on.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyAndEnable, boot, inForce, ROUTE, WITHOUT_ETH2 } from '../support/booting.ts';
import { faultEnv, FAULTY } from '../support/faults.ts';
import { buildMachine } from '../support/machine.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { QUIET, THREE_WIRES } from '../support/stopping.ts';

describe.skipIf(!CAN_BUILD)('one that does not come up', () => {
  it('#106 lacks its interface: it waits, as long as that takes, and the others come up', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1', 'eth2'));
    await applyAndEnable(machine, ROUTE('b', '10.9.9.2'));
    for (let boots = 1; boots <= 4; boots++) {
      await machine.reboot(WITHOUT_ETH2);
      const end = await machine.parp(['boot']);
      expect(end).toMatchObject({ exitCode: 0, stdout: 'b: applied\n' });
      expect(end.stderr).toContain('"a" waits for its interface, and is tried at the next boot: Interface "eth2" does not exist');
      expect(await inForce(machine)).toEqual(['10.9.9.2']);
    }
    await machine.reboot();
    expect(await boot(machine)).toEqual({ a: 'applied', b: 'applied' });
  });

  it('#107 meets a foreign route: nothing of it is left, the foreign one is, and the others come up', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1'));
    await applyAndEnable(machine, ROUTE('b', '10.9.9.2'));
    await machine.reboot();
    await machine.net.ip('router', 'route add 10.9.9.1/32 dev eth2');
    expect(await boot(machine)).toEqual({ a: 'failed', b: 'applied' });
    expect(await inForce(machine)).toEqual(['10.9.9.2']);
    expect(await machine.net.ipJson('router', 'route', 'show', '10.9.9.1')).toMatchObject([{ dev: 'eth2' }]);
  });

  it('#107 is not verified: it is taken back, and the others come up', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1'));
    await applyAndEnable(machine, ROUTE('b', '10.9.9.2'));
    await machine.reboot();
    const fault = faultEnv({ at: 'execute.written', act: 'run: ip route del 10.9.9.1', only: 'boot' });
    expect(await boot(machine, { program: FAULTY, env: fault })).toEqual({ a: 'failed', b: 'applied' });
    expect(await inForce(machine)).toEqual(['10.9.9.2']);
    expect((await machine.parp(['--json', 'status'])).json).toMatchObject({ profiles: [{ name: 'b' }], enabled: ['a', 'b'] });
  });

  it('#108 kills parp, boot after boot: from the fourth one on it is not tried, and said; the others come up', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1'));
    await applyAndEnable(machine, ROUTE('b', '10.9.9.2'));
    const crash = { program: FAULTY, env: faultEnv({ at: 'execute.written', only: 'boot' }) };
    for (let boots = 1; boots <= 3; boots++) {
      await machine.reboot();
      expect(await machine.parp(['boot'], crash)).toMatchObject({ signal: 'SIGKILL' });
    }
    await machine.reboot();
    expect(await boot(machine, { program: FAULTY })).toEqual({ a: 'skipped', b: 'applied' });
    expect((await machine.parp(['boot'])).stderr).toContain('"a" is not tried any more: it failed 3 times in a row');
    expect(await inForce(machine)).toEqual(['10.9.9.2']);
    expect((await machine.parp(['enable', 'a'])).exitCode).toBe(0);
    expect(await boot(machine)).toEqual({ a: 'applied', b: 'nothing-to-do' });
  });

  it('fails three times, then is applied by hand: it is tried again; two failures and a success are none', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1'));
    const obstructed = async (): Promise<unknown> => {
      await machine.reboot();
      await machine.net.ip('router', 'route add 10.9.9.1/32 dev eth2');
      return boot(machine);
    };
    const free = async (): Promise<unknown> => {
      await machine.reboot();
      return boot(machine);
    };
    for (let boots = 1; boots <= 2; boots++) expect(await obstructed()).toEqual({ a: 'failed' });
    expect(await free()).toEqual({ a: 'applied' });
    for (let boots = 1; boots <= 3; boots++) expect(await obstructed()).toEqual({ a: 'failed' });
    expect(await free()).toEqual({ a: 'skipped' });
    expect((await machine.parp(['apply', join(machine.folder, 'a.yaml'), ...QUIET])).exitCode).toBe(0);
    expect(await free()).toEqual({ a: 'applied' });
  });
});

describe.skipIf(!CAN_BUILD)('what is not to the account of a profile', () => {
  it('SIGTERM ends the boot: what is under way is taken back, nothing counts as failed, and the next boot tries it', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1'));
    await applyAndEnable(machine, ROUTE('b', '10.9.9.2'));
    await machine.reboot();
    const fault = faultEnv({ at: 'execute.written', act: 'SIGTERM', only: 'boot' });
    const end = await machine.parp(['--json', 'boot'], { program: FAULTY, env: fault });
    expect(end, end.stderr).toMatchObject({ exitCode: 143, json: { profiles: [{ name: 'a', reason: 'it was interrupted' }] } });
    expect(await inForce(machine)).toEqual([]);
    expect(machine.attempts()).toEqual({});
    expect(await boot(machine)).toEqual({ a: 'applied', b: 'applied' });
  });

  it('somebody else has a change that waits to be confirmed', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1'));
    await machine.reboot();
    await machine.parp(['apply', '--confirm=60s', machine.profile('other.yaml', ROUTE('other', '10.9.9.2')), ...QUIET]);
    expect(await boot(machine)).toEqual({ a: 'failed' });
    expect(machine.attempts()).toEqual({});
    expect((await machine.parp(['confirm'])).exitCode).toBe(0);
    expect(await boot(machine)).toEqual({ a: 'applied' });
  });
});
