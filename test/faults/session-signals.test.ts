// The promise: a signal never cuts parp off. Before the last look at what was asked, right before the record that keeps the change, it has everything
// taken back, and the exit code says so; behind it the change is in force, and the exit code is 0. A hangup is ignored once a guard is armed.
import { describe, expect, it, onTestFinished } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { lastOf, phaseOf, SMALL } from '../support/confirm-window.ts';
import { FAULTY, takeLog } from '../support/faults.ts';
import { faulty, pointsOf } from '../support/kill-points.ts';
import { buildNetwork, CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { changed, nothingIsLeft, QUIET, THREE_WIRES } from '../support/stopping.ts';
import { LONG, SEED, tally } from '../support/tally.ts';

const SIGNALS = [
  { signal: 'SIGINT', exitCode: 130 },
  { signal: 'SIGTERM', exitCode: 143 },
  { signal: 'SIGHUP', exitCode: 143 },
] as const;

const WAYS = [
  { way: 'apply', confirm: [], kept: 'confirmed' },
  { way: 'apply --confirm', confirm: ['--confirm=120s'], kept: 'applied' },
] as const;

/** The first failpoint at which it is too late for a signal to be heard. */
function lastLook(signal: string, confirm: readonly string[]): string {
  return signal === 'SIGHUP' && confirm.length > 0 ? 'journal.mark.armed#1' : 'execute.verified#1';
}

/** The last failpoint behind which it waits for something, and nothing is written yet: who is heard there leaves nothing to take back. */
function lastUnwritten(confirm: readonly string[]): string {
  return confirm.length > 0 ? 'journal.opened#1' : 'writer.locked#1';
}

describe.skipIf(!CAN_BUILD)('a signal at every failpoint', () => {
  const nets = [useNetwork(THREE_WIRES), useNetwork(THREE_WIRES)];

  it.concurrent.for(WAYS.map((way, at) => ({ ...way, at })))('#71 of $way', { timeout: 600_000 }, async ({ confirm, kept, at: which }) => {
    const net = nets[which] ?? nets[0];
    if (net === undefined) throw new TypeError('There is no network');
    const before = await net.snapshot('router');
    const apply = ['apply', ...confirm, ...QUIET, net.profile('small.yaml', SMALL)];
    const points = await pointsOf(net, apply);
    const after = await net.snapshot('router');
    expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
    expect(points).toContain('execute.verified#1');
    const log = `${net.lab.folder}/passed`;
    let runs = 0;
    for (const [place, at] of points.entries()) {
      for (const { signal, exitCode } of LONG ? SIGNALS : [SIGNALS[(place + SEED) % SIGNALS.length] ?? SIGNALS[0]]) {
        const env = { PARP_FAULT: JSON.stringify({ at, act: signal, only: 'apply', log }) };
        const end = await faulty(net, apply, env);
        const passed = takeLog(log);
        const what = `${signal} at ${at}: ${end.stderr}`;
        const isHeard = place < points.indexOf(lastLook(signal, confirm));
        expect(end.exitCode, what).toBe(isHeard ? exitCode : 0);
        expect(differences(isHeard ? before : after, await net.snapshot('router')), what).toEqual([]);
        if (place <= points.indexOf(lastUnwritten(confirm))) expect(passed, what).not.toContain('operation.written#1');
        // Nothing is open; up to the first record there is not even one.
        expect(isHeard ? ['undone', null] : [kept], what).toContain(phaseOf(net));
        if (!isHeard) expect((await net.parp('router', ['rollback'])).exitCode, what).toBe(0);
        runs++;
      }
    }
    await nothingIsLeft(net);
    tally('signals', runs, 0);
  });
});

describe.skipIf(!CAN_BUILD)('signals during a rollback', () => {
  it.each(
    [
      { cause: 'a first signal', first: 'kill -INT $PPID', at: 'operation.written#1', exitCode: 130 },
      { cause: 'what somebody else changed', first: 'ip addr del 10.0.0.1/24 dev eth0', at: 'execute.written', exitCode: 5 },
    ].flatMap((one) => [2, 10].map((times) => ({ ...one, times }))),
  )(
    '#72 $times of them, taken back because of $cause: it goes to its end, and ends with $exitCode',
    async ({ first, at, exitCode, times }) => {
      const net = await buildNetwork(THREE_WIRES);
      onTestFinished(async () => net.lab.destroy());
      const before = await net.snapshot('router');
      const signals = Array.from({ length: times }, (_, number) => `kill -${['INT', 'TERM', 'HUP'][number % 3]} $PPID; sleep 0.001`);
      const faults = [
        { at, act: `run: ${first}` },
        { at: 'undo.written', act: `run: ${signals.join('; ')}` },
      ];
      const env = { PARP_FAULT: JSON.stringify(faults) };
      const end = await net.run('router', [...FAULTY, 'apply', ...QUIET, net.profile('small.yaml', SMALL)], { env });
      expect(end, end.stderr).toMatchObject({ exitCode });
      expect(lastOf(net)?.phase).toBe('undone');
      expect(await changed(net, before)).toEqual([]);
      await nothingIsLeft(net);
      tally('signals', times, 0);
    },
  );
});
