// The story: the package installs a unit that runs `parp boot` when the machine comes up: not as root, with CAP_NET_ADMIN and CAP_NET_RAW and no more,
// and closed off from all that it does not need. With so little it brings up profiles of every kind, asks and announces; root takes over from there. That it
// really does so is seen under a systemd that boots in namespaces of its own, where it is this machine's.
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../src/lab/child-process.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { buildMachine, etcWith, type Machine } from '../support/machine.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { TWO_WIRES } from '../support/plain-profiles.ts';
import { QUIET } from '../support/stopping.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UNIT = join(ROOT, 'docs/systemd/parp.service');
const SYSTEMD = '/lib/systemd/systemd';
const HAS_ANALYZE = existsSync('/usr/bin/systemd-analyze');
const CAN_BOOT = CAN_BUILD && existsSync(SYSTEMD) && readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n');
/** The user of the unit, where the test makes it. */
const UID = 4242;

/** One profile of each kind that go together; their names give the order in which they come up. */
const PROFILES = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.9, source: 10.0.0.0/24 }]
---
version: 1
kind: private-vlan
name: guests
interfaces: [eth1]
---
version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [192.168.0.2]
  - interface: eth1
    hosts: [192.168.0.66]
---
version: 1
kind: custom
name: routes
sysctl: { net/ipv4/conf/eth1/arp_notify: 1 }
routes: [{ to: 10.9.9.9/32, interface: eth1 }]
proxies: [{ address: 10.9.9.8, interface: eth0 }]
`;
const NAMES = ['edge', 'guests', 'office', 'routes'];

/** The program as a package installs it, for everyone to read. */
function install(folder: string): string {
  for (const part of ['bin', 'dist', 'package.json', 'node_modules/koffi', 'node_modules/@koromix'])
    if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(folder, part), { recursive: true, dereference: true });
  chmodSync(folder, 0o755);
  return join(folder, 'bin/parp');
}

async function applyAndEnable(machine: Machine, options: Parameters<Machine['parp']>[1]): Promise<void> {
  for (const args of [
    ['apply', machine.profile('all.yaml', PROFILES), ...QUIET],
    ['enable', ...NAMES],
  ]) {
    const end = await machine.parp(args, options);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
  }
}

describe.skipIf(!HAS_ANALYZE)('docs/systemd/parp.service', () => {
  it('is exposed at most 2.5', async () => {
    const { exitCode, stdout, stderr } = await run(['systemd-analyze', 'security', '--offline=true', '--threshold=25', '--no-pager', UNIT]);
    console.info(/Overall exposure level.*$/m.exec(stdout)?.[0]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('is understood, word for word', async () => {
    const folder = mkdtempSync('/dev/shm/parp-test-');
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const copy = join(folder, 'parp.service');
    writeFileSync(copy, readFileSync(UNIT, 'utf8').replaceAll('/usr/bin/parp', join(ROOT, 'bin/parp')));
    const end = await run(['systemd-analyze', 'verify', '--man=no', copy]);
    expect(end).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });
});

describe.skipIf(!CAN_BUILD)('parp boot as another user, with the capabilities of the unit alone', () => {
  it('brings up profiles of every kind, where root was before it, and root gives them back', async () => {
    const machine = await buildMachine(TWO_WIRES);
    chmodSync(machine.folder, 0o755);
    const program = [process.execPath, install(mkdtempSync(join(machine.folder, 'program-')))];
    for (const folder of [machine.lib, machine.state]) {
      mkdirSync(folder, { mode: 0o700 });
      chownSync(folder, UID, UID);
    }
    const passwd = `root:x:0:0::/root:/bin/sh\nparp:x:${UID}:${UID}::/:/usr/sbin/nologin\n`;
    const asRoot = { sight: { instead: { '/etc': etcWith(machine.folder, { passwd }) } }, program };
    await applyAndEnable(machine, asRoot);
    await machine.reboot();
    const before = await machine.net.snapshot('router');
    // Root is the first who writes at this boot.
    expect(await machine.parp(['recover'], asRoot)).toMatchObject({ exitCode: 0 });
    const only = ['-all', '+net_admin', '+net_raw'].join(',');
    const user = ['--reuid', String(UID), '--regid', String(UID), '--clear-groups', '--no-new-privs'];
    const setpriv = ['setpriv', ...user, `--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`];
    const end = await machine.parp(['--json', 'boot'], { ...asRoot, under: setpriv, cwd: '/' });
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(end.json['profiles']).toEqual(NAMES.map((name) => ({ name, outcome: 'applied', reason: null })));
    expect(end.stderr).not.toContain('Warning');
    const status = await machine.parp(['--json', 'status', '--detailed-exitcode'], asRoot);
    expect(status, status.stdout).toMatchObject({ exitCode: 0, json: { enabled: NAMES } });
    expect(await machine.parp(['remove', '--all'], asRoot)).toMatchObject({ exitCode: 0 });
    expect(differences(before, await machine.net.snapshot('router'))).toEqual([]);
  });
});

/** What is run when the unit has ended; it says everything that the test asks of it, as `NAME: WORDS`. */
const ASK = `
show() { systemctl show parp.service --value -p "$1"; }
echo "first: $(show ActiveState) $(show SubState) $(show Result)"
sed 's/^/said: /' /parp.out
echo "owners: $(stat -c %U /run/parp /run/parp/* /var/lib/parp /var/lib/parp/enabled/* | sort -u)"
parp --json status --detailed-exitcode | sed 's/^/status: /'
: >/parp.out
systemctl restart parp.service
sed 's/^/again: /' /parp.out
mkdir -p /etc/parp; : >/etc/parp/disabled
systemctl restart parp.service
echo "switch: $(show ConditionResult)"
parp remove --all -q; echo "removed: $?"
`;

const FILES: Readonly<Record<string, string>> = {
  'etc/systemd/system/parp-test.target': '[Unit]\nWants=parp.service parp-asked.service\nAfter=parp.service\n',
  'etc/systemd/system/parp-asked.service': `[Unit]
After=parp.service
[Service]
Type=oneshot
StandardOutput=file:/asked.out
StandardError=file:/asked.out
ExecStart=/bin/sh /ask.sh
ExecStopPost=/bin/systemctl exit 0
`,
  'etc/systemd/system/parp.service.d/said.conf': '[Service]\nStandardOutput=file:/parp.out\nStandardError=file:/parp.out\n',
  'ask.sh': ASK,
};
/** What this machine has and the test does not need, or what would look at hardware. */
const MASKED = [
  'systemd-udevd',
  'systemd-journald',
  'systemd-networkd',
  'systemd-networkd-wait-online',
  'systemd-logind',
  'systemd-resolved',
];

describe.skipIf(!CAN_BOOT)('the unit, run by systemd', () => {
  it('brings up profiles of every kind, once, and not when it is switched off', async ({ skip }) => {
    const machine = await buildMachine(TWO_WIRES);
    await applyAndEnable(machine, {});
    const upper = join(machine.folder, 'upper');
    const write = (path: string, text: string): void => {
      mkdirSync(join(upper, path, '..'), { recursive: true });
      writeFileSync(join(upper, path), text);
    };
    for (const [path, text] of Object.entries(FILES)) write(path, text);
    const unit = (name: string): string => readFileSync(join(ROOT, 'docs/systemd', name), 'utf8');
    write('etc/systemd/system/parp.service', unit('parp.service'));
    write('usr/lib/sysusers.d/parp.conf', unit('parp.sysusers.conf'));
    write('usr/lib/tmpfiles.d/parp.conf', unit('parp.tmpfiles.conf'));
    for (const name of MASKED) symlinkSync('/dev/null', join(upper, `etc/systemd/system/${name}.service`));
    mkdirSync(join(upper, 'usr/lib/parp'), { recursive: true });
    install(join(upper, 'usr/lib/parp'));
    mkdirSync(join(upper, 'usr/bin'), { recursive: true });
    symlinkSync('/usr/lib/parp/bin/parp', join(upper, 'usr/bin/parp'));
    // As root left it before there was the user.
    cpSync(join(machine.lib, 'enabled'), join(upper, 'var/lib/parp/enabled'), { recursive: true });
    for (const folder of ['.', 'usr', 'usr/lib', 'usr/bin', 'etc', 'var', 'var/lib']) chmodSync(join(upper, folder), 0o755);
    for (const folder of ['var/lib/parp', 'var/lib/parp/enabled']) chmodSync(join(upper, folder), 0o700);
    cpSync('/etc/passwd', join(upper, 'etc/passwd'));
    cpSync('/etc/group', join(upper, 'etc/group'));
    expect(await run(['systemd-sysusers', `--root=${upper}`, join(ROOT, 'docs/systemd/parp.sysusers.conf')])).toMatchObject({
      exitCode: 0,
    });
    const namespaces = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child'];
    const script = join(ROOT, 'test/support/boot-systemd.sh');
    const console = await run(['unshare', ...namespaces, 'sh', script, machine.folder, 'parp-test.target'], { timeoutMs: 90_000 });
    if (!existsSync(join(upper, 'asked.out'))) skip(`systemd does not boot in namespaces here: ${console.stderr}`);
    const asked = readFileSync(join(upper, 'asked.out'), 'utf8');
    const answers = (name: string): string[] =>
      asked
        .split('\n')
        .filter((line) => line.startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2));
    expect(answers('first'), asked).toEqual(['active exited success']);
    expect(answers('said')).toEqual(expect.arrayContaining(NAMES.map((name) => `${name}: applied`)));
    expect(answers('said').filter((line) => line.includes('Warning'))).toEqual([]);
    expect(answers('owners')).toEqual(['parp']);
    const status: { profiles: { name: string; drift: unknown[] }[] } = JSON.parse(answers('status')[0] ?? '');
    expect(status.profiles.map(({ name, drift }) => ({ name, drift }))).toEqual(NAMES.map((name) => ({ name, drift: [] })));
    expect(answers('again')).toEqual(NAMES.map((name) => `${name}: nothing to do: it is in force already`));
    expect(answers('switch')).toEqual(['no']);
    expect(answers('removed')).toEqual(['0']);
  });
});
