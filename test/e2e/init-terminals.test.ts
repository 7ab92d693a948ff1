// The story: the wizard is begun where a terminal is small, old or none at all, and where the host has nothing to offer. It asks within the screen that
// there is, in lines where nothing can be drawn, by flags where nobody can be asked; it says so where it finds no interface.
import { cpSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pseudoBridge } from '../../src/lab/pseudo-bridge.ts';
import { dialogueOn, KEY } from '../support/dialogue-of.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { profileFrom, profilesFrom } from '../support/profile-text.ts';

const { enter } = KEY;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe.skipIf(!CAN_BUILD)('parp init on terminals', () => {
  const net = useNetwork({ ...pseudoBridge.topology, hosts: { ...pseudoBridge.topology.hosts, empty: { links: {} } } });

  it('asks and shows its pages within a terminal of 40 by 15', async () => {
    const dialogue = dialogueOn(net, 'router', ['init', '--kind', 'pseudo-bridge'], { rows: 15, columns: 40 });
    await dialogue.shows('look like one');
    dialogue.type(enter);
    await dialogue.shows('shall this router have');
    dialogue.type(`192.168.0.1/24${enter}`);
    await dialogue.answer('Who lives behind eth0?', enter);
    await dialogue.answer('Who lives behind eth1?', `192.168.0.66${enter}`);
    await dialogue.answer('For whom shall the router answer?', enter);
    await dialogue.answer('What shall the profile be called?', enter);
    await dialogue.readOn();
    dialogue.type(enter);
    const { exitCode, restored, shown } = await dialogue.ended();
    expect({ exitCode, restored }, shown).toEqual({ exitCode: 0, restored: true });
    const pages = shown.slice(shown.indexOf('The network')).split('Enter goes on').slice(0, -1);
    expect(pages.length).toBeGreaterThan(3);
    for (const page of pages) {
      const lines = page.split('\n');
      expect(lines.length, page).toBeLessThanOrEqual(15);
      // The first one still has the end of what was cleared.
      expect(lines.slice(1).filter((line) => line.length > 40)).toEqual([]);
    }
  });

  it.each([
    ['dumb', 24, 'C.UTF-8'],
    ['vt100', 24, 'C.UTF-8'],
    ['xterm', 0, 'C.UTF-8'],
    ['xterm', 24, 'C'],
  ])('asks in lines, and draws nothing, where TERM is %s with %i lines and the locale %s', async (term, rows, locale) => {
    const dialogue = dialogueOn(net, 'router', ['init', '--out', 'wing.yaml'], { term, rows, locale });
    for (const [shown, typed] of [
      ['4) custom', '9'],
      ['"9" is no number from 1 to 4', '1'],
      ['Which interfaces shall look like one wire?', ''],
      ['Which address shall this router have on eth0?', '192.168.0.1/24'],
      ['Who lives behind eth0?', '192.168.0.0/24'],
      ['Who lives behind eth1?', '<'],
      ['Who lives behind eth0?', '-'],
      ['Who lives behind eth1?', '192.168.0.66 192.168.0.67'],
    ] as const) {
      await dialogue.shows(shown);
      await dialogue.shows('> ');
      dialogue.type(`${typed}\n`);
    }
    await dialogue.readOn();
    await dialogue.shows('> ');
    dialogue.type('1\n');
    const { exitCode, restored, raw } = await dialogue.ended();
    expect({ exitCode, restored }, raw).toEqual({ exitCode: 0, restored: true });
    expect(raw).not.toContain('\u001b');
    if (locale === 'C') expect(raw).not.toMatch(/\P{ASCII}/u);
    const profile = profileFrom(readFileSync(`${dialogue.folder}/wing.yaml`, 'utf8'));
    expect(profile).toMatchObject({ name: 'wing', segments: [{ hosts: [] }, { hosts: [{}, {}] }] });
  });

  it('says that a host has no interface, asks for names, and does not offer to apply', async () => {
    const dialogue = dialogueOn(net, 'empty', ['init', '--kind', 'private-vlan']);
    await dialogue.shows('This host has no interface that speaks ARP');
    await dialogue.answer('Where are the hosts that the switch keeps apart?', `eth0.10${enter}`);
    await dialogue.answer('Which address shall this router have on eth0.10?', `192.168.10.1/24${enter}`);
    await dialogue.answer('What shall the profile be called?', enter);
    await dialogue.readOn();
    const menu = await dialogue.shows('Leave, and write nothing');
    expect(menu).toContain('It cannot be put in force from here');
    expect(menu).not.toContain('put it in force now');
    dialogue.type(enter);
    const { exitCode, shown } = await dialogue.ended();
    expect(exitCode, shown).toBe(0);
    expect(shown).toMatch(/Wrote guests\.yaml, but it cannot be put in force on this host as it is; why is\s+listed above\n/);
    expect(shown).not.toContain('nothing is written.');
    expect(profileFrom(readFileSync(`${dialogue.folder}/guests.yaml`, 'utf8'))).toMatchObject({ interfaces: ['eth0.10'] });
  });

  it('takes hosts from a file beside the profile, and says at once what is wrong with that', async () => {
    const dialogue = dialogueOn(net, 'router', ['init', '--kind', 'pseudo-bridge', '--set', 'segments.0.addresses=192.168.0.1/24']);
    writeFileSync(`${dialogue.folder}/lab.hosts`, '192.168.0.66\n192.168.0.67 printer\n', { mode: 0o600 });
    await dialogue.answer('Which interfaces shall look like one wire?', enter);
    await dialogue.answer('Who lives behind eth0?', enter);
    await dialogue.shows('Who lives behind eth1?');
    dialogue.type(`@lap.hosts${enter}`);
    await dialogue.shows('lap.hosts');
    await dialogue.shows('No such file');
    dialogue.type(`${KEY.clear}@lab.hosts${enter}`);
    await dialogue.shows('"printer" stands behind it');
    writeFileSync(`${dialogue.folder}/lab.hosts`, '192.168.0.66\n192.168.0.67 # printer\n', { mode: 0o600 });
    dialogue.type(enter);
    await dialogue.answer('For whom shall the router answer?', KEY.down + enter);
    await dialogue.answer('What shall the profile be called?', enter);
    await dialogue.readOn();
    dialogue.type(enter);
    const { exitCode, shown } = await dialogue.ended();
    expect(exitCode, shown).toBe(0);
    const text = readFileSync(`${dialogue.folder}/bridge.yaml`, 'utf8');
    const [profile] = profilesFrom(text, { 'lab.hosts': '192.168.0.66\n192.168.0.67\n' });
    expect(profile).toMatchObject({ answer: 'listed', segments: [{}, { interface: 'eth1', hosts: [{}, {}] }] });
    expect(text).toContain('    hosts_file: lab.hosts\n');
  });

  it('asks before it writes over a file', async () => {
    const dialogue = dialogueOn(net, 'router', [
      'init',
      '--kind',
      'private-vlan',
      '--set',
      'interfaces=eth0',
      '--set',
      'addresses=10.0.0.1/24',
    ]);
    writeFileSync(`${dialogue.folder}/guests.yaml`, 'mine\n');
    await dialogue.answer('What shall the profile be called?', enter);
    await dialogue.readOn();
    dialogue.type(enter);
    await dialogue.answer('guests.yaml is there already.', enter);
    await dialogue.shows('? What shall the profile be called?');
    dialogue.type(`2${enter}`);
    await dialogue.readOn();
    dialogue.type(enter);
    const { exitCode, shown } = await dialogue.ended();
    expect(exitCode, shown).toBe(0);
    expect(readFileSync(`${dialogue.folder}/guests.yaml`, 'utf8')).toBe('mine\n');
    expect(readFileSync(`${dialogue.folder}/guests2.yaml`, 'utf8')).toContain('name: guests2');
  });
});

describe.skipIf(!CAN_BUILD)('parp init without a terminal', () => {
  const net = useNetwork(pseudoBridge.topology);
  const init = async (...args: string[]) => net.parp('router', ['init', ...args]);

  it('names the flags that are missing, and those alone', async () => {
    const bare = await init('--kind', 'pseudo-bridge', '--set', 'segments.1.hosts=192.168.0.66');
    expect(bare.exitCode).toBe(3);
    expect(bare.stderr).toContain('error[no-terminal]');
    expect(bare.stderr).toContain('--set segments.0.addresses=192.168.0.1/24');
    expect(bare.stderr).not.toContain('--set segments.1');
    const yes = await init('--yes');
    expect(yes.exitCode).toBe(3);
    expect(yes.stderr).toContain('error[missing-value]');
    expect(yes.stderr).toContain('--kind pseudo-bridge');
  });

  it('writes what the flags say and what is found, and nothing over a file but with --force', async () => {
    const file = `${net.lab.folder}/office.yaml`;
    const before = await net.snapshot('router');
    const args = [
      '--kind',
      'pseudo-bridge',
      '--yes',
      '--out',
      file,
      '--set',
      'segments.0.addresses=192.168.0.1/24',
      '--set',
      'proxy_delay=20ms',
    ];
    const written = await init(...args, '--set', 'segments.1.hosts=192.168.0.66,192.168.0.70-192.168.0.79');
    expect(written.exitCode, written.stderr).toBe(0);
    expect(written.stdout).toContain('+ address 192.168.0.1/24');
    const text = readFileSync(file, 'utf8');
    expect(profileFrom(text)).toMatchObject({
      name: 'office',
      proxyDelay: 20,
      segments: [
        { interface: 'eth0', hosts: [{ as: 'prefix' }] },
        { interface: 'eth1', hosts: [{ as: 'address' }, { as: 'range' }] },
      ],
    });
    expect(await net.snapshot('router')).toEqual(before);
    const again = await init(...args, '--set', 'segments.1.hosts=192.168.0.67');
    expect(again.exitCode).toBe(4);
    expect(readFileSync(file, 'utf8')).toBe(text);
    const forced = await init(...args, '--set', 'segments.1.hosts=192.168.0.67', '--force');
    expect(forced.exitCode, forced.stderr).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('hosts: [192.168.0.67]');
  });

  it('leads an editor to the schema that came with the program, or to the one beside the profile', async () => {
    const folder = `${net.lab.folder}/editor`;
    mkdirSync(folder);
    const args = ['--kind', 'private-vlan', '--yes', '--set', 'interfaces=eth0', '--set', 'addresses=10.0.0.1/24'];
    const named = async (file: string): Promise<string> => {
      const { exitCode, stderr } = await init(...args, '--out', `${folder}/${file}`);
      expect(exitCode, stderr).toBe(0);
      expect((await net.parp('router', ['validate', `${folder}/${file}`])).exitCode).toBe(0);
      return /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(`${folder}/${file}`, 'utf8'))?.[1] ?? '';
    };
    expect(JSON.parse(readFileSync(await named('shipped.yaml'), 'utf8'))).toMatchObject({ title: 'parp profile' });
    writeFileSync(`${folder}/parp.schema.json`, (await net.parp('router', ['schema'])).stdout);
    expect(await named('beside.yaml')).toBe('./parp.schema.json');
  });

  it('names the schema by its URL where white space would end the path', async () => {
    const folder = `${net.lab.folder}/my programs`;
    for (const part of ['dist', 'profiles']) cpSync(`${ROOT}${part}`, `${folder}/${part}`, { recursive: true });
    const args = ['init', '--kind', 'private-vlan', '--yes', '--set', 'interfaces=eth0', '--set', 'addresses=10.0.0.1/24'];
    const ended = await net.run('router', [process.execPath, `${folder}/dist/parp.js`, ...args, '--out', `${folder}/guests.yaml`]);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const [, url = ''] = /^# yaml-language-server: \$schema=(file:\S+)\n/.exec(readFileSync(`${folder}/guests.yaml`, 'utf8')) ?? [];
    expect(fileURLToPath(url)).toBe(realpathSync(`${folder}/profiles/parp.schema.json`));
  });

  it('takes hosts from a file that --set names, beside the profile and not here', async () => {
    const folder = `${net.lab.folder}/elsewhere`;
    mkdirSync(folder);
    writeFileSync(`${folder}/lab.hosts`, '192.168.0.66\n', { mode: 0o600 });
    const set = ['segments.0.addresses=192.168.0.1/24', 'answer=listed'].flatMap((text) => ['--set', text]);
    const file = `${folder}/office.yaml`;
    const args = ['--kind', 'pseudo-bridge', '--yes', '--out', file, ...set];
    const wrong = await init(...args, '--set', 'segments.1.hosts_file=lap.hosts');
    expect({ exitCode: wrong.exitCode, said: wrong.stderr.includes('error[hosts-file-unreadable]') }, wrong.stderr).toEqual({
      exitCode: 3,
      said: true,
    });
    const right = await init(...args, '--set', 'segments.1.hosts_file=lab.hosts');
    expect(right.exitCode, right.stderr).toBe(0);
    expect(right.stdout).toContain('eth0: will answer for 192.168.0.66');
    expect(readFileSync(file, 'utf8')).toContain('hosts_file: lab.hosts');
  });

  it('puts it in force with --apply, until somebody confirms it', async () => {
    const file = `${net.lab.folder}/applied.yaml`;
    const set = ['segments.0.addresses=192.168.0.1/24', 'segments.1.hosts=192.168.0.66'].flatMap((text) => ['--set', text]);
    const applied = await init('--kind', 'pseudo-bridge', '--yes', '--apply', '--out', file, ...set);
    expect(applied.exitCode, applied.stderr).toBe(0);
    expect(applied.stderr).toContain('Keep it with: parp confirm');
    expect(await net.ping('left', '192.168.0.66')).toBe(true);
    expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
  });

  it('shows a mistake where it stands, as validate does, and writes nothing', async () => {
    const file = `${net.lab.folder}/wrong.yaml`;
    const wrong = await init(
      '--kind',
      'private-vlan',
      '--yes',
      '--out',
      file,
      '--set',
      'interfaces=eth0',
      '--set',
      'adresses=192.168.0.1/24',
    );
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toContain('error[unknown-key]: Unknown key "adresses"');
    expect(wrong.stderr).toMatch(/wrong\.yaml:\d+:\d+/);
    expect(() => readFileSync(file)).toThrow('ENOENT');
    const usage = await init('--kind', 'private-vlan', '--yes', '--set', 'interfaces');
    expect({ exitCode: usage.exitCode, said: usage.stderr.includes('is not KEY=VALUE') }).toEqual({ exitCode: 3, said: true });
  });

  it('writes what this host would refuse, says so, and does not tell to put it in force', async () => {
    const args = ['--kind', 'private-vlan', '--yes', '--set', 'interfaces=eth9', '--set', 'addresses=10.0.0.1/24'];
    const refused = await init(...args, '--out', `${net.lab.folder}/refused.yaml`);
    // The file is what was asked for, and it is written: for another host, or for this one when it has the interface.
    expect(refused.exitCode, refused.stderr).toBe(0);
    expect(profileFrom(readFileSync(`${net.lab.folder}/refused.yaml`, 'utf8'))).toMatchObject({ interfaces: ['eth9'] });
    expect(refused.stdout).toMatch(/^refusal\[.*eth9/m);
    expect(refused.stdout).not.toContain('nothing is written');
    expect(refused.stderr).toContain('refused.yaml, but it cannot be put in force on this host as it is; why is listed above\n');
    expect(refused.stderr).not.toContain('Put it in force');
    const json = await init('--json', ...args, '--out', `${net.lab.folder}/refused-too.yaml`);
    expect(json.json).toMatchObject({ schema: 'parp.init/1', plan: { conflicts: [{}] } });
    expect(json.stderr).toContain('refused-too.yaml, but it cannot be put in force on this host as it is\n');
  });

  it('prints one document with --json', async () => {
    const end = await init(
      '--json',
      '--kind',
      'private-vlan',
      '--yes',
      '--out',
      `${net.lab.folder}/j.yaml`,
      '--set',
      'interfaces=eth0',
      '--set',
      'addresses=10.0.0.1/24',
    );
    expect(end.exitCode, end.stderr).toBe(0);
    expect(end.json).toMatchObject({ schema: 'parp.init/1', profile: { name: 'j', kind: 'private-vlan' }, plan: { profiles: [{}] } });
  });
});
