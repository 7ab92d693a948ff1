// The story: what cannot be seen from the outside. strace follows parp and every process that it starts, and shows which files they open, write
// and run, and with which environment: a name leads to no other file than its own, nothing of the caller's is loaded or run, and nothing is
// written where others could have laid a trap, but where the administrator says so.
import '../support/with-iproute2.ts';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SYSTEM_FOLDERS } from '../../src/host/find-program.ts';
import { programPath, run, type ChildOptions, type Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, PARP, useNetwork } from '../support/namespaces.ts';
import { EDGE, GUESTS, OFFICE, TWO_WIRES } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';
import { LONG } from '../support/tally.ts';
import { eachOfSweep } from '../support/sampled.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STRANGER = 54_321;
const WITHOUT_HANGING: ChildOptions = { timeoutMs: 60_000 };

/** What a terminal obeys, or shows as something else than it is; a line break ends a line. */
const OBEYED = /[^\P{C}\n]|[\u2028\u2029]/u;

/** Names that lead elsewhere, mean something else, or that no interface can have. */
const NO_NAMES = [
  '../x',
  '../../../../etc/cron.d/x',
  '/etc/passwd',
  'a/b',
  'eth0/../eth1',
  'all',
  'default',
  '.',
  '..',
  '-rf',
  '--help',
  '$(id)',
  '`id`',
  ';x',
  '|x',
  'a b',
  '0123456789abcdef',
  '\\x01',
  '\\x1b[2J',
  '%s',
  '~root',
  'é',
  '',
];

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

/** One system call of a traced process. */
interface Call {
  /** Whether it is of the process that was called, and not of one that this started. */
  readonly own: boolean;
  readonly name: string;
  readonly line: string;
  /** Its texts, in their order: paths, then arguments and environment of a program. */
  readonly texts: readonly string[];
}

const OPENING = ['open', 'openat', 'openat2', 'creat'];
const CHANGING = [
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
  'mkdir',
  'mkdirat',
  'mknod',
  'mknodat',
  'unlink',
  'unlinkat',
  'rmdir',
  'truncate',
  'chmod',
  'fchmodat',
  'chown',
  'lchown',
  'fchownat',
];

describe.skipIf(!CAN_BUILD)('hostile input, traced', () => {
  const net = useNetwork({ ...TWO_WIRES, hosts: { ...TWO_WIRES.hosts, odd: { links: {} } } });
  let before: Snapshot;
  let traces = 0;

  beforeAll(async () => {
    // Without it nothing of this is proven.
    programPath('strace');
    before = await net.snapshot('router');
  });

  async function nothingHasChanged(): Promise<void> {
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  }

  function write(name: string, content: string): string {
    const path = `${net.lab.folder}/${name}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  interface Trace {
    /** The words that run a program under strace. */
    readonly argv: readonly string[];
    /** What was called, once all that was started has ended. */
    calls(): Call[];
  }

  function tracing(): Trace {
    const folder = `${net.lab.folder}/trace-${++traces}`;
    mkdirSync(folder);
    const calls = [...OPENING, ...CHANGING, 'execve'].map((name) => `?${name}`).join(',');
    const strace = ['strace', '-ff', '-qq', '-v', '-xx', '-s', '65535', '-e', 'signal=none', '-e', `trace=${calls}`, '-o', `${folder}/t`];
    return {
      argv: [...strace, '--', '/bin/sh', '-c', 'echo $$ >"$0" && exec "$@"', `${folder}/own`],
      calls: () => {
        const own = `t.${readFileSync(`${folder}/own`, 'utf8').trim()}`;
        const names = readdirSync(folder).filter((name) => name !== 'own');
        const all = names.flatMap((name) => callsIn(readFileSync(join(folder, name), 'utf8'), name === own));
        return all.filter(({ texts }) => texts[0] !== `${folder}/own`);
      },
    };
  }

  interface Traced {
    readonly end: Ended;
    readonly calls: readonly Call[];
  }

  /** Runs parp on a host under strace, to the end of all that it starts. */
  async function traced(host: string, args: readonly string[], options: ChildOptions = {}): Promise<Traced> {
    const trace = tracing();
    const end = await net.run(host, [...trace.argv, ...PARP, ...args], { ...WITHOUT_HANGING, ...options });
    const calls = trace.calls();
    expect(calls.length, end.stderr).toBeGreaterThan(20);
    return { end, calls };
  }

  describe('as the name of an interface', () => {
    /** Each key that takes a name, as a profile with an @ in its place. */
    const PLACES: Readonly<Record<string, string>> = {
      segments: OFFICE.replace('eth1', '"@"'),
      interfaces: 'version: 1\nkind: private-vlan\nname: x\ninterfaces: ["@"]\n',
      outside: EDGE.replace('outside: eth0', 'outside: "@"'),
      inside: EDGE.replace('inside: eth1', 'inside: "@"'),
      addresses: custom('addresses: [{ address: 10.9.9.9/24, interface: "@" }]'),
      routes: custom('routes: [{ to: 10.9.9.0/24, interface: "@" }]'),
      proxies: custom('proxies: [{ address: 10.9.9.9, interface: "@" }]'),
      announce_addresses: custom('announce_addresses: [{ address: 10.9.9.9, interface: "@" }]'),
      'a sysctl by its path': custom('sysctl: { "net/ipv4/conf/@/proxy_arp": 1 }'),
      'a neighbour sysctl by its path': custom('sysctl: { "net/ipv4/neigh/@/proxy_delay": 0ms }'),
      'a sysctl by its name': custom('sysctl: { "net.ipv4.conf.@.proxy_arp": 1 }'),
    };

    function custom(line: string): string {
      return `version: 1\nkind: custom\nname: x\n${line}\n`;
    }

    it('#96 one that leads elsewhere is refused in every place, and no file is opened for it', async () => {
      const all = Object.entries(PLACES).flatMap(([place, profile]) =>
        // Switches have the holders `all` and `default`, too.
        NO_NAMES.filter((name) => !(/sysctl/.test(place) && /^(all|default)$/.test(name))).map((name, at) => ({
          what: `${name} for ${place}`,
          file: write(
            `names/${place.replaceAll(' ', '-')}-${at}.yaml`,
            profile.replace('@', () => name),
          ),
        })),
      );
      const files = all.map(({ file }) => file);
      for (const command of ['validate', 'plan', 'apply']) {
        const { end, calls } = await traced('router', ['--json', command, ...files]);
        expect(end.exitCode, command).toBe(3);
        const { diagnostics } = JSON.parse(end.stdout) as { diagnostics: { file: string; code: string; severity: string }[] };
        const mistaken = new Set(diagnostics.filter(({ severity }) => severity === 'error').map(({ file }) => file));
        expect(all.filter(({ file }) => !mistaken.has(file)).map(({ what }) => what)).toEqual([]);
        expect(opened(calls).filter((path) => path.startsWith('/proc/sys/net') || leadsElsewhere(path))).toEqual([]);
        expect(written(calls), `${command} writes nothing`).toEqual([]);
        expect(started(calls), `${command} starts nothing`).toEqual([]);
      }
      expect(existsSync(net.lab.stateDir), 'no record is begun').toBe(false);
      await nothingHasChanged();
    });

    function leadsElsewhere(path: string): boolean {
      const parts = path.split('/');
      return parts.includes('..') || NO_NAMES.some((name) => name.length > 2 && (path.endsWith(`/${name}`) || parts.includes(name)));
    }

    it('#96 one that names no interface here is refused by each command that takes one', async () => {
      const names = NO_NAMES.filter((name) => !name.startsWith('-'));
      const commands = [['probe', '10.0.0.1'], ['announce', '10.0.0.1'], ['flush'], ['neighbours']];
      for (const [at, name] of names.entries()) {
        // Each name once, and in the long run each of them with each command.
        const chosen = LONG ? commands : commands.filter((_, command) => at % 2 === 0 && command === (at / 2) % commands.length);
        for (const [command = '', ...addresses] of chosen) {
          const end = await net.parp('router', ['--json', command, '-i', name, ...addresses], WITHOUT_HANGING);
          expectRefusal(end, 4, 'no-such-interface');
        }
      }
      expect(differences(before, await net.snapshot('router'))).toEqual([]);
    });

    describe('of a live one', () => {
      const ALL_LINKS = GUESTS.replace('[eth0]', '["*"]').replace(/addresses.*\n/, 'announce: false\n');
      let fresh: Snapshot;

      beforeAll(async () => {
        const add = 'for name; do ip link add name "$name" type bridge && ip link set dev "$name" up || exit; done';
        const made = await net.run('odd', ['sh', '-c', add, 'sh', ...ODD_NAMES]);
        expect(made, made.stderr).toMatchObject({ exitCode: 0 });
        fresh = await net.snapshot('odd');
      });

      function expectSeen({ stdout, stderr }: Ended, what: string): void {
        for (const text of [stdout, stderr]) {
          const at = text.search(OBEYED);
          expect(at < 0 ? null : text.slice(Math.max(0, at - 60), at + 20), what).toBeNull();
        }
      }

      it('#97 plan, capture, status and neighbours work whatever names there are', async () => {
        const file = net.profile('guests.yaml', ALL_LINKS);
        const planned = await net.parp('odd', ['--json', 'plan', file]);
        expect(planned, planned.stderr).toMatchObject({ exitCode: 0, stderr: '' });
        const subjects = (planned.json as unknown as { operations: { subject: string }[] }).operations.map(({ subject }) => subject);
        for (const name of ODD_NAMES) expect(subjects, name).toContain(`net/ipv4/conf/${name}/proxy_arp_pvlan`);
        const capture = `${net.lab.folder}/odd.json`;
        expect((await net.parp('odd', ['capture', '--out', capture])).exitCode).toBe(0);
        const links = (JSON.parse(readFileSync(capture, 'utf8')) as { links: { name: string }[] }).links.map(({ name }) => name);
        expect(links.filter((name) => name !== 'lo').sort()).toEqual([...ODD_NAMES].sort());
        const again = await net.parp('router', ['--json', 'plan', file, '--against', capture]);
        expect(again.json['operations'], 'the same elsewhere, from the capture').toEqual(planned.json['operations']);
        for (const command of ['status', 'neighbours']) expect((await net.parp('odd', ['--json', command])).exitCode).toBe(0);
      });

      it('#97 apply writes the files of the interfaces alone, and remove gives each back', async () => {
        const file = net.profile('guests.yaml', ALL_LINKS);
        const { end, calls } = await traced('odd', ['--json', 'apply', file, '--no-probe']);
        expect(end, end.stderr).toMatchObject({ exitCode: 0 });
        const holders = new Set([...ODD_NAMES, 'all', 'default', 'lo']);
        const outside = [...written(calls), ...opened(calls).filter((path) => path.startsWith('/proc/sys/net'))].filter((path) => {
          const [, holder = ''] = /^\/proc\/sys\/net\/ipv4\/(?:conf|neigh)\/([^/]+)\/\w+$/.exec(path) ?? [];
          return !holders.has(holder) && !/^\/proc\/sys\/net\/ipv4\/ip_\w+$/.test(path) && !isRecord(path) && path !== '/dev/null';
        });
        expect(outside).toEqual([]);
        const files = ODD_NAMES.map((name) => `/proc/sys/net/ipv4/conf/${name}/proxy_arp_pvlan`);
        expect((await net.run('odd', ['cat', ...files])).stdout).toBe('1\n'.repeat(files.length));
        const applied = await net.parp('odd', ['status', '--detailed-exitcode']);
        expect(applied, applied.stdout).toMatchObject({ exitCode: 0 });
        const removed = await net.parp('odd', ['remove', 'guests']);
        expect(removed, removed.stderr).toMatchObject({ exitCode: 0 });
        expect(differences(fresh, await net.snapshot('odd'))).toEqual([]);
      });

      it('#98 what a terminal obeys in a name is shown by each command, not sent', async () => {
        const file = net.profile('guests.yaml', ALL_LINKS);
        const escape = '\u001b]0;x\u0007';
        const shown = String.raw`\x1b]0;x\x07`;
        const probe = 'version: 1\nkind: custom\nname: probe\nroutes: [{ to: 10.9.9.9/32, interface: nosuch }]\n';
        const calls: readonly (readonly [args: readonly string[], shows?: string])[] = [
          [['plan', file], shown],
          [['plan', file, '--format', 'shell'], String.raw`"$(printf '\033')"']0;x'"$(printf '\007')"`],
          [['plan', file, '--format', 'markdown'], shown],
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
        for (const [args, shows = ''] of calls) {
          const end = await net.parp('odd', args, WITHOUT_HANGING);
          expectSeen(end, args.join(' '));
          expect(`${end.stdout}${end.stderr}`, args.join(' ')).toContain(shows);
        }
        expect(differences(fresh, await net.snapshot('odd'))).toEqual([]);
      });

      it('#98 drift is shown by its name as well, and what others changed is left by it', async () => {
        const file = net.profile('guests.yaml', ALL_LINKS);
        expect((await net.parp('odd', ['apply', file, '--no-probe'])).exitCode).toBe(0);
        for (const name of ['\u001b[2J', 'x\u009b2J']) await net.setSysctl('odd', `net/ipv4/conf/${name}/proxy_arp_pvlan`, '0');
        await net.setSysctl('odd', 'net/ipv4/neigh/\u001b]0;x\u0007/proxy_delay', '77');
        const status = await net.parp('odd', ['status']);
        expectSeen(status, 'status');
        expect(status.stdout).toContain(String.raw`\x1b[2J`);
        const removed = await net.parp('odd', ['remove', 'guests']);
        expectSeen(removed, 'remove');
        expect(removed.stdout + removed.stderr).toContain(String.raw`\x1b]0;x\x07`);
        await net.setSysctl('odd', 'net/ipv4/neigh/\u001b]0;x\u0007/proxy_delay', '80');
        expect(differences(fresh, await net.snapshot('odd'))).toEqual([]);
      });

      it('#97 a shell that runs the plan’s lines comes to the same', async () => {
        // sysctl(8) takes what stands behind the first = for the value.
        await net.ip('odd', 'link delete dev a=b');
        const file = net.profile('guests.yaml', ALL_LINKS);
        const { stdout } = await net.parp('odd', ['plan', file, '--format', 'shell']);
        const ran = await net.run('odd', ['sh', '-s'], { input: stdout });
        expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
        const planned = await net.parp('odd', ['plan', file, '--detailed-exitcode']);
        expect(planned, planned.stdout).toMatchObject({ exitCode: 0 });
      });

      it('#97 of names that it cannot reach it says so, and works with the others', async () => {
        const add = `for name in ${UNREACHABLE}; do ip link add name "$name" type bridge || exit; done; ip link add eth0 type bridge`;
        expect((await net.run('odd', ['sh', '-c', add])).exitCode).toBe(0);
        const every = await net.parp('odd', ['plan', net.profile('guests.yaml', ALL_LINKS)]);
        expectSeen(every, 'plan');
        expect(every, every.stderr).toMatchObject({ exitCode: 4 });
        const one = await net.parp('odd', ['--json', 'plan', net.profile('one.yaml', GUESTS), '--detailed-exitcode']);
        expect(one, one.stderr).toMatchObject({ exitCode: 2 });
        expect((await net.parp('odd', ['--json', 'capture'])).exitCode).toBe(0);
      });
    });
  });

  describe('as the environment', () => {
    /** Where traps lie: whatever of them is loaded or run leaves a mark. */
    let traps = '';
    let prefix = '';
    const mark = (): string => join(traps, 'mark');

    beforeAll(() => {
      traps = join(net.lab.folder, 'traps');
      const module = `require('node:fs').appendFileSync(${JSON.stringify(mark())}, __filename + '\\n');`;
      const packages = [
        'koffi',
        '@koromix/koffi-linux-x64',
        '@koromix/koffi-linux-arm64',
        'commander',
        'execa',
        'js-yaml',
        'zod',
        'listr2',
        'fs',
      ];
      for (const folder of ['node_modules', 'home/.node_modules', 'home/.node_libraries', 'path']) {
        for (const name of packages) write(`traps/${folder}/${name}/index.js`, module);
      }
      write('traps/preload.cjs', module);
      write('traps/package.json', '{"name":"trap","type":"commonjs","main":"preload.cjs","imports":{"#x":"./preload.cjs"}}');
      write('traps/.npmrc', 'node-options=--require=./preload.cjs\nscript-shell=./bin/sh\n');
      write('traps/home/.npmrc', 'node-options=--require=./preload.cjs\n');
      for (const name of ['ip', 'nft', 'sysctl', 'systemd-run', 'sh', 'bash', 'modprobe', 'sudo']) {
        const path = write(`traps/bin/${name}`, `#!/bin/sh\necho ${name} >> ${mark()}\n`);
        chmodSync(path, 0o755);
      }
      // As npm lays it: the program in lib/node_modules, and a link to it in bin.
      prefix = join(net.lab.folder, 'prefix');
      const installed = join(prefix, 'lib/node_modules/parp');
      for (const part of ['bin', 'dist', 'package.json', 'node_modules/koffi', 'node_modules/@koromix']) {
        if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(installed, part), { recursive: true, dereference: true });
      }
      mkdirSync(join(prefix, 'bin'));
      symlinkSync('../lib/node_modules/parp/bin/parp', join(prefix, 'bin/parp'));
      symlinkSync(join(prefix, 'bin/parp'), join(prefix, 'link'));
    });

    /** An environment in which everything points into the traps; of what acts before any line of parp's, only what its first line can undo. */
    const hostile = (...before: string[]): Record<string, string> => ({
      HOSTILE: '1',
      PATH: [...before, join(traps, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
      HOME: join(traps, 'home'),
      NODE_PATH: join(traps, 'path'),
      NODE_REPL_EXTERNAL_MODULE: join(traps, 'preload.cjs'),
      NODE_PENDING_DEPRECATION: '1',
      LD_LIBRARY_PATH: join(traps, 'lib'),
      LD_BIND_NOW: '1',
      BASH_ENV: join(traps, 'bin/sh'),
      ENV: join(traps, 'bin/sh'),
      IFS: '/',
      TMPDIR: traps,
      XDG_CONFIG_HOME: traps,
      npm_config_node_options: '--require=./preload.cjs',
    });
    const withOptions = (env: Record<string, string>): Record<string, string> => ({
      ...env,
      NODE_OPTIONS: `--require=${join(traps, 'preload.cjs')}`,
    });

    function expectNoMark(): void {
      const left = existsSync(mark()) ? readFileSync(mark(), 'utf8') : '';
      rmSync(mark(), { force: true });
      expect(left).toBe('');
    }

    eachOfSweep<[how: string, argv: () => readonly string[], env: () => Record<string, string>]>([
      ['by its path', () => [join(ROOT, 'bin/parp')], () => withOptions(hostile())],
      ['by the link that npm lays', () => [join(prefix, 'bin/parp')], () => withOptions(hostile())],
      ['by a link to that link', () => [join(prefix, 'link')], () => withOptions(hostile())],
      ['by PATH', () => ['parp'], () => withOptions(hostile(join(prefix, 'bin')))],
      ['by node', () => PARP, () => hostile()],
    ])('#102 parp called %s loads and runs nothing of the caller’s', async (_how, argv, env) => {
      const options = { ...WITHOUT_HANGING, env: env(), cwd: traps };
      const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
      expect(await net.run('router', [...argv(), '--version'], options)).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
      const calls = [
        ['plan', net.profile('edge.yaml', EDGE)],
        ['apply', net.profile('guests.yaml', GUESTS), '--no-probe', '--no-announce'],
        ['remove', 'guests'],
      ];
      for (const args of calls) {
        const end = await net.run('router', [...argv(), ...args], options);
        expect({ args, exitCode: end.exitCode }, end.stderr).toEqual({ args, exitCode: 0 });
      }
      expectNoMark();
      await nothingHasChanged();
    });

    it('#102 the trap is one: without its first line parp would have stepped into it', async () => {
      const env = withOptions(hostile());
      expect((await net.run('router', [...PARP, '--version'], { env, cwd: traps })).exitCode).toBe(0);
      expect(readFileSync(mark(), 'utf8')).toBe(`${join(traps, 'preload.cjs')}\n`);
      rmSync(mark());
    });

    it('#102 what an installation lacks is not taken from HOME or NODE_PATH', async () => {
      const binaries = join(prefix, 'lib/node_modules/parp/node_modules/@koromix');
      renameSync(binaries, `${binaries}.away`);
      try {
        for (const argv of [[join(prefix, 'bin/parp')], [process.execPath, join(prefix, 'bin/parp')]]) {
          const end = await net.run('router', [...argv, '--json', 'plan', net.profile('guests.yaml', GUESTS)], {
            env: hostile(),
            cwd: traps,
          });
          expectRefusal(end, 4, 'no-ffi');
          expect(existsSync(mark()), 'not loaded').toBe(false);
        }
      } finally {
        renameSync(`${binaries}.away`, binaries);
      }
    });

    /** What each of the processes that parp started was given, by the names of the variables. */
    function environments(calls: readonly Call[]): { readonly program: string; readonly env: Readonly<Record<string, string>> }[] {
      return started(calls).map((call) => ({ program: call.texts[0] ?? '', env: environmentOf(call) }));
    }

    it('#102 helpers, guard, announcer and the run in another namespace get nothing that loads code', async () => {
      const needed = {
        SSH_CONNECTION: '192.0.2.9 50000 192.0.2.1 22',
        SUDO_UID: '0',
        SUDO_USER: 'admin',
        USER: 'root',
        TERM: 'xterm',
        COLORTERM: 'truecolor',
        NO_COLOR: '1',
        LANG: 'C.UTF-8',
        LC_ALL: 'C.UTF-8',
        LC_MESSAGES: 'C',
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        PARP_STATE_DIR: net.lab.stateDir,
      };
      const env = { ...withOptions(hostile()), ...needed };
      const parp = join(prefix, 'bin/parp');
      // The one that starts helpers.
      const inside = ['--engine', 'iproute2', '--netns', net.lab.name('router')];
      const guests = net.profile('guests.yaml', `${GUESTS}announce: { rounds: 1, form: request }\n`);
      const options = { ...WITHOUT_HANGING, env, cwd: traps };
      const pending = tracing();
      // The guard lives until the confirmation, and strace as long as the guard.
      const applying = run([...pending.argv, parp, ...inside, 'apply', guests, '--confirm=300s', '--no-probe', '--no-wait'], options);
      await vi.waitFor(async () => expect((await net.parp('router', ['confirm'])).exitCode).toBe(0), { timeout: 40_000, interval: 500 });
      const applied = await applying;
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      const removed = tracing();
      expect(await run([...removed.argv, parp, ...inside, 'remove', '--all'], options)).toMatchObject({ exitCode: 0 });
      const all = [...environments(pending.calls()), ...environments(removed.calls())];
      expect(new Set(all.map(({ program }) => basename(program)))).toEqual(new Set(['ip', 'nft', basename(process.execPath)]));
      const known = new Set([...Object.keys(needed), 'HOME', 'PATH']);
      for (const { program, env: given } of all) {
        expect({ program, PATH: given['PATH'] }).toEqual({ program, PATH: SYSTEM_FOLDERS.join(':') });
        expect({ program, unknown: Object.keys(given).filter((name) => !known.has(name)) }).toEqual({ program, unknown: [] });
      }
      const whole = all.filter(({ env: given }) => 'SSH_CONNECTION' in given);
      expect(whole.length, 'ip and node, twice').toBe(4);
      for (const { env: given } of whole) expect(given).toMatchObject(needed);
      for (const { program, env: given } of all.filter((one) => !whole.includes(one)))
        expect({ program, variables: Object.keys(given).sort() }).toEqual({ program, variables: ['LC_ALL', 'PATH'] });
      expectNoMark();
      await nothingHasChanged();
    });

    it('#102 nothing in the working folder, in HOME or in NODE_PATH is opened', async () => {
      const { calls } = await traced('router', ['plan', net.profile('edge.yaml', EDGE)], { env: hostile(), cwd: traps });
      expect(
        opened(calls).filter((path) => !path.startsWith('/') || (path.startsWith(traps) && !path.startsWith(join(traps, 'lib')))),
      ).toEqual([]);
      expectNoMark();
    });
  });

  describe('as a helper', () => {
    /** Where the system has `ip`, as parp finds it, and a copy with the mark of a trap in front. */
    const at = (name: string): string => SYSTEM_FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? '';
    let folder = '';
    let mark = '';

    function fresh(): void {
      folder = join(net.lab.folder, 'helpers');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      mark = join(folder, 'mark');
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    }

    /** A program that leaves a mark and then does what the true one does, which is kept beside it. */
    function fake(name: string, path: string): string {
      mkdirSync(dirname(path), { recursive: true });
      const genuine = join(folder, `genuine-${name}`);
      copyFileSync(realpathSync(at(name)), genuine);
      writeFileSync(path, `#!/bin/sh\necho ${name} >> ${mark}\nexec ${genuine} "$@"\n`, { mode: 0o755 });
      return path;
    }

    /** Runs parp in a mount namespace of its own, after these lines of a shell. */
    async function parpBehind(mounts: string, ...args: readonly string[]): Promise<Ended> {
      return net.run(
        'router',
        ['unshare', '--mount', 'sh', '-c', `set -e; ${mounts}; exec "$@"`, 'sh', ...PARP, '--json', ...args],
        WITHOUT_HANGING,
      );
    }

    const bind = (from: string, to: string): string => `mount --bind ${from} ${to}`;

    /** Puts a folder in the place of the system's that has `ip`: with all that it has, but for `ip`, which the lines bring. */
    function inPlace(...lines: readonly string[]): string {
      const [system, all, bin] = [dirname(at('ip')), join(folder, 'all'), join(folder, 'bin')];
      return [`mkdir ${all} ${bin}`, bind(system, all), `cp -as ${all}/. ${bin}/`, `rm ${bin}/ip`, ...lines, bind(bin, system)].join('; ');
    }

    /** Names what the cases make, once there is a folder. */
    const ip = (): string => fake('ip', join(folder, 'ip'));
    const inFolder = (name: string): string => join(folder, name);

    const CASES: readonly (readonly [what: string, mounts: () => string, says: string])[] = [
      ['that belongs to another user', () => `chown ${STRANGER} ${ip()}; ${bind(inFolder('ip'), at('ip'))}`, `belongs to user ${STRANGER}`],
      ['that everyone may write', () => `chmod 757 ${ip()}; ${bind(inFolder('ip'), at('ip'))}`, 'is writable for everyone'],
      [
        'in a folder that everyone may write',
        () => inPlace(`cp ${ip()} ${inFolder('bin')}/`, `chmod 777 ${inFolder('bin')}`),
        'is writable for everyone',
      ],
      [
        'in a folder that everyone may add to',
        () => inPlace(`cp ${ip()} ${inFolder('bin')}/`, `chmod 1777 ${inFolder('bin')}`),
        'is writable for everyone',
      ],
      [
        'in a folder of another user',
        () => inPlace(`cp ${ip()} ${inFolder('bin')}/`, `chown ${STRANGER} ${inFolder('bin')}`),
        `belongs to user ${STRANGER}`,
      ],
      [
        'below a folder that everyone may write',
        () => {
          const usr = inFolder('usr');
          const parts = `for d in /usr/*; do if [ -L $d ]; then cp -a $d ${usr}/; else mkdir ${usr}/\${d##*/}; mount --rbind $d ${usr}/\${d##*/}; fi; done`;
          return `mkdir ${usr}; chmod 777 ${usr}; ${parts}; mount --rbind ${usr} /usr`;
        },
        '"/usr" is writable for everyone',
      ],
      [
        'behind a link in a folder that everyone may write',
        () =>
          inPlace(
            `mkdir ${inFolder('open')}`,
            `ln -s ${ip()} ${inFolder('open/ip')}`,
            `ln -s ${inFolder('open/ip')} ${inFolder('bin/ip')}`,
            `chmod 777 ${inFolder('open')}`,
          ),
        'is writable for everyone',
      ],
      [
        'behind a link of another user, in a folder such as /tmp',
        () =>
          inPlace(
            `mkdir ${inFolder('open')}`,
            `ln -s ${dirname(ip())} ${inFolder('open/link')}`,
            `chown -h ${STRANGER} ${inFolder('open/link')}`,
            `ln -s ${inFolder('open/link/ip')} ${inFolder('bin/ip')}`,
            `chmod 1777 ${inFolder('open')}`,
          ),
        `belongs to user ${STRANGER}`,
      ],
      ['that is a link into nothing', () => inPlace(`ln -s /nix/ip ${inFolder('bin/ip')}`), 'leads nowhere'],
      ['that is a folder', () => inPlace(`mkdir ${inFolder('bin/ip')}`), 'it is not a file'],
    ];

    eachOfSweep(CASES)('#103 one %s is not run', async (_what, make, says) => {
      fresh();
      const mounts = make();
      expectRefusal(await parpBehind(mounts, 'apply', net.profile('guests.yaml', GUESTS), '--no-probe'), 4, 'untrusted-program', says);
      expect(existsSync(mark), 'not run').toBe(false);
      await nothingHasChanged();
    });

    it('#103 nft and the way into a namespace are looked at like the rest', async () => {
      fresh();
      chownSync(fake('nft', join(folder, 'nft')), STRANGER, 0);
      const bound = bind(join(folder, 'nft'), at('nft'));
      expectRefusal(await parpBehind(bound, 'apply', net.profile('edge.yaml', EDGE), '--no-probe'), 4, 'untrusted-program', 'nft');
      chownSync(fake('ip', join(folder, 'ip')), STRANGER, 0);
      expectRefusal(
        await parpBehind(bind(join(folder, 'ip'), at('ip')), '--netns', net.lab.name('router'), 'status'),
        4,
        'untrusted-program',
        'ip',
      );
      expect(existsSync(mark), 'not run').toBe(false);
      await nothingHasChanged();
    });

    it('#103 one of root’s in the same place is run', async () => {
      fresh();
      fake('ip', join(folder, 'ip'));
      const end = await parpBehind(bind(join(folder, 'ip'), at('ip')), 'plan', net.profile('guests.yaml', GUESTS));
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      expect(readFileSync(mark, 'utf8')).toMatch(/^ip\n/);
    });
  });

  describe('as a folder that others may write to', () => {
    it('#104 nothing is written there, but what the user names', async () => {
      const home = join(net.lab.folder, 'home');
      mkdirSync(home, { recursive: true });
      const variables = [
        'HOME',
        'TMPDIR',
        'TMP',
        'TEMP',
        'XDG_CACHE_HOME',
        'XDG_CONFIG_HOME',
        'XDG_DATA_HOME',
        'XDG_RUNTIME_DIR',
        'XDG_STATE_HOME',
      ];
      const options: ChildOptions = { ...WITHOUT_HANGING, env: Object.fromEntries(variables.map((name) => [name, home])), cwd: home };
      const announcing = 'announce: { rounds: 1, spacing: 0ms }\n';
      const [office, edge, guests] = [
        net.profile('office.yaml', `${OFFICE}${announcing}`),
        net.profile('edge.yaml', `${EDGE}${announcing}`),
        net.profile('guests.yaml', `${GUESTS}${announcing}`),
      ];
      const named = ['capture.json', 'plan.json'].map((name) => `/tmp/parp-test-${process.pid}-${name}`);
      const [capture = '', plan = ''] = named;
      onTestFinished(() => named.forEach((path) => rmSync(path, { force: true })));
      const seen: Call[] = [];
      const parp = async (exitCode: number, ...args: string[]): Promise<void> => {
        const { end, calls } = await traced('router', args, options);
        expect({ args, exitCode: end.exitCode }, end.stderr).toEqual({ args, exitCode });
        seen.push(...calls);
      };
      await parp(0, 'validate', office);
      await parp(0, 'capture');
      await parp(0, 'capture', '--out', capture);
      await parp(0, 'plan', office, '--against', capture);
      await parp(0, 'plan', edge, '--out', plan);
      await parp(0, 'apply', '--plan', plan, '--no-probe');
      await parp(0, 'rollback');
      await parp(0, 'apply', guests, '--no-probe', '--no-wait');
      await parp(0, 'status');
      await parp(0, 'remove', 'guests');
      await parp(0, 'recover');
      await parp(3, 'apply', join(home, 'absent.yaml'));
      for (const [end, kept] of [
        ['confirm', true],
        ['rollback', false],
        ['SIGTERM', false],
      ] as const) {
        const trace = tracing();
        const applying = net.run('router', [...trace.argv, ...PARP, 'apply', office, '--no-probe', '--confirm=300s'], options);
        const guard = await guardsPid();
        if (end === 'SIGTERM') process.kill(guard, 'SIGTERM');
        else if (end === 'confirm') await parp(0, end);
        // What strace looks at stands still now and then, which a guard that wants its lock takes for a reason to end it.
        else expect((await net.parp('router', [end], WITHOUT_HANGING)).exitCode).toBe(0);
        expect(await applying).toMatchObject({ exitCode: 0 });
        seen.push(...trace.calls());
        if (kept) await parp(0, 'remove', '--all');
        await nothingHasChanged();
      }
      const elsewhere = [...new Set(written(seen))].filter((path) => {
        const isNamed = named.some((name) => path === name || isDraftOf(name, path));
        return !isNamed && !isRecord(path) && !path.startsWith('/proc/sys/net/ipv4/') && path !== '/dev/null' && path !== '/dev/tty';
      });
      expect(elsewhere).toEqual([]);
      const trusting = seen.filter(
        ({ name, texts, line }) =>
          OPENING.includes(name) && named.some((one) => isDraftOf(one, texts[0] ?? '')) && !/O_EXCL\|O_NOFOLLOW/.test(line),
      );
      expect(trusting, 'nobody can have laid out the draft').toEqual([]);
      expect(
        named.filter((path) => !written(seen).includes(path)),
        'what is named is written',
      ).toEqual([]);
      expect(readdirSync(home)).toEqual([]);
    });

    /** A file is written beside the one that is named, by a name that nobody can foretell, and takes its place. */
    function isDraftOf(named: string, path: string): boolean {
      return path.startsWith(`${named}.`) && /^[0-9a-f-]{36}$/.test(path.slice(named.length + 1));
    }

    /** The process that guards what waits to be confirmed, once the apply is through. */
    async function guardsPid(): Promise<number> {
      const pid = await vi.waitFor(
        async () => {
          const { pending } = (await net.parp('router', ['--json', 'status'])).json as unknown as { pending: { guarded: boolean } | null };
          expect(pending).toMatchObject({ guarded: true });
          const locks = readdirSync(net.lab.stateDir).map((name) => join(net.lab.stateDir, name, 'guard/lock'));
          return (JSON.parse(readFileSync(locks.find((path) => existsSync(path)) ?? '', 'utf8')) as { pid: number }).pid;
        },
        { timeout: 40_000, interval: 200 },
      );
      // Its status says so before the apply itself has ended.
      await new Promise((resolve) => setTimeout(resolve, 500));
      return pid;
    }
  });

  function isRecord(path: string): boolean {
    return path === net.lab.stateDir || path.startsWith(`${net.lab.stateDir}/`);
  }
});

function callsIn(trace: string, own: boolean): Call[] {
  return trace.split('\n').flatMap((line) => {
    const name = /^(\w+)\(/.exec(line)?.[1];
    return name === undefined ? [] : [{ own, name, line, texts: textsIn(line) }];
  });
}

/** What strace -xx shows: every byte as \x and two digits. */
function textsIn(line: string): string[] {
  return Array.from(line.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g), ([, hex = '']) =>
    Buffer.from(hex.replaceAll(String.raw`\x`, ''), 'hex').toString('utf8'),
  );
}

/** The paths that were opened, or tried. */
function opened(calls: readonly Call[]): string[] {
  return calls.filter(({ name }) => OPENING.includes(name)).flatMap(({ texts }) => texts.slice(0, 1));
}

/** The paths that were opened for writing, made, moved, removed or changed, or tried. */
function written(calls: readonly Call[]): string[] {
  return calls.flatMap(({ name, line, texts }) => {
    if (CHANGING.includes(name)) return name.startsWith('symlink') ? texts.slice(1) : texts;
    if (name === 'creat') return texts;
    const writes = OPENING.includes(name) && /\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b/.test(line);
    return writes ? texts.slice(0, 1) : [];
  });
}

/** The programs that were run by what was called. */
function started(calls: readonly Call[]): Call[] {
  return calls.filter(({ own, name, line }) => !own && name === 'execve' && line.endsWith(' = 0'));
}

/** The environment that a program was given: the second list behind its path. */
function environmentOf({ line }: Call): Readonly<Record<string, string>> {
  const variables = textsIn(line.slice(line.lastIndexOf(', [')));
  return Object.fromEntries(variables.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
}
