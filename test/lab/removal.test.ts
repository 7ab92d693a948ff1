// Whatever becomes of a network, nothing of it stays: not after a failure, not after its processes, not after its owner.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../../src/lab/child-process.ts';
import { buildTopology } from '../../src/lab/namespaces.ts';
import { removeNamespaces, removeStale } from '../../src/lab/removal.ts';
import type { Topology } from '../../src/lab/topology.ts';
import { CAN_BUILD } from '../support/namespaces.ts';

const PAIR: Topology = {
  hosts: { a: { links: { eth0: { addresses: ['10.0.0.1/24'] } } }, b: { links: {} } },
  wires: [['a:eth0', 'b:eth0']],
};

/** How long a process may take to be there, or gone, on a machine with much else to do. */
const PATIENCE = { timeout: 30_000 };

/** What there is of a network: its namespaces and its folder. */
function remains(id: string): string[] {
  return ['/run/netns', '/run'].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : [])).filter((name) => name.startsWith(id));
}

function isRunning(pid: number | undefined): boolean {
  return pid !== undefined && existsSync(`/proc/${pid}/ns/net`);
}

describe.skipIf(!CAN_BUILD)('buildTopology()', () => {
  it.each<[string, Topology]>([
    ['an address that is none', { ...PAIR, hosts: { ...PAIR.hosts, b: { links: { eth0: { addresses: ['10.0.0.300/24'] } } } } }],
    ['a route that cannot be', { ...PAIR, hosts: { ...PAIR.hosts, b: { links: {}, routes: ['default via 10.9.9.9'] } } }],
    ['an interface without a wire', { ...PAIR, hosts: { ...PAIR.hosts, b: { links: { eth7: {} } } } }],
  ])('leaves nothing of a network with %s', async (_what, topology) => {
    await expect(buildTopology(topology, { family: 'parp-test' })).rejects.toThrow(/^Run ip -n parp-test-.*-b /);
    expect(remains(`parp-test-${process.pid}-`)).toEqual([]);
  });

  it('leaves nothing when it is aborted', async () => {
    const controller = new AbortController();
    const building = buildTopology(PAIR, { family: 'parp-test', signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(building).rejects.toThrow('enough');
    expect(remains(`parp-test-${process.pid}-`)).toEqual([]);
  });
});

describe.skipIf(!CAN_BUILD)('destroy()', () => {
  it('ends what runs in the network, and can be called again', async () => {
    const lab = await buildTopology(PAIR, { family: 'parp-test' });
    const sleeper = lab.spawn('a', ['sleep', '600']);
    // One that left its parent and its session: setsid(1) forks and ends.
    lab.spawn('b', ['setsid', '--fork', 'sleep', '601']);
    const isStray = (pid: number): boolean =>
      existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sleep\x00601\x00';
    const strayOf = async (): Promise<number | undefined> =>
      (await run(['ip', 'netns', 'pids', lab.name('b')])).stdout.split('\n').filter(Boolean).map(Number).find(isStray);
    const stray = await vi.waitFor(async () => {
      const pid = await strayOf();
      expect(pid).toBeDefined();
      return pid;
    }, PATIENCE);
    await expect.poll(() => isRunning(sleeper.pid), PATIENCE).toBe(true);

    await lab.destroy();
    expect((await sleeper.end).exitCode).toBeNull();
    await expect.poll(() => isRunning(stray), PATIENCE).toBe(false);
    expect(remains(lab.id)).toEqual([]);
    await lab.destroy();
  });

  it('aborts what `run` waits for', async () => {
    const controller = new AbortController();
    const lab = await buildTopology(PAIR, { family: 'parp-test', signal: controller.signal });
    const waiting = lab.run('a', ['sleep', '600']);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await lab.destroy();
    expect(remains(lab.id)).toEqual([]);
  });
});

describe.skipIf(!CAN_BUILD)('removeStale()', () => {
  it('takes what dead processes left behind, and nothing else', async () => {
    const owner = spawn('sleep', ['600']);
    const stale = `parp-lab-${owner.pid}-abc123`;
    const others = [`parp-lab-${process.pid}-abc123`, `parp-kept-${owner.pid}-abc123`, `parp-lab-${owner.pid}-notours`];
    const all = [stale, ...others];
    onTestFinished(() => {
      owner.kill();
      for (const id of all) removeNamespaces({ id, names: [`${id}-a`], folder: `/run/${id}` });
    });
    for (const id of all) {
      await run(['ip', 'netns', 'add', `${id}-a`]);
      mkdirSync(`/run/${id}`);
    }
    // Its owner lives until all is there, so that no lab of another test takes it first.
    owner.kill();
    await once(owner, 'exit');
    expect(removeStale()).toContain(stale);
    expect(all.filter((id) => remains(id).length > 0)).toEqual(others);
  });
});
