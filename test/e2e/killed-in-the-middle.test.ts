// The story: parp is stopped on the way. ^C or a SIGTERM while the wire is asked ends it at once, nothing written (130, 143); while it writes,
// it takes everything back first, however often the signal is sent. When it is killed outright, the journal is there, as it was made durable
// before the first write: the next writing command, or recover, takes everything back, also when that one is killed as well. An interface
// that vanishes under its hands ends it the same way (5). However it ends, the router is what it was before, and no transaction is left.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Child } from '../../src/lab/child-process.ts';
import { buildNetwork, CAN_BUILD, useNetwork, type Network } from '../support/namespaces.ts';
import { asking, changed, nothingIsLeft, QUIET, startParp, THREE_WIRES } from '../support/stopping.ts';

/** Enough single routes that the writing can be met in the middle: the kernel takes about 250 in a millisecond. */
const MANY_ROUTES = 24_000;
const routeOf = (number: number): string => `10.${1 + (number >> 15)}.${(number >> 7) & 255}.${(number & 127) * 2}`;
const BIG = `version: 1
kind: pseudo-bridge
name: big
segments:
  - interface: eth0
    addresses: [10.0.0.1/8]
  - interface: eth1
    hosts_file: big.hosts
`;
const HOSTS = Array.from({ length: MANY_ROUTES }, (_, number) => `${routeOf(number)}\n`).join('');

function bigProfile(net: Network): string {
  writeFileSync(join(net.lab.folder, 'big.hosts'), HOSTS);
  return net.profile('big.yaml', BIG);
}

/** How long parp works between two looks, in milliseconds. */
const STEP_MS = 3;

/**
 * Comes back when the kernel has one of the routes, or no longer has it, with parp stopped there: it stands still while somebody looks, which takes
 * longer than to write some thousand routes. Throws where it ends before that.
 */
async function stopAtRoute(net: Network, child: Child, number: number, there: boolean): Promise<void> {
  let ended: unknown;
  child.end.then(
    (end) => (ended = end),
    (error: unknown) => (ended = error),
  );
  for (;;) {
    // Before its journal is there nothing is written, and there is nothing to look for.
    if (journals(net).length === 0 && ended === undefined) {
      await pause(1);
      continue;
    }
    child.kill('SIGSTOP');
    const routes = await net.ipJson('router', 'route', 'show', 'exact', routeOf(number));
    if (routes.length > 0 === there) return;
    if (ended !== undefined) throw new Error(`It ended before route ${number} was ${there ? 'there' : 'gone'}: ${JSON.stringify(ended)}`);
    child.kill('SIGCONT');
    await pause(STEP_MS);
  }
}

function journals(net: Network): string[] {
  if (!existsSync(net.lab.stateDir)) return [];
  return readdirSync(net.lab.stateDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('/journal'));
}

describe.skipIf(!CAN_BUILD)('a signal while the wire is asked', () => {
  it.each([
    { signal: 'SIGINT', exitCode: 130 },
    { signal: 'SIGTERM', exitCode: 143 },
  ] as const)('$signal comes: $exitCode, and nothing was written', async ({ signal, exitCode }) => {
    const net = await buildNetwork(THREE_WIRES);
    onTestFinished(async () => net.lab.destroy());
    const before = await net.snapshot('router');
    const child = startParp(net, 'apply', bigProfile(net));
    await asking(child);
    child.kill(signal);
    const end = await child.end;
    expect(end, end.stderr).toMatchObject({ exitCode });
    expect(end.stderr).toContain('Interrupted before anything was written');
    expect(await changed(net, before)).toEqual([]);
    expect(journals(net)).toEqual([]);
    await nothingIsLeft(net);
  });
});

describe.skipIf(!CAN_BUILD)(`what happens in the middle of writing ${MANY_ROUTES} routes`, () => {
  const net = useNetwork(THREE_WIRES);
  const big = (): string => bigProfile(net);

  it('SIGINT, and again and again: 130, and everything is taken back', async () => {
    const before = await net.snapshot('router');
    const child = startParp(net, 'apply', big(), ...QUIET);
    await stopAtRoute(net, child, MANY_ROUTES / 2, true);
    for (const signal of ['SIGINT', 'SIGCONT'] as const) child.kill(signal);
    await stopAtRoute(net, child, MANY_ROUTES / 4, false);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGCONT'] as const) child.kill(signal);
    const end = await child.end;
    expect(end, end.stderr).toMatchObject({ exitCode: 130 });
    expect(end.stderr).toContain('Interrupted. Everything was taken back; the host is as before');
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });

  it.each([
    { when: 'with the first routes', moment: 0 },
    { when: 'in the middle', moment: MANY_ROUTES / 2 },
    { when: 'with the last routes', moment: MANY_ROUTES - 1 },
  ])('SIGKILL $when: status says so, and the next writing command takes everything back first', async ({ moment }) => {
    const before = await net.snapshot('router');
    const child = startParp(net, 'apply', big(), ...QUIET);
    await stopAtRoute(net, child, moment, true);
    child.kill('SIGKILL');
    expect(await child.end).toMatchObject({ signal: 'SIGKILL' });
    expect((await changed(net, before)).length).toBeGreaterThan(0);
    const status = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
    expect(status.exitCode).toBe(2);
    expect(status.json).toMatchObject({ profiles: [], unfinished: { command: 'apply big' } });
    const next = await net.parp('router', ['remove', '--all']);
    expect(next, next.stderr).toMatchObject({ exitCode: 0 });
    expect(next.stderr).toContain('did not end; taking it back first');
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });

  it('SIGKILL of the recovery, too: the one after it takes the rest back', async () => {
    const before = await net.snapshot('router');
    const child = startParp(net, 'apply', big(), ...QUIET);
    await stopAtRoute(net, child, MANY_ROUTES / 2, true);
    child.kill('SIGKILL');
    await child.end;
    const recovery = startParp(net, 'recover');
    // The last routes go first: half of them are there yet.
    await stopAtRoute(net, recovery, MANY_ROUTES / 2, false);
    recovery.kill('SIGKILL');
    expect(await recovery.end).toMatchObject({ signal: 'SIGKILL' });
    expect((await changed(net, before)).length).toBeGreaterThan(0);
    const next = await net.parp('router', ['--json', 'recover']);
    expect(next.exitCode).toBe(0);
    expect(next.json).toMatchObject({ recovered: 'apply big' });
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });

  it('an interface vanishes: 5, and of all the rest nothing is left', async () => {
    const twin = await buildNetwork(THREE_WIRES);
    onTestFinished(async () => twin.lab.destroy());
    await twin.ip('router', 'link del eth1');
    const child = startParp(net, 'apply', big(), ...QUIET);
    await stopAtRoute(net, child, MANY_ROUTES / 2, true);
    await net.ip('router', 'link del eth1');
    child.kill('SIGCONT');
    const end = await child.end;
    expect(end, end.stderr).toMatchObject({ exitCode: 5 });
    expect(await changed(net, await twin.snapshot('router'))).toEqual([]);
    await nothingIsLeft(net);
  });
});
