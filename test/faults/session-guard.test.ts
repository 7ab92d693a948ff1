// The promise: nothing is written unless the guard that would undo it is at its place. It cannot be forked, its program is gone, it answers late,
// systemd does not start it or not its second line: the apply is refused, and the host is as before. Where systemd runs, it is a service.
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import { guardOf, lastOf, phaseOf, SMALL, untilGone, untilPhase } from '../support/confirm-window.ts';
import { FAILPOINT_BUILD, FAULTY, faultEnv } from '../support/faults.ts';
import { buildNetwork, CAN_BUILD, PARP, type Network } from '../support/namespaces.ts';
import { changed, nothingIsLeft, QUIET, THREE_WIRES } from '../support/stopping.ts';
import { systemdOf } from '../support/systemd-of.ts';

async function network({ onTestFinished }: TestContext): Promise<Network> {
  const net = await buildNetwork(THREE_WIRES);
  onTestFinished(async () => net.lab.destroy());
  return net;
}

const small = (net: Network): string => net.profile('small.yaml', SMALL);

describe.skipIf(!CAN_BUILD).concurrent('a guard that cannot start', () => {
  it('#82 no process may be forked any more: refused', async (context) => {
    const net = await network(context);
    const before = await net.snapshot('router');
    // RLIMIT_NPROC does not bind root: somebody else with the privileges that are needed, where he can reach what he runs and writes.
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const program = `/mnt/node/node /mnt/parp/${FAILPOINT_BUILD.slice(root.length)}/parp.js --state-dir /mnt/state`;
    const caps = '--inh-caps +net_admin,+net_raw --ambient-caps +net_admin,+net_raw';
    const lines = [
      'set -e',
      'mount -t tmpfs -o mode=755 tmpfs /mnt',
      'mkdir /mnt/parp /mnt/node /mnt/state',
      'chown 54321:54321 /mnt/state',
      `mount --bind ${root} /mnt/parp`,
      `mount --bind ${dirname(process.execPath)} /mnt/node`,
      `cp ${small(net)} /mnt/small.yaml`,
      'chmod 644 /mnt/small.yaml',
      'cd /',
      'code=0',
      `setpriv --reuid 54321 --regid 54321 --clear-groups ${caps} ${program} apply --confirm=60s ${QUIET.join(' ')} /mnt/small.yaml || code=$?`,
      'unset PARP_FAULT',
      `${program} --json status`,
      'exit $code',
    ];
    const env = faultEnv({ at: 'journal.opened', act: 'run: prlimit --pid $PPID --nproc=1:1', only: 'apply' });
    const end = await net.run('router', ['unshare', '--mount', 'sh', '-c', lines.join('\n')], { env });
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(end.stderr).toMatch(/error\[no-guard\]: Start the guard: .*EAGAIN/);
    expect(end.stdout).toMatch(/"profiles":\[\].*"unfinished":null,"pending":null/);
    expect(await changed(net, before)).toEqual([]);
  });

  it.for([
    { what: 'its program is gone', entry: '', remove: true },
    {
      what: 'it answers late',
      entry: "if (process.argv.includes('guard')) await new Promise((done) => setTimeout(done, 5500));\n",
      remove: false,
    },
  ])('#82 $what: refused after 5 s', async ({ entry, remove }, context) => {
    const net = await network(context);
    const before = await net.snapshot('router');
    const file = `${net.lab.folder}/entry.mjs`;
    writeFileSync(file, `${entry}await import(${JSON.stringify(FAULTY[1])});\n`);
    const env = remove ? faultEnv({ at: 'journal.opened', act: `run: rm ${file}` }) : {};
    const end = await net.run('router', [process.execPath, file, 'apply', '--confirm=60s', ...QUIET, small(net)], { env });
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(end.stderr).toContain('error[no-guard]: Start the guard: It did not answer within 5 s');
    expect(phaseOf(net)).toBe('undone');
    // The late one finds that there is nothing to guard.
    if (!remove) await new Promise((done) => setTimeout(done, 1500));
    expect(guardOf(net)).toBeNull();
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });

  it.for([
    { how: 'missing', says: '`systemd-run` is not installed' },
    { how: 'failing', says: 'systemd-run ended with 1: Failed to connect to bus' },
    { how: 'without-timers', says: 'systemd-run ended with 1: Unit was masked' },
  ] as const)('#82 systemd-run is $how: refused', async ({ how, says }, context) => {
    const net = await network(context);
    const { enter } = await systemdOf(net, how);
    const before = await net.snapshot('router');
    const end = await net.run('router', [...enter, ...PARP, 'apply', '--confirm=60s', ...QUIET, small(net)]);
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(end.stderr).toContain(`error[no-guard]: Start the guard: ${says}`);
    expect(phaseOf(net)).toBe('undone');
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });
});

describe.skipIf(!CAN_BUILD).concurrent('a guard that is a service of systemd', () => {
  const ROOT = /^parp-guard-[0-9a-f]{8}$/;

  it('is started with its second line behind it, and ends when it is confirmed', async (context) => {
    const net = await network(context);
    const { enter, calls } = await systemdOf(net, 'working');
    const end = await net.run('router', [...enter, ...PARP, 'apply', '--confirm=60s', ...QUIET, small(net)]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    const { transaction } = lastOf(net) ?? {};
    const [service = [], timer = [], ...more] = calls();
    expect(more).toEqual([]);
    const unit = (service[2] ?? '').replace('--unit=', '');
    expect(unit).toMatch(ROOT);
    const program = [process.execPath, PARP[1], '--engine', 'netlink', '--state-dir', net.lab.stateDir];
    expect(service.map(real)).toEqual([
      '--quiet',
      '--collect',
      `--unit=${unit}`,
      '--description=parp: undoes a change that nobody confirms',
      '--',
      ...program,
      'guard',
      transaction?.id,
    ]);
    expect(timer.map(real)).toEqual([
      '--quiet',
      '--collect',
      `--unit=${unit}-deadline`,
      '--on-active=62000ms',
      '--timer-property=AccuracySec=1s',
      '--',
      ...program,
      'recover',
    ]);
    const guard = guardInside(net);
    expect(readlinkSync(`/proc/${guard}/fd/1`)).toBe('/dev/null');
    expect(readFileSync(`/proc/${guard}/environ`, 'utf8'), 'nothing of the session').toBe('PATH=/usr/sbin:/usr/bin:/sbin:/bin\0');
    expect((await net.run('router', [...enter, ...PARP, 'confirm'])).exitCode).toBe(0);
    await untilGone(guard);
    expect((await net.run('router', [...enter, ...PARP, 'confirm'])).exitCode).toBe(4);
  });

  it.for([
    { what: 'nobody confirms: it undoes the change', kill: false, within: 12_000 },
    { what: 'it was killed: the timer behind the deadline undoes the change', kill: true, within: 17_000 },
  ])('$what', async ({ kill, within }, context) => {
    const net = await network(context);
    const { enter } = await systemdOf(net, 'working');
    const before = await net.snapshot('router');
    const end = await net.run('router', [...enter, ...PARP, 'apply', '--confirm=10s', ...QUIET, small(net)]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    if (kill) process.kill(guardInside(net), 'SIGKILL');
    await untilPhase(net, 'undone', within);
    expect(await changed(net, before)).toEqual([]);
    expect((await net.run('router', [...enter, ...PARP, 'confirm'])).exitCode).toBe(5);
  });

  /** A word, with the place where node is seen from inside made the one where it is. */
  function real(word: string): string {
    return word.replace(/^.*\/systemd\/real\//, '/usr/bin/');
  }

  /** The guard's process by the number that it has here, outside. */
  function guardInside(net: Network): number {
    const inside = guardOf(net);
    expect(inside).not.toBeNull();
    const status = new RegExp(`^NSpid:\\s(\\d+)\\s${inside}$`, 'm');
    const { transaction } = lastOf(net) ?? {};
    for (const pid of readdirSync('/proc').map(Number)) {
      if (readText(`/proc/${pid}/cmdline`).includes(`guard\0${transaction?.id}`) && status.test(readText(`/proc/${pid}/status`)))
        return pid;
    }
    throw new Error(`There is no process ${inside} that guards`);
  }
});

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
