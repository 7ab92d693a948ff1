// The story: whoever may make interfaces, in a container or by udev, gives them names that a shell would run, that a terminal obeys or that an
// object has anyway. A profile that means all interfaces meets with them: they are planned, written and given back like others, no name leads to a
// file that is not its own, and what a terminal obeys is shown, not sent.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HostBackend } from '../../src/engine/backend.ts';
import { CAN_BUILD, useNetwork, type ParpEnd } from '../support/namespaces.ts';
import { GUESTS, TWO_WIRES } from '../support/plain-profiles.ts';
import { expectSeen } from '../support/seen.ts';
import { LONG } from '../support/tally.ts';
import { isRecord, opened, traced, WHILE_TRACED, written } from '../support/traced-calls.ts';
import { useUnchanged } from '../support/unchanged.ts';

/** Names of live interfaces that profiles cannot say, but patterns find, and that parp can reach by their sysctls. */
const ODD_NAMES = [
  '$(id)',
  '`id`',
  ';x',
  '-rf',
  '--help',
  '#',
  '*',
  '[x]',
  '?',
  '~',
  '!',
  "a'b",
  "''",
  'a"b',
  'a\\b',
  '\\x1b',
  'a=b',
  'a,b',
  '...',
  'all.',
  '{x}',
  '<x>',
  '&&',
  '|',
  'é\u0301',
  '日本',
  '\u{1f600}',
  '\u0001',
  '\u001b]0;x\u0007',
  '\u001b[2J',
  'x\u009b2J',
  'x\u007f',
  'x\u202ey',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '1e3',
];

/** Names that parp cannot reach: JavaScript takes them for white space, or they are no UTF-8. */
const UNREACHABLE = String.raw`"$(printf 'x\342\200\250y')" "$(printf 'x\377\376')"`;

type Engine = HostBackend['name'];
/** Either engine gets to know the names in its own way: from the kernel, or from what `ip` makes of them. */
const ENGINES: readonly Engine[] = ['netlink', 'iproute2'];

describe.skipIf(!CAN_BUILD)('hostile input, traced', () => {
  const net = useNetwork({ ...TWO_WIRES, hosts: { ...TWO_WIRES.hosts, odd: { links: {} } } });

  describe('as the name of an interface of a live one', () => {
    const ALL_LINKS = GUESTS.replace('[eth0]', '["*"]').replace(/addresses.*\n/, 'announce: false\n');

    beforeAll(async () => {
      const add = 'for name; do ip link add name "$name" type bridge && ip link set dev "$name" up || exit; done';
      const made = await net.run('odd', ['sh', '-c', add, 'sh', ...ODD_NAMES]);
      expect(made, made.stderr).toMatchObject({ exitCode: 0 });
    });
    const nothingHasChanged = useUnchanged(net, 'odd');
    const parp = async (args: readonly string[], engine: Engine = 'netlink'): Promise<ParpEnd> =>
      net.parp('odd', ['--engine', engine, ...args], WHILE_TRACED);

    it('#97 plan, capture, status and neighbours work whatever names there are', async () => {
      const file = net.profile('guests.yaml', ALL_LINKS);
      for (const engine of ENGINES) {
        const planned = await parp(['--json', 'plan', file], engine);
        expect(planned, planned.stderr).toMatchObject({ exitCode: 0, stderr: '' });
        const subjects = (planned.json as unknown as { operations: { subject: string }[] }).operations.map(({ subject }) => subject);
        for (const name of ODD_NAMES) expect(subjects, name).toContain(`net/ipv4/conf/${name}/proxy_arp_pvlan`);
        const capture = `${net.lab.folder}/${engine}.json`;
        expect((await parp(['capture', '--out', capture], engine)).exitCode).toBe(0);
        const links = (JSON.parse(readFileSync(capture, 'utf8')) as { links: { name: string }[] }).links.map(({ name }) => name);
        expect(links.filter((name) => name !== 'lo').sort()).toEqual([...ODD_NAMES].sort());
        const again = await net.parp('router', ['--json', 'plan', file, '--against', capture]);
        expect(again.json['operations'], 'the same elsewhere, from the capture').toEqual(planned.json['operations']);
        for (const command of ['status', 'neighbours']) expect((await parp(['--json', command], engine)).exitCode).toBe(0);
      }
    });

    it('#97 apply writes the files of the interfaces alone, and remove gives each back', async () => {
      const file = net.profile('guests.yaml', ALL_LINKS);
      const { end, calls } = await traced(net, 'odd', ['--json', 'apply', file, '--no-probe']);
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      const holders = new Set([...ODD_NAMES, 'all', 'default', 'lo']);
      const outside = [...written(calls), ...opened(calls).filter((path) => path.startsWith('/proc/sys/net'))].filter((path) => {
        const [, holder = ''] = /^\/proc\/sys\/net\/ipv4\/(?:conf|neigh)\/([^/]+)\/\w+$/.exec(path) ?? [];
        return !holders.has(holder) && !/^\/proc\/sys\/net\/ipv4\/ip_\w+$/.test(path) && !isRecord(net, path) && path !== '/dev/null';
      });
      expect(outside).toEqual([]);
      const files = ODD_NAMES.map((name) => `/proc/sys/net/ipv4/conf/${name}/proxy_arp_pvlan`);
      expect(written(calls), 'each its own').toEqual(expect.arrayContaining(files));
      expect((await net.run('odd', ['cat', ...files])).stdout).toBe('1\n'.repeat(files.length));
      const applied = await parp(['status', '--detailed-exitcode']);
      expect(applied, applied.stdout).toMatchObject({ exitCode: 0 });
      const removed = await parp(['remove', 'guests']);
      expect(removed, removed.stderr).toMatchObject({ exitCode: 0 });
      await nothingHasChanged();
    });

    it('#98 what a terminal obeys in a name is shown by each command, not sent', async () => {
      const file = net.profile('guests.yaml', ALL_LINKS);
      const escape = '\u001b]0;x\u0007';
      const shown = String.raw`\x1b]0;x\x07`;
      const probe = 'version: 1\nkind: custom\nname: probe\nroutes: [{ to: 10.9.9.9/32, interface: nosuch }]\n';
      const quoted = String.raw`"$(printf '\033')"']0;x'"$(printf '\007')"`;
      const calls: readonly (readonly [args: readonly string[], shows?: string])[] = [
        [['plan', file]],
        [['plan', file, '--all'], shown],
        [['plan', file, '--format', 'shell'], quoted],
        [['plan', file, '--format', 'markdown'], quoted],
        [['plan', net.profile('probe.yaml', probe)], shown],
        [['neighbours']],
        [['neighbours', '-i', escape]],
        [['flush', '-i', escape], shown],
        [['flush', '-i', 'nosuch'], shown],
        [['probe', '-i', 'nosuch', '10.0.0.1'], String.raw`\u001b]0;x\u0007`],
        [['-v', 'apply', file, '--no-probe'], shown],
        [['status']],
        [['remove', 'guests']],
      ];
      for (const engine of LONG ? ENGINES : ENGINES.slice(0, 1)) {
        for (const [args, shows = ''] of calls) {
          const end = await parp(args, engine);
          expectSeen(end, args.join(' '));
          expect(`${end.stdout}${end.stderr}`, args.join(' ')).toContain(shows);
        }
      }
      await nothingHasChanged();
    });

    it('#98 drift is shown by its name as well, and what others changed is left by it', async () => {
      const file = net.profile('guests.yaml', ALL_LINKS);
      expect((await parp(['apply', file, '--no-probe'])).exitCode).toBe(0);
      for (const name of ['\u001b[2J', 'x\u009b2J']) await net.setSysctl('odd', `net/ipv4/conf/${name}/proxy_arp_pvlan`, '0');
      await net.setSysctl('odd', 'net/ipv4/neigh/\u001b]0;x\u0007/proxy_delay', '77');
      const status = await parp(['status']);
      expectSeen(status, 'status');
      expect(status.stdout).toContain(String.raw`\x1b[2J`);
      const removed = await parp(['remove', 'guests']);
      expectSeen(removed, 'remove');
      expect(removed.stdout + removed.stderr).toContain(String.raw`\x1b]0;x\x07`);
      await net.setSysctl('odd', 'net/ipv4/neigh/\u001b]0;x\u0007/proxy_delay', '80');
      await nothingHasChanged();
    });

    it('#97 a shell that runs the plan’s lines comes to the same', async () => {
      // sysctl(8) takes what stands behind the first = for the value.
      await net.ip('odd', 'link delete dev a=b');
      const file = net.profile('guests.yaml', ALL_LINKS);
      const { stdout } = await parp(['plan', file, '--format', 'shell']);
      const ran = await net.run('odd', ['sh', '-s'], { input: stdout });
      expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
      const planned = await parp(['plan', file, '--detailed-exitcode']);
      expect(planned, planned.stdout).toMatchObject({ exitCode: 0 });
    });

    it('#97 of names that it cannot reach it says so, and works with the others', async () => {
      const add = `for name in ${UNREACHABLE}; do ip link add name "$name" type bridge || exit; done; ip link add eth0 type bridge`;
      expect((await net.run('odd', ['sh', '-c', add])).exitCode).toBe(0);
      for (const engine of ENGINES) {
        const every = await parp(['plan', net.profile('guests.yaml', ALL_LINKS)], engine);
        expectSeen(every, 'plan');
        expect(every, every.stderr).toMatchObject({ exitCode: 4 });
        const one = await parp(['--json', 'plan', net.profile('one.yaml', GUESTS), '--detailed-exitcode'], engine);
        expect(one, one.stderr).toMatchObject({ exitCode: 2 });
        expect((await parp(['--json', 'capture'], engine)).exitCode).toBe(0);
      }
    });
  });
});
