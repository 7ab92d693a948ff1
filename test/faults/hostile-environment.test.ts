// The story: root's parp is called with an environment of somebody else's making, as sudo, cron or a shell may hand it on: PATH, HOME, NODE_PATH and
// NODE_OPTIONS lead to traps that leave a mark when they are loaded or run, and so does the working folder. None does; the helpers, the guard and the
// announcer get only what they need; and what an installation lacks is missed, not looked for among the traps.
import { readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ENTERED } from '../../src/cli/command-line.ts';
import { SYSTEM_FOLDERS } from '../../src/host/find-program.ts';
import { run } from '../../src/lab/child-process.ts';
import { CAN_BUILD, PARP, useNetwork } from '../support/namespaces.ts';
import { EDGE, GUESTS, TWO_WIRES } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { environmentOf, opened, started, traced, tracing, WHILE_TRACED, type Call } from '../support/traced-calls.ts';
import { ROOT, useTraps } from '../support/traps.ts';
import { useUnchanged } from '../support/unchanged.ts';

describe.skipIf(!CAN_BUILD)('hostile input, traced', () => {
  const net = useNetwork(TWO_WIRES);
  const nothingHasChanged = useUnchanged(net);

  describe('as the environment', () => {
    const traps = useTraps(net);
    const { hostile, withOptions, expectNoMark } = traps;

    eachOfSweep<[how: string, argv: () => readonly string[], env: () => Record<string, string>]>([
      ['by its path', () => [join(ROOT, 'bin/parp')], () => withOptions()],
      ['by the link that npm lays', () => [join(traps.prefix, 'bin/parp')], () => withOptions()],
      ['by a link to that link', () => [join(traps.prefix, 'link')], () => withOptions()],
      ['by PATH', () => ['parp'], () => withOptions(join(traps.prefix, 'bin'))],
      ['by node', () => PARP, () => hostile()],
    ])('#102 parp called %s loads and runs nothing of the caller’s', async (_how, argv, env) => {
      const options = { ...WHILE_TRACED, env: env(), cwd: traps.folder };
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
      const env = withOptions();
      expect((await net.run('router', [...PARP, '--version'], { env, cwd: traps.folder })).exitCode).toBe(0);
      expect(traps.marks()).toBe(`${traps.preload}\n`);
    });

    it('#102 what an installation lacks is not taken from HOME or NODE_PATH', async () => {
      const binaries = join(traps.prefix, 'lib/node_modules/parp/node_modules/@koromix');
      renameSync(binaries, `${binaries}.away`);
      try {
        for (const argv of [[join(traps.prefix, 'bin/parp')], [process.execPath, join(traps.prefix, 'bin/parp')]]) {
          const end = await net.run('router', [...argv, '--json', 'plan', net.profile('guests.yaml', GUESTS)], {
            env: hostile(),
            cwd: traps.folder,
          });
          expectRefusal(end, 4, 'no-ffi');
          expectNoMark();
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
      const env = { ...withOptions(), ...needed };
      const parp = join(traps.prefix, 'bin/parp');
      // The one that starts helpers.
      const inside = ['--engine', 'iproute2', '--netns', net.lab.name('router')];
      const guests = net.profile('guests.yaml', `${GUESTS}announce: { rounds: 1, form: request }\n`);
      const options = { ...WHILE_TRACED, env, cwd: traps.folder };
      const pending = tracing(net);
      // The guard lives until the confirmation, and strace as long as the guard.
      const applying = run([...pending.argv, parp, ...inside, 'apply', guests, '--confirm=300s', '--no-probe', '--no-wait'], options);
      await vi.waitFor(async () => expect((await net.parp('router', ['confirm'])).exitCode).toBe(0), { timeout: 40_000, interval: 500 });
      const applied = await applying;
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      const removed = tracing(net);
      expect(await run([...removed.argv, parp, ...inside, 'remove', '--all'], options)).toMatchObject({ exitCode: 0 });
      const all = [...environments(pending.calls()), ...environments(removed.calls())];
      expect(new Set(all.map(({ program }) => basename(program)))).toEqual(new Set(['ip', 'nft', basename(process.execPath)]));
      // The name of the namespace is a word of what is suggested there, and nothing else.
      const known = new Set([...Object.keys(needed), ENTERED, 'HOME', 'PATH']);
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
      for (const engine of ['netlink', 'iproute2']) {
        const args = ['--engine', engine, 'plan', net.profile('edge.yaml', EDGE)];
        const { calls } = await traced(net, 'router', args, { env: hostile(), cwd: traps.folder });
        const inTraps = (path: string): boolean => path.startsWith(traps.folder) && !path.startsWith(join(traps.folder, 'lib'));
        expect(opened(calls).filter((path) => !path.startsWith('/') || inTraps(path))).toEqual([]);
      }
      expectNoMark();
    });
  });
});
