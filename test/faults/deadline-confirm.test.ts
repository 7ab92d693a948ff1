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
/** More are tried where the machine is so busy that confirm, or the guard, has won no more than so many by then. */
const TO_WIN = TRIALS / 10;
const MOST_TRIALS = 10 * TRIALS;
/** How far the start of confirm is moved at least from one trial to the next: less than it varies by itself. */
const LEAST_STEP_MS = 2;

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
    const won: Won = { kept: 0, undone: 0 };
    await Promise.all(nets.map(async (net) => race(sceneIn(net), won)));
    const { kept, undone } = won;
    expect(kept + undone).toBeGreaterThanOrEqual(TRIALS);
    expect(Math.min(kept, undone), `${kept} were kept, ${undone} undone: the race is none`).toBeGreaterThan(TO_WIN);
    tally('races', kept + undone, 0);
  });

  /** How often which of them won, on all networks. */
  interface Won {
    kept: number;
    undone: number;
  }

  function isEnough({ kept, undone }: Won): boolean {
    return kept + undone >= MOST_TRIALS || (kept + undone >= TRIALS && Math.min(kept, undone) > TO_WIN);
  }

  async function timeOfConfirm(on: Scene): Promise<number> {
    await on.apply();
    const since = performance.now();
    expect((await on.parp('confirm')).exitCode).toBe(0);
    const time = performance.now() - since;
    expect((await on.parp('rollback')).exitCode).toBe(0);
    return time;
  }

  /**
   * Confirms around the deadline, again and again: later behind one that was kept, earlier behind one that was not. How much doubles while it
   * ends as before and halves when it does not, so that a first measurement that is far off costs a few trials, not all of them.
   */
  async function race(on: Scene, won: Won): Promise<void> {
    const before = await on.net.snapshot('router');
    // How long before the deadline confirm is started: about as long as it needs to look at the clock.
    let leadMs = await timeOfConfirm(on);
    let stepMs = leadMs / 8;
    let last: boolean | undefined;
    while (!isEnough(won)) {
      await on.apply();
      const { transaction, deadlineMs } = lastOf(on.net) ?? {};
      const guard = guardOf(on.net);
      on.clocks.sleep(Math.max(0, (deadlineMs ?? 0) - on.clocks.now() - Math.round(leadMs)));
      const { exitCode, stderr } = await on.parp('confirm');
      await untilGone(guard);
      const { phase } = lastOf(on.net) ?? {};
      const now = differences(before, await on.net.snapshot('router'));
      expect(lastOf(on.net)?.transaction.id).toBe(transaction?.id);
      expect(
        { exitCode, phase, isAsBefore: now.length === 0 },
        `confirmed ${Math.round(leadMs)} ms before it: ${stderr} ${now.join('\n')}`,
      ).toEqual(
        exitCode === 0 ? { exitCode: 0, phase: 'confirmed', isAsBefore: false } : { exitCode: 5, phase: 'undone', isAsBefore: true },
      );
      const isKept = exitCode === 0;
      if (isKept) {
        won.kept++;
        expect((await on.parp('rollback')).exitCode).toBe(0);
      } else won.undone++;
      if (last !== undefined) stepMs = isKept === last ? 2 * stepMs : Math.max(LEAST_STEP_MS, stepMs / 2);
      last = isKept;
      leadMs = Math.max(0, leadMs + (isKept ? -stepMs : stepMs));
    }
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
