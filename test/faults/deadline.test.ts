// The promise: a change that nobody confirms in time is gone at its deadline, whatever became of the one who made it, of the clocks, of the
// folder of its records. The boot clock is moved on in the program itself (test/support/fake-clocks.mjs), as waking up from suspension does, so that
// no test waits for a window to pass.
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isUndone, scene, WINDOW_MS } from '../support/confirm-scene.ts';
import { guardOf, lastOf, phaseOf, recordsOf, requireGuard, untilGone, untilPhase, untilStopped } from '../support/confirm-window.ts';
import { FAULTY } from '../support/faults.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { changed, nothingIsLeft } from '../support/stopping.ts';
import { LONG, SEED, tally } from '../support/tally.ts';
import { itInLongRun } from '../support/sampled.ts';

/** From the deadline to the end of the undoing, where nobody stops it; less than what is left then by the kernel’s clock. */
const AT_ONCE_MS = 2000;

const STOPS = [
  'execute.armed',
  'operation.written#2',
  'execute.written',
  'execute.verified',
  'journal.mark.applied',
  'journal.unsynced.applied',
  'journal.marked.applied',
];

describe.skipIf(!CAN_BUILD)('an apply that was stopped', () => {
  it.concurrent.for(LONG ? STOPS : STOPS.filter((_, at) => at % 2 === SEED % 2))(
    '#73 SIGSTOP at %s until behind the deadline: it is killed a second later, and undone',
    async (at, { onTestFinished }) => {
      const on = await scene(onTestFinished);
      const before = await on.net.snapshot('router');
      const child = on.begin({ at, act: 'stop' });
      await untilStopped(child.pid);
      const guard = guardOf(on.net);
      expect(guard, 'the guard that was armed').not.toBeNull();
      await pause(200);
      expect(['armed', 'applied']).toContain(phaseOf(on.net));
      on.clocks.sleep(WINDOW_MS);
      await untilPhase(on.net, 'undone');
      child.kill('SIGCONT');
      expect(await child.end, 'nothing that it could do comes after the undoing').toMatchObject({ signal: 'SIGKILL' });
      await isUndone(on, before);
      tally('races', 1, 0);
    },
  );

  it.concurrent.for(LONG ? STOPS : STOPS.filter((_, at) => at % 2 !== SEED % 2))(
    '#73 SIGSTOP at %s, and SIGCONT right behind the deadline: it notices, and ends with 5',
    async (at, { onTestFinished }) => {
      const on = await scene(onTestFinished);
      const before = await on.net.snapshot('router');
      const child = on.begin({ at, act: 'stop' });
      await untilStopped(child.pid);
      on.clocks.sleep(WINDOW_MS);
      await pause(100);
      child.kill('SIGCONT');
      const end = await child.end;
      expect(end, end.stderr).toMatchObject({ exitCode: 5 });
      await untilPhase(on.net, 'undone');
      await isUndone(on, before);
      tally('races', 1, 0);
    },
  );

  it('#73 SIGSTOP before the guard knows the deadline: nothing is written, neither then nor afterwards', async () => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    const child = on.begin({ at: 'journal.mark.armed', act: 'stop' });
    await untilStopped(child.pid);
    on.clocks.sleep(WINDOW_MS);
    await pause(300);
    expect(await changed(on.net, before)).toEqual([]);
    child.kill('SIGCONT');
    expect(await child.end).toMatchObject({ exitCode: 5 });
    await untilPhase(on.net, 'undone');
    await isUndone(on, before);
  });

  it('#73 SIGSTOP while it announces: on SIGCONT it falls silent, says that it was too late, and ends with 5', async () => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    const child = on.begin(undefined, ['--no-probe']);
    await untilPhase(on.net, 'applied');
    await pause(300);
    child.kill('SIGSTOP');
    await untilStopped(child.pid);
    on.clocks.sleep(WINDOW_MS);
    await untilPhase(on.net, 'undone');
    const frames = await on.net.capture('wire', 'w0', ['arp.opcode'], async () => {
      child.kill('SIGCONT');
      const end = await child.end;
      expect(end, end.stderr).toMatchObject({ exitCode: 5 });
      expect(end.stderr).toContain('taken back');
    });
    expect(frames, 'nothing is announced that the host no longer answers for').toEqual([]);
    await isUndone(on, before);
  });

  itInLongRun('#73 SIGSTOP while it takes back by itself: the guard goes on after half a minute', async () => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    const child = on.begin({ at: 'undo.written', act: 'stop' });
    await untilPhase(on.net, 'armed');
    child.kill('SIGINT');
    await untilStopped(child.pid);
    on.clocks.sleep(WINDOW_MS);
    await untilPhase(on.net, 'undone', 40_000);
    expect(await child.end).toMatchObject({ signal: 'SIGKILL' });
    await isUndone(on, before);
  });
});

describe.skipIf(!CAN_BUILD)('the clocks', () => {
  it('#76 the wall clock jumps by ten years, either way: the deadline does not move', async () => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    await on.apply();
    const deadline = lastOf(on.net)?.deadlineMs;
    for (const years of [10, -10]) {
      on.clocks.setWall(years * 365 * 86_400_000);
      await pause(300);
      expect(phaseOf(on.net)).toBe('applied');
      const asked = on.clocks.now();
      const { pending }: { pending: { left_ms: number } } = JSON.parse((await on.parp('--json', 'status')).stdout);
      expect(pending.left_ms, 'what status says of the time').toBeLessThanOrEqual((deadline ?? 0) - asked + 1);
      expect(pending.left_ms).toBeGreaterThanOrEqual((deadline ?? 0) - on.clocks.now() - 1);
    }
    expect(lastOf(on.net)?.deadlineMs).toBe(deadline);
    on.clocks.sleep((deadline ?? 0) - on.clocks.now() - WINDOW_MS / 2);
    await pause(300);
    expect(phaseOf(on.net), 'half of the time is left').toBe('applied');
    on.clocks.sleep(WINDOW_MS / 2);
    await untilPhase(on.net, 'undone', AT_ONCE_MS);
    await isUndone(on, before);
  });

  it('#77 the boot clock jumps by an hour, as behind a suspension: undone at once, and once', async () => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    await on.apply();
    const guard = guardOf(on.net);
    on.clocks.sleep(3_600_000);
    await untilPhase(on.net, 'undone', AT_ONCE_MS);
    await untilGone(guard);
    expect(await changed(on.net, before)).toEqual([]);
    // Somebody sets the same by hand: nobody is there any more to take it back.
    await on.net.ip('router', 'addr add 10.0.0.1/24 dev eth0', 'neigh add proxy 10.0.0.9 dev eth0');
    on.clocks.sleep(3_600_000);
    await pause(300);
    await nothingIsLeft(on.net);
    expect(await changed(on.net, before), 'what was set by hand').not.toEqual([]);
    await on.net.ip('router', 'neigh del proxy 10.0.0.9 dev eth0', 'addr del 10.0.0.1/24 dev eth0');
    await isUndone(on, before);
  });

  it.skipIf(!existsSync('/proc/self/ns/time'))(
    "#77 a guard whose kernel's own boot clock is far ahead: undone at once, and once",
    async () => {
      const on = await scene();
      const before = await on.net.snapshot('router');
      await on.apply();
      const { transaction } = lastOf(on.net) ?? {};
      process.kill(requireGuard(on.net), 'SIGKILL');
      const ahead = ['unshare', '--time', '--boottime', '86400', ...FAULTY, 'guard', transaction?.id ?? ''];
      const end = await on.net.run('router', ahead);
      expect(end, end.stderr).toMatchObject({ exitCode: 5 });
      await isUndone(on, before);
      expect((await on.net.run('router', ahead)).exitCode, 'once').toBe(0);
    },
  );
});

describe.skipIf(!CAN_BUILD)('a guard that gets signals', () => {
  it('takes the change back at once on SIGTERM, and heeds neither SIGHUP nor SIGINT', async () => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    await on.apply();
    for (const signal of ['SIGHUP', 'SIGINT'] as const) process.kill(requireGuard(on.net), signal);
    await pause(300);
    expect(phaseOf(on.net)).toBe('applied');
    process.kill(requireGuard(on.net), 'SIGTERM');
    await untilPhase(on.net, 'undone', AT_ONCE_MS);
    await isUndone(on, before);
  });

  it('is stopped until behind the deadline: the next command takes the change back, and the guard nothing more', async () => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    await on.apply();
    const guard = requireGuard(on.net);
    process.kill(guard, 'SIGSTOP');
    on.clocks.sleep(WINDOW_MS);
    await pause(300);
    expect(phaseOf(on.net)).toBe('applied');
    const late = await on.parp('confirm');
    expect(late, late.stderr).toMatchObject({ exitCode: 5 });
    expect(phaseOf(on.net)).toBe('undone');
    process.kill(guard, 'SIGCONT');
    await untilGone(guard);
    await isUndone(on, before);
  });
});

describe.skipIf(!CAN_BUILD)('a guard whose records go', () => {
  it.each([
    {
      what: 'the folder is deleted',
      how: (folder: string): void => rmSync(folder, { recursive: true }),
    },
    {
      what: 'a file stands in its place',
      how: (folder: string): void => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
    },
    {
      what: 'the journal is a link to itself',
      how: (folder: string): void => {
        rmSync(`${folder}/journal`);
        symlinkSync('journal', `${folder}/journal`);
      },
    },
  ])('undoes all the same when $what', async ({ how }) => {
    const on = await scene();
    const before = await on.net.snapshot('router');
    await on.apply();
    const guard = guardOf(on.net);
    how(recordsOf(on.net));
    on.clocks.sleep(WINDOW_MS);
    await untilGone(guard);
    expect(await changed(on.net, before)).toEqual([]);
  });
});
