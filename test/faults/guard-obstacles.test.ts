// The story: a change waits to be confirmed, and something stands in the guard's way: parp's own files are replaced or deleted by an upgrade, a
// `parp confirm` was stopped with the lock in its hand, `ip` cannot run for a while. The change is undone all the same.
import { chmodSync, cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { untilPhase } from '../support/confirm-window.ts';
import { FAILPOINT_BUILD, FAULTY, faultEnv } from '../support/faults.ts';
import { guardGone, toGuard } from '../support/guard-of.ts';
import { lastOf } from '../support/kill-sweep.ts';
import { buildNetwork, CAN_BUILD, type Network } from '../support/namespaces.ts';
import { OFFICE } from '../support/plain-profiles.ts';
import { stopped } from '../support/stopped.ts';
import { QUIET, THREE_WIRES } from '../support/stopping.ts';

async function router(): Promise<Network> {
  const net = await buildNetwork(THREE_WIRES);
  onTestFinished(async () => net.lab.destroy());
  return net;
}

const applyLine = (net: Network): string[] => ['apply', net.profile('office.yaml', OFFICE), ...QUIET, '--confirm=60s'];

describe.skipIf(!CAN_BUILD)('a guard in whose way something stands', () => {
  it.each([
    ['deleted', (folder: string) => rmSync(folder, { recursive: true })],
    [
      'replaced by another version',
      (folder: string) => {
        renameSync(folder, `${folder}-old`);
        cpSync(FAILPOINT_BUILD, folder, { recursive: true });
        writeFileSync(join(folder, 'parp.js'), 'process.exit(1);\n');
      },
    ],
  ])('#110 the package is %s while the change waits: the guard has all that it needs', async (_what, upgrade) => {
    const net = await router();
    // Beside the build, where koffi is found.
    const folder = join(dirname(FAILPOINT_BUILD), `upgraded-${net.lab.id}`);
    onTestFinished(() => {
      for (const path of [folder, `${folder}-old`]) rmSync(path, { recursive: true, force: true });
    });
    cpSync(FAILPOINT_BUILD, folder, { recursive: true });
    const before = await net.snapshot('router');
    const applied = await net.run('router', [process.execPath, join(folder, 'parp.js'), ...applyLine(net)]);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    upgrade(folder);
    toGuard(net, 'SIGTERM');
    await guardGone(net);
    expect(lastOf(net)?.phase).toBe('undone');
    expect(await net.snapshot('router')).toEqual(before);
  });

  it('a confirm that is stopped with the lock in its hand is ended, and the change undone', async () => {
    const net = await router();
    const before = await net.snapshot('router');
    expect(await net.run('router', [...FAULTY, ...applyLine(net)])).toMatchObject({ exitCode: 0 });
    const confirm = net.spawn('router', [...FAULTY, 'confirm'], {
      env: faultEnv({ at: 'confirm.verified', act: 'stop', only: 'confirm' }),
    });
    await stopped(confirm.pid);
    toGuard(net, 'SIGTERM');
    await guardGone(net);
    expect(await confirm.end).toMatchObject({ signal: 'SIGKILL' });
    expect(lastOf(net)?.phase).toBe('undone');
    expect(await net.snapshot('router')).toEqual(before);
  });

  it('ip cannot run for a while: the guard goes on until it can', async () => {
    const net = await router();
    const before = await net.snapshot('router');
    // In place of ip for the guard alone: refuses to change anything as long as the file is there.
    const broken = join(net.lab.folder, 'broken');
    const wrapper = join(net.lab.folder, 'ip');
    writeFileSync(wrapper, `#!/bin/sh\n[ -e ${broken} ] && exit 1\nexec ${net.lab.folder}/real/ip "$@"\n`);
    chmodSync(wrapper, 0o755);
    const real = join(net.lab.folder, 'real');
    const mounted = `mkdir ${real} && cp -L "$(command -v ip)" ${real}/ip && for path in /usr/sbin/ip /sbin/ip /usr/bin/ip /bin/ip; do [ -e $path ] && [ ! -L $path ] && mount --bind ${wrapper} $path; done; exec "$@"`;
    const applied = await net.run('router', ['unshare', '--mount', 'sh', '-c', mounted, 'sh', ...FAULTY, ...applyLine(net)]);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    writeFileSync(broken, '');
    toGuard(net, 'SIGTERM');
    await untilPhase(net, 'undoing');
    // Long enough for a second try.
    await pause(1500);
    expect(lastOf(net)?.phase, 'it cannot yet').toBe('undoing');
    rmSync(broken);
    await guardGone(net);
    expect(lastOf(net)?.phase).toBe('undone');
    expect(await net.snapshot('router')).toEqual(before);
  });
});
