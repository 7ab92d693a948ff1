// The promise: the session that parp runs in is nothing that it depends on. Its terminal can die, its outputs be closed or never read, its input be
// anything: the change is taken back, or it is there whole, and what has to be confirmed is kept by `parp confirm` alone, of one who may.
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clocksOf } from '../support/clocks.ts';
import { guardOf, phaseOf, recordsOf, SMALL, until, untilGone, untilPhase } from '../support/confirm-window.ts';
import { FAULTY, faultEnv } from '../support/faults.ts';
import { pointsOf } from '../support/kill-points.ts';
import { buildNetwork, CAN_BUILD, PARP, useNetwork, type Network } from '../support/namespaces.ts';
import { changed, nothingIsLeft, QUIET, THREE_WIRES } from '../support/stopping.ts';
import { LONG, SEED, tally } from '../support/tally.ts';
import { onTerminal } from '../support/terminal-of.ts';

/** More routes than a pipe holds the lines of. */
const BIG = `version: 1
kind: custom
name: big
addresses: [{ address: 10.0.0.1/24, interface: eth0 }]
routes:
${Array.from({ length: 2500 }, (_, number) => `  - { to: 10.9.${number >> 8}.${number & 255}/32, interface: eth1, source: 10.0.0.1 }\n`).join('')}`;

async function network(): Promise<Network> {
  const net = await buildNetwork(THREE_WIRES);
  onTestFinished(async () => net.lab.destroy());
  return net;
}

describe.skipIf(!CAN_BUILD)('a terminal that dies', () => {
  const nets = [useNetwork(THREE_WIRES), useNetwork(THREE_WIRES)];

  it.concurrent.for([
    { way: 'apply', confirm: [], at: 0 },
    { way: 'apply --confirm', confirm: ['--confirm=120s'], at: 1 },
  ])('#70 at every phase of $way: taken back, or there and to be confirmed', { timeout: 600_000 }, async ({ confirm, at: which }) => {
    const net = nets[which];
    if (net === undefined) throw new TypeError('There is no network');
    const clocks = clocksOf(net);
    const before = await net.snapshot('router');
    const apply = ['apply', ...confirm, ...QUIET, net.profile('small.yaml', SMALL)];
    const points = await pointsOf(net, apply);
    const after = await net.snapshot('router');
    expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
    const isConfirmed = confirm.length > 0;
    const last = points.indexOf(isConfirmed ? 'journal.mark.armed#1' : 'execute.verified#1');
    expect(last).toBeGreaterThan(0);
    let runs = 0;
    for (const [place, at] of points.entries()) {
      if (!LONG && (place + SEED) % 4 > 0 && place !== last) continue;
      const terminal = onTerminal(net, [...clocks.argv, ...apply], (dieCommand) =>
        faultEnv({ at, act: `run: ${dieCommand}`, only: 'apply' }),
      );
      await untilGone(await terminal.pid());
      expect(await changed(net, place < last ? before : after), at).toEqual([]);
      if (place < last) expect([null, 'undone'], at).toContain(phaseOf(net));
      else if (isConfirmed) {
        expect(phaseOf(net), at).toBe('applied');
        clocks.sleep(120_000);
        await untilPhase(net, 'undone');
        await until('no guard lives', () => guardOf(net) === null);
      } else {
        expect(phaseOf(net), at).toBe('confirmed');
        expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
      }
      expect(await changed(net, before), at).toEqual([]);
      runs++;
    }
    tally('sessions', runs, 0);
  });
});

describe.skipIf(!CAN_BUILD)('outputs that nobody reads', () => {
  it.each([
    { what: '| head -0', end: '| head -c 0' },
    { what: '2>&1 | head -0', end: '2>&1 | head -c 0' },
    { what: 'stdout and stderr closed', end: '>&- 2>&-' },
    { what: 'stdin closed as well', end: '<&- >&- 2>&-' },
  ])('#74 $what: it is in force, and rolled back the same way', async ({ end }) => {
    const net = await network();
    const before = await net.snapshot('router');
    const code = `${net.lab.folder}/code`;
    const piped = async (...args: string[]): Promise<string> => {
      await net.run('router', ['sh', '-c', `{ ${[...PARP, ...args].join(' ')}; echo $? > ${code}; } ${end}`]);
      return readFileSync(code, 'utf8');
    };
    expect(await piped('apply', ...QUIET, net.profile('big.yaml', BIG))).toBe('0\n');
    expect(phaseOf(net)).toBe('confirmed');
    expect(await net.ipJson('router', 'route', 'show', '10.9.9.195')).toHaveLength(1);
    expect(await piped('rollback')).toBe('0\n');
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });

  it('#74 a reader that never reads holds neither an apply up, nor its rollback', async () => {
    const net = await network();
    const before = await net.snapshot('router');
    const file = net.profile('big.yaml', BIG);
    const unread = (fault: Readonly<Record<string, string>>): void => {
      net.spawn('router', ['sh', '-c', `${[...FAULTY, '-v', 'apply', ...QUIET, file].join(' ')} 2>&1 | sleep 1000`], { env: fault });
    };
    unread(faultEnv({ at: 'operation.written#3', act: 'SIGINT' }));
    await untilPhase(net, 'undone', 30_000);
    expect(await changed(net, before)).toEqual([]);
    unread({});
    await untilPhase(net, 'confirmed', 30_000);
    // What it could not say yet keeps the process, but nobody from the lock.
    const next = await net.parp('router', ['rollback']);
    expect(next, next.stderr).toMatchObject({ exitCode: 0 });
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });
});

describe.skipIf(!CAN_BUILD)('an input that says anything', () => {
  it.each([
    { what: '/dev/null', input: '< /dev/null' },
    { what: 'closed', input: '<&-' },
    { what: 'at its end', input: '< FOLDER/empty' },
    { what: 'full of agreement', input: '< FOLDER/yes' },
  ])('#75 stdin is $what: that is no confirmation', async ({ input }) => {
    const net = await network();
    const before = await net.snapshot('router');
    net.profile('empty', '');
    net.profile('yes', 'y\nyes\nconfirm\nparp confirm\n\n'.repeat(1000));
    const apply = [...PARP, 'apply', '--confirm=60s', ...QUIET, net.profile('small.yaml', SMALL)].join(' ');
    const end = await net.run('router', ['sh', '-c', `${apply} ${input.replace('FOLDER', net.lab.folder)}`]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(phaseOf(net)).toBe('applied');
    expect(guardOf(net)).not.toBeNull();
    expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
    expect(await changed(net, before)).toEqual([]);
  });
});

describe.skipIf(!CAN_BUILD)('what asks for no window', () => {
  const net = useNetwork(THREE_WIRES);

  const WINDOWS = ['0', '0s', '-1', '-10s', '9s', '9999ms', '86401s', '25d', '2147483648ms', '99999999999999999999ms', 'NaN', 'NaNs'];

  it.each([...WINDOWS, 'Infinity', '1e5s', '0x20s', '20 s', '20', '', '20S', '٢٠s'])(
    '#78 --confirm=%s: 3, nothing happens',
    async (window) => {
      const { exitCode, stderr } = await net.parp('router', ['apply', `--confirm=${window}`, net.profile('small.yaml', SMALL)]);
      expect(exitCode, stderr).toBe(3);
      expect(stderr).toMatch(/--confirm/);
      expect(existsSync(recordsOf(net)), 'not even the folder of the records is made').toBe(false);
    },
  );
});

describe.skipIf(!CAN_BUILD)('somebody else', () => {
  const net = useNetwork(THREE_WIRES);
  const ROOT = fileURLToPath(new URL('../..', import.meta.url));
  /** The program and node where every user can reach them, whosever folders they lie in. */
  const REACHABLE = [
    'mount -t tmpfs -o mode=755 tmpfs /mnt',
    'mkdir /mnt/parp /mnt/node',
    `mount --bind ${ROOT} /mnt/parp`,
    `mount --bind ${dirname(process.execPath)} /mnt/node`,
  ].join(' && ');
  const as = (who: string, ...args: string[]): string[] => {
    const command = `setpriv --reuid 65534 --regid 65534 --clear-groups ${who} /mnt/node/node /mnt/parp/bin/parp ${args.join(' ')}`;
    return ['unshare', '--mount', 'sh', '-c', `${REACHABLE} && cd / && exec ${command}`];
  };

  it.each([
    { who: 'nobody', privileges: '' },
    { who: 'nobody with CAP_NET_ADMIN', privileges: '--inh-caps +net_admin,+net_raw --ambient-caps +net_admin,+net_raw' },
  ])('#80 $who cannot confirm, nor take back: refused, and nothing changes', async ({ privileges }) => {
    const before = await net.snapshot('router');
    expect((await net.parp('router', ['apply', '--confirm=60s', ...QUIET, net.profile('small.yaml', SMALL)])).exitCode).toBe(0);
    const applied = await net.snapshot('router');
    const journal = readFileSync(`${recordsOf(net)}/journal`);
    for (const command of ['confirm', 'rollback', 'recover', 'status']) {
      const end = await net.run('router', as(privileges, command));
      expect(end, end.stderr).toMatchObject({ exitCode: 4 });
      expect(end.stderr).toMatch(/CAP_NET_ADMIN|EACCES|cannot be read without privileges/);
    }
    expect(await changed(net, applied)).toEqual([]);
    expect(readFileSync(`${recordsOf(net)}/journal`).equals(journal)).toBe(true);
    expect(guardOf(net), 'the guard goes on waiting').not.toBeNull();
    expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
    expect(await changed(net, before)).toEqual([]);
  });
});
