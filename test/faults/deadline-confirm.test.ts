// The promise: whoever confirms at the deadline either keeps the change and hears 0, or hears that it is gone, and it is. Whether confirm or the guard
// comes first is decided by the lock, and, for whoever has that, by one look at the boot clock right before the record.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { isUndone, scene, sceneIn, WINDOW_MS, type Scene } from '../support/confirm-scene.ts';
import { guardOf, lastOf, phaseOf, requireGuard, untilGone, untilPhase } from '../support/confirm-window.ts';
import { faultEnv } from '../support/faults.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { changed, THREE_WIRES } from '../support/stopping.ts';
import { LONG, tally } from '../support/tally.ts';

/** Trials, and over how many networks at once. */
const TRIALS = LONG ? 1000 : 20;
const NETWORKS = LONG ? 4 : 2;

describe.skipIf(!CAN_BUILD)('the deadline in the middle of a confirm', () => {
  it.each([
    { at: 'writer.locked', exitCode: 5, outcome: 'undone', who: 'confirm takes it back by itself' },
    { at: 'confirm.verified', exitCode: 5, outcome: 'undone', who: 'its guard takes it back' },
    { at: 'journal.mark.confirmed', exitCode: 0, outcome: 'confirmed', who: 'the last look was in time' },
  ] as const)('#79 it passes at $at: $exitCode, $who', async ({ at, exitCode, outcome }) => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    await on.apply();
    const applied = await on.net.snapshot('router');
    const guard = guardOf(on.net);
    const fault = faultEnv({ at, act: `run: ${on.clocks.sleepCommand(WINDOW_MS)}`, only: 'confirm' });
    const end = await on.net.run('router', [...on.clocks.argv, 'confirm'], { env: fault });
    expect(end, end.stderr).toMatchObject({ exitCode });
    await untilGone(guard);
    expect(phaseOf(on.net)).toBe(outcome);
    expect(await changed(on.net, outcome === 'undone' ? before : applied)).toEqual([]);
    tally('races', 1, 0);
  });
});

describe.skipIf(!CAN_BUILD)('a decision right before the guard takes the lock', () => {
  it.each([
    { command: 'confirm', due: 'told to', outcome: 'confirmed' },
    { command: 'rollback', due: 'told to', outcome: 'undone' },
    { command: 'confirm', due: 'at its deadline', outcome: 'undone' },
  ] as const)('#79 $command while the guard is $due: it is $outcome, and the guard does nothing', async ({ command, due, outcome }) => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    const decide = `PARP_STATE_DIR=${on.net.lab.stateDir} ${[...on.clocks.argv, command].join(' ')}`;
    const end = await on.begin({ at: 'guard.due', act: `run: ${decide}`, only: 'guard' }).end;
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    const applied = await on.net.snapshot('router');
    const guard = requireGuard(on.net);
    if (due === 'told to') process.kill(guard, 'SIGTERM');
    else on.clocks.sleep(WINDOW_MS);
    await untilGone(guard);
    expect(phaseOf(on.net)).toBe(outcome);
    expect(await changed(on.net, outcome === 'undone' ? before : applied)).toEqual([]);
    tally('races', 1, 0);
  });
});

describe.skipIf(!CAN_BUILD)('confirm at the deadline', () => {
  const nets = Array.from({ length: NETWORKS }, () => useNetwork(THREE_WIRES));

  it.concurrent('#79 exactly one wins, and the exit code tells which', { timeout: 3_600_000 }, async () => {
    const won = await Promise.all(nets.map(async (net) => race(sceneIn(net), TRIALS / NETWORKS)));
    const [kept, undone] = [won.reduce((sum, one) => sum + one.kept, 0), won.reduce((sum, one) => sum + one.undone, 0)];
    expect(kept + undone).toBe(TRIALS);
    expect(Math.min(kept, undone), `${kept} were kept, ${undone} undone: the race is none`).toBeGreaterThan(TRIALS / 10);
    tally('races', TRIALS, 0);
  });

  async function timeOfConfirm(on: Scene): Promise<number> {
    await on.apply();
    const since = performance.now();
    expect((await on.parp('confirm')).exitCode).toBe(0);
    const time = performance.now() - since;
    expect((await on.parp('rollback')).exitCode).toBe(0);
    return time;
  }

  /** Confirms at the deadline, again and again; the later it comes, the closer before it the next one. */
  async function race(on: Scene, trials: number): Promise<{ kept: number; undone: number }> {
    const count = { kept: 0, undone: 0 };
    const before = await on.net.snapshot('router');
    // How long before the deadline confirm is started: about as long as it needs to look at the clock.
    let leadMs = await timeOfConfirm(on);
    for (let trial = 0; trial < trials; trial++) {
      await on.apply();
      const { transaction, deadlineMs } = lastOf(on.net) ?? {};
      const guard = guardOf(on.net);
      on.clocks.sleep((deadlineMs ?? 0) - on.clocks.now() - Math.round(leadMs));
      const { exitCode, stderr } = await on.parp('confirm');
      await untilGone(guard);
      const { phase } = lastOf(on.net) ?? {};
      const now = differences(before, await on.net.snapshot('router'));
      expect(lastOf(on.net)?.transaction.id).toBe(transaction?.id);
      expect({ exitCode, phase, isAsBefore: now.length === 0 }, `trial ${trial}: ${stderr} ${now.join('\n')}`).toEqual(
        exitCode === 0 ? { exitCode: 0, phase: 'confirmed', isAsBefore: false } : { exitCode: 5, phase: 'undone', isAsBefore: true },
      );
      if (exitCode === 0) {
        count.kept++;
        expect((await on.parp('rollback')).exitCode).toBe(0);
      } else count.undone++;
      leadMs *= exitCode === 0 ? 0.9 : 1.1;
    }
    return count;
  }

  it.concurrent('#76 the window as it is, by the clocks as they are: neither early nor late', async ({ onTestFinished }) => {
    const on = await scene(onTestFinished);
    const before = await on.net.snapshot('router');
    await on.apply();
    const { deadlineMs } = lastOf(on.net) ?? {};
    while (phaseOf(on.net) === 'applied') await pause(5);
    const late = on.clocks.now() - (deadlineMs ?? 0);
    expect(late).toBeGreaterThanOrEqual(0);
    await untilPhase(on.net, 'undone');
    expect(on.clocks.now() - (deadlineMs ?? 0)).toBeLessThan(2000);
    await isUndone(on, before);
  });
});
