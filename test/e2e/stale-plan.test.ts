// The story: one person plans, another reads the plan, a third carries it out, perhaps a day later. What is carried out is what was read:
// when the host has moved on meanwhile, the plan is stale and refused with 4. The plan says the same whoever asks and however: live, against
// a capture on another machine, as JSON, as a shell script that leaves the very same host. Applying what is in force already writes nothing.
// With --json, stdout holds one document and nothing else, whatever happens.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import type { Topology } from '../../src/lab/topology.ts';
import { buildNetwork, CAN_BUILD, PARP, useNetwork, type Network, type ParpEnd } from '../support/namespaces.ts';
import { expectRefusal } from '../support/refusal.ts';
import { officeOf } from '../support/plain-profiles.ts';

const OFFICE = officeOf('192.168.0.2', '192.168.0.66, 192.168.0.128/27');
const MANY = `${OFFICE}---
version: 1
kind: nat-proxy
name: edge
outside: eth2
inside: eth1
nat:
  - { public: 203.0.113.10, private: 192.168.0.66 }
  - { public: 203.0.113.9, protocol: udp, port: 53, to: "192.168.0.130:5353" }
---
version: 1
kind: custom
name: pieces
sysctl:
  net/ipv4/conf/eth0.10/forwarding: 0
  net/ipv4/conf/eth0.10/arp_ignore: 1
  net/ipv4/neigh/eth0.10/proxy_delay: 40ms
addresses: [{ address: 10.0.0.1/24, interface: eth0.10 }]
routes:
  - { to: default, via: 10.0.0.9, table: 77, metric: 5 }
  - { to: 10.8.0.0/16, type: unreachable }
proxies: [{ address: 10.0.0.64/30, interface: eth2 }]
`;

const TOPOLOGY: Topology = {
  hosts: {
    router: { links: { eth0: {}, eth1: {}, eth2: { addresses: ['203.0.113.1/24'] }, 'eth0.10': {} } },
    wire: { links: {} },
  },
  wires: [
    ['router:eth0', 'wire:w0'],
    ['router:eth1', 'wire:w1'],
    ['router:eth2', 'wire:w2'],
    ['router:eth0.10', 'wire:w3'],
  ],
};
const QUIET = ['--no-probe', '--no-announce'];

const json = async (net: Network, ...args: string[]): Promise<ParpEnd> => net.parp('router', ['--json', ...args]);

/** Looks like a plan, but parp wrote none of it. */
const EDITED = '{"schema":"parp.plan/1","apply":{"profiles":[{}],"operations":[]}}';

describe.skipIf(!CAN_BUILD)('a plan', () => {
  const net = useNetwork(TOPOLOGY);
  const office = (): string => net.profile('office.yaml', OFFICE);
  const many = (): string => net.profile('many.yaml', MANY);
  const planFile = (): string => `${net.lab.folder}/plan.json`;

  async function makePlan(): Promise<void> {
    rmSync(planFile(), { force: true });
    expect((await json(net, 'plan', office(), '--out', planFile())).exitCode).toBe(0);
  }

  it('is carried out as it was read, by FILE, by --plan, and as a shell script, to the same host', async () => {
    const copy = await buildNetwork(TOPOLOGY);
    onTestFinished(async () => copy.lab.destroy());
    const before = await net.snapshot('router');
    expect(differences(before, await copy.snapshot('router')), 'twins to begin with').toEqual([]);

    const planned = await json(net, 'plan', many(), '--out', planFile());
    expect(planned.exitCode).toBe(0);
    expect(statSync(planFile()).mode & 0o777).toBe(0o600);
    expect(differences(before, await net.snapshot('router')), 'a plan changes nothing').toEqual([]);

    const script = await net.parp('router', ['plan', many(), '--format', 'shell']);
    expect(script.stdout).toMatch(/^#!\/bin\/sh\nset -eu\n/);
    const { commands } = planned.json;
    if (!Array.isArray(commands)) throw new TypeError('The plan names no commands');
    for (const command of commands) expect(script.stdout).toContain(command);
    const ran = await copy.run('router', ['sh'], { input: script.stdout });
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });

    // The profile that was planned counts, not what became of its file.
    net.profile('many.yaml', 'version: 1\nkind: custom\nname: other\n');
    expect((await json(net, 'apply', '--plan', planFile(), ...QUIET)).json).toMatchObject({ outcome: 'done' });
    const after = await net.snapshot('router');
    expect(differences(before, after).length).toBeGreaterThan(20);
    expect(differences(await copy.snapshot('router'), after)).toEqual([]);
    const again = await json(net, 'apply', '--plan', planFile(), ...QUIET);
    expect(again.exitCode, 'a plan is carried out once').toBe(4);
    expect(again.json).toMatchObject({ error: { code: 'stale-plan' } });
    expect((await json(net, 'remove', '--all')).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it.each([
    { moved: 'a switch', lines: [], sysctl: ['conf/eth0/send_redirects', '0', '1'], back: [] },
    { moved: 'an address', lines: ['address add 192.168.0.1/24 dev eth0'], back: ['address del 192.168.0.1/24 dev eth0'] },
    { moved: 'a route in the way', lines: ['route add 192.168.0.66 dev eth2'], back: ['route del 192.168.0.66'] },
    { moved: 'a new interface, whose forwarding ip_forward would set', lines: ['link add br9 type bridge'], back: ['link del br9'] },
  ])('is stale once $moved has changed: 4, and nothing is written', async ({ lines, sysctl, back }) => {
    await makePlan();
    await net.ip('router', ...lines);
    if (sysctl !== undefined) await net.setSysctl('router', `net/ipv4/${sysctl[0]}`, sysctl[1] ?? '');
    const moved = await net.snapshot('router');
    const refused = await json(net, 'apply', '--plan', planFile(), ...QUIET, '--force');
    expect(refused.exitCode).toBe(4);
    expect(refused.json).toMatchObject({ error: { code: 'stale-plan' } });
    expect(differences(moved, await net.snapshot('router'))).toEqual([]);
    await net.ip('router', ...back);
    if (sysctl !== undefined) await net.setSysctl('router', `net/ipv4/${sysctl[0]}`, sysctl[2] ?? '');
  });

  it('is not stale because of what it does not touch', async () => {
    await makePlan();
    await net.ip('router', 'route add 198.18.0.0/15 via 203.0.113.9', 'address add 10.7.7.7/24 dev eth2');
    const moved = await net.snapshot('router');
    expect((await json(net, 'apply', '--plan', planFile(), ...QUIET)).exitCode).toBe(0);
    expect((await json(net, 'remove', '--all')).exitCode).toBe(0);
    expect(differences(moved, await net.snapshot('router'))).toEqual([]);
    await net.ip('router', 'route del 198.18.0.0/15', 'address del 10.7.7.7/24 dev eth2');
  });

  it('is refused with 3 where it is none that plan --out wrote, and none is written where the plan is refused', async () => {
    const document = (await json(net, 'plan', office())).stdout;
    for (const text of ['', '{', '[]', '"plan"', '{"schema":"parp.plan/1"}', EDITED, document]) {
      const refused = await json(net, 'apply', '--plan', net.profile('none.json', text));
      expect(refused.exitCode, text.slice(0, 40)).toBe(3);
      expect(refused.json).toMatchObject({ error: { code: 'plan-file' } });
    }
    expect((await json(net, 'apply', '--plan', planFile(), office())).exitCode, 'both').toBe(3);
    await net.run('router', ['mkfifo', `${net.lab.folder}/fifo`]);
    expectRefusal(await json(net, 'apply', '--plan', `${net.lab.folder}/fifo`), 3, 'not-a-regular-file', 'it is a named pipe');
    await makePlan();
    chmodSync(planFile(), 0o666);
    expectRefusal(await json(net, 'apply', '--plan', planFile()), 4, 'unsafe-plan', 'everybody may write it');
    await net.ip('router', 'route add 192.168.0.66 dev eth2');
    const out = `${net.lab.folder}/refused.json`;
    expect((await json(net, 'plan', office(), '--out', out)).exitCode).toBe(4);
    expect(existsSync(out)).toBe(false);
    await net.ip('router', 'route del 192.168.0.66');
  });

  it('is the same against a capture, on a machine that has nothing of the router', async () => {
    const capture = `${net.lab.folder}/router.json`;
    expect((await json(net, 'capture', '--out', capture)).exitCode).toBe(0);
    const live = await json(net, 'plan', many());
    const against = await net.parp('wire', ['--json', 'plan', many(), '--against', capture]);
    expect(against.exitCode).toBe(0);
    expect(against.json).toEqual(live.json);
    const piped = await net.parp('wire', ['--json', 'plan', many(), '--against', '-'], { input: readFileSync(capture, 'utf8') });
    expect(piped.json).toEqual(live.json);
    expect((await json(net, 'plan', many(), '--against', office())).exitCode, 'a profile is no capture').toBe(3);
  });

  it('says with --detailed-exitcode whether there is anything to do, as status does for drift', async () => {
    const plan = async (): Promise<number | null> => (await json(net, 'plan', office(), '--detailed-exitcode')).exitCode;
    const status = async (): Promise<number | null> => (await json(net, 'status', '--detailed-exitcode')).exitCode;
    expect([await plan(), await status()]).toEqual([2, 0]);
    expect((await json(net, 'apply', office(), ...QUIET)).exitCode).toBe(0);
    expect([await plan(), await status()]).toEqual([0, 0]);
    await net.setSysctl('router', 'net/ipv4/conf/eth1/proxy_arp', '0');
    expect([await plan(), await status()]).toEqual([2, 2]);
    expect((await json(net, 'status')).json).toMatchObject({
      profiles: [{ name: 'office', drift: [{ kind: 'sysctl', subject: 'net/ipv4/conf/eth1/proxy_arp', wanted: '1', found: '0' }] }],
    });
    expect((await json(net, 'apply', office(), ...QUIET)).json).toMatchObject({ operations: [{ from: '0', to: '1' }] });
    expect([await plan(), await status()]).toEqual([0, 0]);
    expect((await json(net, 'remove', 'office')).exitCode).toBe(0);
    expect((await json(net, 'plan', office())).exitCode, 'without the option').toBe(0);
  });

  it('of what is in force is empty, and applying it writes nothing', async () => {
    expect((await json(net, 'apply', many(), ...QUIET)).exitCode).toBe(0);
    const records = (): string[] => {
      const [folder = ''] = readdirSync(net.lab.stateDir);
      return ['journal'].map((name) => {
        const path = `${net.lab.stateDir}/${folder}/${name}`;
        return `${statSync(path, { bigint: true }).mtimeNs} ${readFileSync(path, 'utf8')}`;
      });
    };
    const before = { snapshot: await net.snapshot('router'), records: records() };
    const monitor = net.spawn('router', ['ip', '-4', 'monitor', 'address', 'route', 'rule', 'netconf']);
    const listening = new Promise((resolve) => monitor.stdout.once('data', resolve));
    while (!(await Promise.race([listening, net.ip('router', 'route add blackhole 198.18.9.9', 'route del blackhole 198.18.9.9')])));
    // Where /proc/sys cannot be written, a single write to it would be refused.
    const readOnly = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"',
      'sh',
    ];
    const frames = await net.capture('wire', 'w0', ['arp.opcode'], async () => {
      const again = await net.run('router', [...readOnly, ...PARP, '--json', 'apply', many()]);
      expect(again, again.stderr).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'nothing-to-do', operations: [], announcements: [] });
    });
    expect(frames, 'nothing is asked or announced').toEqual([]);
    monitor.kill('SIGINT');
    const events = (await monitor.end).stdout.split('\n').filter((line) => line !== '' && !line.includes('198.18.9.9'));
    expect(events, 'of the kernel').toEqual([]);
    expect({ snapshot: await net.snapshot('router'), records: records() }).toEqual(before);
    expect((await json(net, 'remove', '--all')).exitCode).toBe(0);
  });
});

describe.skipIf(!CAN_BUILD)('--json', () => {
  const net = useNetwork(TOPOLOGY);

  it('prints one document on stdout and nothing else there, however the command ends', async () => {
    const file = net.profile('office.yaml', OFFICE);
    const broken = net.profile('broken.yaml', 'version: 1\nkind: pseudo-bridge\nsegmets: []\n');
    const runs: readonly (readonly [args: string, exitCode: number, schema?: string])[] = [
      [`validate ${file}`, 0],
      [`validate ${broken}`, 3],
      [`plan ${file}`, 0],
      [`plan ${file} --format shell`, 0],
      [`plan ${broken}`, 3],
      [`plan ${file} --detailed-exitcode`, 2],
      ['status', 0],
      ['capture', 0],
      ['rollback', 4],
      [`apply ${file} --dry-run`, 0, 'plan'],
      [`apply ${file} --no-wait`, 0],
      [`apply ${file}`, 0],
      ['apply /nonexistent.yaml', 3],
      ['status', 0],
      ['recover', 0],
      ['neighbours', 0],
      ['flush -i eth0', 0],
      ['probe -i eth0 192.168.0.99', 0],
      ['probe -i eth9 192.168.0.99', 4],
      ['announce -i eth0 192.168.0.99 --rounds 1', 0],
      ['remove office', 0],
      ['remove office', 4],
      ['rollback', 0],
      ['remove --all', 0],
    ];
    for (const [args, exitCode, schema = args.split(' ')[0]] of runs) {
      const end = await json(net, ...args.split(' '));
      expect({ args, exitCode: end.exitCode }).toEqual({ args, exitCode });
      expect(end.json, args).toMatchObject({ schema: `parp.${schema}/1` });
      expect(end.stdout.trimEnd().split('\n'), args).toHaveLength(1);
    }
  });
});
