// The story: an operator applies profiles, sees that they work, and enables them. The machine is booted anew: its kernel knows nothing, the
// records of the last boot are of no use, and `parp boot` brings up what was in force and confirmed, whatever stands in the profiles' files by
// then, and never what waited to be confirmed. Two switches keep all of it from happening.
import { describe, expect, it } from 'vitest';
import { applyAndEnable, boot, inForce, ROUTE, unchanged, WITHOUT_ETH2 } from '../support/booting.ts';
import { buildMachine, etcWith } from '../support/machine.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { expectRefusal } from '../support/refusal.ts';
import { QUIET, THREE_WIRES } from '../support/stopping.ts';

describe.skipIf(!CAN_BUILD)('parp enable, disable and boot', () => {
  it('#13 brings up again what was enabled, and not what was only applied or was disabled', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('kept', '10.9.9.1'));
    await applyAndEnable(machine, ROUTE('dropped', '10.9.9.2'));
    await machine.parp(['apply', machine.profile('passing.yaml', ROUTE('passing', '10.9.9.3')), ...QUIET]);
    expect((await machine.parp(['disable', 'dropped'])).exitCode).toBe(0);
    expect(await inForce(machine)).toEqual(['10.9.9.1', '10.9.9.2', '10.9.9.3']);
    const status = await machine.parp(['--json', 'status']);
    expect(status.json['profiles']).toEqual(
      ['kept', 'dropped', 'passing'].map((name) => expect.objectContaining({ name, enabled: name === 'kept' })),
    );
    await machine.reboot();
    expect(await inForce(machine)).toEqual([]);
    expect(await boot(machine)).toEqual({ kept: 'applied' });
    expect(await inForce(machine)).toEqual(['10.9.9.1']);
    expect((await machine.parp(['status'])).stdout).toMatch(/^kept \(custom\), applied .*: 1 setting, in force, enabled$/m);
  });

  it('leaves what is in force already, and what it brings up is applied as by hand: it can be removed', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1'));
    await machine.reboot();
    const before = await machine.net.snapshot('router');
    expect(await boot(machine)).toEqual({ office: 'applied' });
    expect(await boot(machine)).toEqual({ office: 'nothing-to-do' });
    const removed = await machine.parp(['remove', 'office']);
    expect(removed, removed.stderr).toMatchObject({ exitCode: 0 });
    expect(removed.stderr).toContain('"office" is no longer in force, and no longer comes up at boot');
    await unchanged(machine, before);
    await machine.reboot();
    expect(await boot(machine)).toEqual({});
  });

  it('without anything enabled: says so, exit 0', async () => {
    const machine = await buildMachine(THREE_WIRES);
    const end = await machine.parp(['boot']);
    expect(end).toMatchObject({ exitCode: 0, stdout: 'No profile is enabled.\n' });
  });

  it('refuses to enable what is not in force, or waits to be confirmed, and to disable what is not enabled', async () => {
    const machine = await buildMachine(THREE_WIRES);
    expectRefusal(await machine.parp(['--json', 'enable', 'office']), 4, 'not-in-force', 'No profile "office" is in force');
    const file = machine.profile('office.yaml', ROUTE('office', '10.9.9.1'));
    expect((await machine.parp(['apply', '--confirm=60s', file, ...QUIET])).exitCode).toBe(0);
    expectRefusal(await machine.parp(['--json', 'enable', 'office']), 4, 'pending', 'waits to be confirmed');
    expectRefusal(await machine.parp(['--json', 'disable', 'office']), 4, 'not-enabled', 'No profile "office" is enabled');
    expect(machine.enabled().generation).toBe(0);
    expect((await machine.parp(['confirm'])).exitCode).toBe(0);
    expect((await machine.parp(['enable', 'office'])).exitCode).toBe(0);
    expect(Object.keys(machine.enabled().profiles)).toEqual(['office']);
  });

  it("refuses to enable in another network than the machine's own", async () => {
    const machine = await buildMachine(THREE_WIRES);
    await machine.parp(['apply', machine.profile('office.yaml', ROUTE('office', '10.9.9.1')), ...QUIET]);
    for (const args of [['enable', 'office'], ['disable', 'office'], ['boot']]) {
      const end = await machine.parp(['--json', ...args], { env: { PARP_LIB_DIR: '' } });
      expectRefusal(end, 4, 'other-network', 'this is another network namespace');
    }
    expect(machine.enabled().generation).toBe(0);
  });
});

describe.skipIf(!CAN_BUILD)('what comes up follows what is confirmed', () => {
  it('#59 an applied change comes up; a profile whose file was only edited comes up as it was applied', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1'));
    expect((await machine.parp(['apply', machine.profile('office.yaml', ROUTE('office', '10.9.9.2')), ...QUIET])).exitCode).toBe(0);
    machine.profile('office.yaml', ROUTE('office', '10.9.9.3'));
    await machine.reboot();
    expect(await boot(machine)).toEqual({ office: 'applied' });
    expect(await inForce(machine)).toEqual(['10.9.9.2']);
  });

  it('#14 a change that waits to be confirmed does not come up, one that was confirmed does', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1'));
    const change = async (): Promise<void> => {
      const end = await machine.parp(['apply', '--confirm=120s', machine.profile('office.yaml', ROUTE('office', '10.9.9.2')), ...QUIET]);
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      expect(await inForce(machine)).toEqual(['10.9.9.2']);
      expect((await machine.parp(['status'])).stdout).toMatch(/^office .*, in force, enabled as it was applied 2/m);
    };
    await change();
    await machine.reboot();
    expect(await boot(machine)).toEqual({ office: 'applied' });
    expect(await inForce(machine)).toEqual(['10.9.9.1']);
    await change();
    expect((await machine.parp(['confirm'])).exitCode).toBe(0);
    await machine.reboot();
    expect(await boot(machine)).toEqual({ office: 'applied' });
    expect(await inForce(machine)).toEqual(['10.9.9.2']);
  });

  it('what was rolled back comes up as it was before, or not at all', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1'));
    await machine.parp(['apply', machine.profile('office.yaml', ROUTE('office', '10.9.9.2')), ...QUIET]);
    expect((await machine.parp(['rollback'])).exitCode).toBe(0);
    await machine.reboot();
    await boot(machine);
    expect(await inForce(machine)).toEqual(['10.9.9.1']);
    const undone = await machine.parp(['rollback']);
    expect(undone.stderr).toContain('"office" is no longer in force, and no longer comes up at boot');
    expect(machine.enabled().profiles).toEqual({});
  });

  it('a profile that could not come up stays enabled, whatever else is applied meanwhile', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1', 'eth2'));
    await machine.reboot(WITHOUT_ETH2);
    expect(await boot(machine)).toEqual({ office: 'pending' });
    await machine.parp(['apply', machine.profile('other.yaml', ROUTE('other', '10.9.9.2')), ...QUIET]);
    await machine.parp(['rollback']);
    expect(Object.keys(machine.enabled().profiles)).toEqual(['office']);
  });
});

describe.skipIf(!CAN_BUILD)('the switches', () => {
  it.each([
    { line: 'quiet parp.disable ro', off: true },
    { line: 'parp.disable=1', off: true },
    { line: 'quiet xparp.disable parp.disabled', off: false },
  ])('#109 the kernel was given "$line": off is $off', async ({ line, off }) => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1'));
    await machine.reboot();
    const before = await machine.net.snapshot('router');
    const sight = { instead: { '/proc/cmdline': machine.profile('cmdline', `${line}\n`) } };
    if (!off) {
      expect(await boot(machine, { sight })).toEqual({ office: 'applied' });
      return;
    }
    const end = await machine.parp(['boot'], { sight });
    expect(end).toMatchObject({ exitCode: 0, stdout: '' });
    expect(end.stderr).toBe("Nothing is brought up: parp.disable stands on the kernel's command line\n");
    await unchanged(machine, before);
    expect(await boot(machine)).toEqual({ office: 'applied' });
  });

  it('#109 /etc/parp/disabled exists', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1'));
    await machine.reboot();
    const before = await machine.net.snapshot('router');
    const end = await machine.parp(['--json', 'boot'], {
      sight: { instead: { '/etc': etcWith(machine.folder, { 'parp/disabled': '' }) } },
    });
    expect(end).toMatchObject({ exitCode: 0, json: { schema: 'parp.boot/1', profiles: [], switched_off: '/etc/parp/disabled exists' } });
    await unchanged(machine, before);
    expect(await boot(machine, { sight: { instead: { '/etc': etcWith(machine.folder, {}) } } })).toEqual({ office: 'applied' });
  });
});
