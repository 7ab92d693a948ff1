// The story: the disk does not hold what it should: the file of what is enabled is half written, damaged, open to others, or cannot be written at all. What
// can be relied on comes up, what cannot is said, and what is in force now does not depend on it.
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyAndEnable, boot, inForce, ROUTE, unchanged } from '../support/booting.ts';
import { buildMachine } from '../support/machine.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { expectRefusal } from '../support/refusal.ts';
import { QUIET, THREE_WIRES } from '../support/stopping.ts';

describe.skipIf(!CAN_BUILD)('the files of what is enabled', () => {
  it('#105 half written: ignored with an alarm, and the generation before comes up', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1'));
    await applyAndEnable(machine, ROUTE('b', '10.9.9.2'));
    const present = join(machine.lib, 'enabled/profiles');
    truncateSync(present, readFileSync(present).length >> 1);
    await machine.reboot();
    const end = await machine.parp(['boot']);
    expect(end).toMatchObject({ exitCode: 0, stdout: 'a: applied\n' });
    expect(end.stderr).toContain(`Warning: ${present} is ignored, and the generation before it is used`);
    expect(await inForce(machine)).toEqual(['10.9.9.1']);
    expect((await machine.parp(['status'])).stderr).toContain('is ignored');
  });

  it('#105 both damaged: exit 1, and nothing comes up', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('a', '10.9.9.1'));
    await applyAndEnable(machine, ROUTE('b', '10.9.9.2'));
    for (const name of ['profiles', 'profiles.previous']) truncateSync(join(machine.lib, 'enabled', name), 50);
    await machine.reboot();
    const before = await machine.net.snapshot('router');
    const end = await machine.parp(['--json', 'boot']);
    expect(end, end.stderr).toMatchObject({ exitCode: 1, json: { error: { code: 'enabled-damaged' } } });
    await unchanged(machine, before);
    const applied = await machine.parp(['apply', machine.profile('c.yaml', ROUTE('c', '10.9.9.3')), ...QUIET]);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
  });

  it('#111 on a read-only root with /run writable: apply and rollback work, enable is refused, and a change says what comes up instead', async () => {
    const machine = await buildMachine(THREE_WIRES);
    const before = await machine.net.snapshot('router');
    const sight = { readOnly: true };
    const apply = async (to: string) => machine.parp(['apply', machine.profile('office.yaml', ROUTE('office', to)), ...QUIET], { sight });
    expect(await apply('10.9.9.1')).toMatchObject({ exitCode: 0 });
    expectRefusal(await machine.parp(['--json', 'enable', 'office'], { sight }), 4, 'enabled-folder', 'EROFS');
    expect(await machine.parp(['rollback'], { sight })).toMatchObject({ exitCode: 0 });
    await unchanged(machine, before);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1'));
    const changed = await apply('10.9.9.2');
    expect(changed, changed.stderr).toMatchObject({ exitCode: 0 });
    expect(changed.stderr).toContain('Warning: What comes up at boot is not in line with what is in force now');
    expect(await boot(machine)).toEqual({ office: 'nothing-to-do' });
    expect(await inForce(machine)).toEqual(['10.9.9.2']);
    expectRefusal(await machine.parp(['--json', 'disable', 'office'], { sight }), 4, 'enabled-folder', 'EROFS');
    await machine.reboot();
    const booted = await machine.parp(['boot'], { sight });
    expect(booted).toMatchObject({ exitCode: 0, stdout: 'office: applied\n' });
    expect(booted.stderr).toContain('how often it failed cannot be kept');
    expect(await inForce(machine)).toEqual(['10.9.9.1']);
  });

  it('in a folder that others can write to: nothing is read from there', async () => {
    const machine = await buildMachine(THREE_WIRES);
    await applyAndEnable(machine, ROUTE('office', '10.9.9.1'));
    const aside = readFileSync(join(machine.lib, 'enabled/profiles'));
    rmSync(join(machine.lib, 'enabled'), { recursive: true });
    mkdirSync(join(machine.lib, 'enabled'));
    await machine.run(['chmod', '777', join(machine.lib, 'enabled')]);
    writeFileSync(join(machine.lib, 'enabled/profiles'), aside);
    await machine.reboot();
    expectRefusal(await machine.parp(['--json', 'boot']), 4, 'enabled-folder', 'others can write to it');
    expect(await inForce(machine)).toEqual([]);
  });
});
