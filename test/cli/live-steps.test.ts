import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runLive } from '../../src/cli/live-steps.ts';
import type { Step } from '../../src/cli/progress.ts';
import { recordingTerminal } from './recording-terminal.ts';

describe('runLive()', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  /** Runs steps; gives all that was shown, the line that is written over marked by `~` in the place of its frame, and what was thrown. */
  async function run(...steps: readonly Step[]): Promise<{ readonly shown: readonly string[]; readonly thrown: unknown }> {
    const shown: string[] = [];
    const terminal = {
      ...recordingTerminal(),
      live: (text: string) => void shown.push(text.replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /, '~ ')),
      note: (text: string) => void shown.push(text),
    };
    let thrown: unknown;
    try {
      await runLive(steps, terminal);
    } catch (error) {
      thrown = error;
    }
    return { shown, thrown };
  }

  const quick = (title: string): Step => ({ title, run: async () => undefined });

  it('shows each step in its turn, on a line that stays when it has ended', async () => {
    const { shown, thrown } = await run(quick('Probe'), quick('Write'), quick('Verify'));
    expect(shown).toEqual(['~ Probe', '✔ Probe', '~ Write', '✔ Write', '~ Verify', '✔ Verify']);
    expect(thrown).toBeUndefined();
  });

  it('shows nothing of a step before the one in front of it has ended', async () => {
    const write: Step = {
      title: 'Write',
      run: async () => {
        await vi.advanceTimersByTimeAsync(250);
      },
    };
    const { shown } = await run(write, quick('Verify'));
    expect(shown).toEqual(['~ Write', '~ Write', '~ Write', '✔ Write', '~ Verify', '✔ Verify']);
  });

  it('turns the frame, though a step says nothing', async () => {
    const frames: string[] = [];
    const step: Step = {
      title: 'Write',
      run: async () => {
        await vi.advanceTimersByTimeAsync(1000);
      },
    };
    await runLive([step], { ...recordingTerminal(), live: (text) => void frames.push(text.slice(0, 1)) });
    expect(frames.join('')).toBe('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏⠋');
  });

  it('ends with the last title, though there was no time to show it', async () => {
    const { shown } = await run({
      title: 'Write',
      run: async (update) => {
        for (const done of [1, 2, 3]) update(`Write ${done} of 3`);
      },
    });
    expect(shown).toEqual(['~ Write', '✔ Write 3 of 3']);
  });

  /** Time that passes while no timer has a turn, as where a step works without a pause. */
  function timeOfWork(): (ms: number) => void {
    let worked = 0;
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + worked);
    return (ms) => {
      worked += ms;
    };
  }

  /** When a step that takes a second, and says so each millisecond, is drawn, in milliseconds. `pass` lets one pass. */
  async function drawnAt(pass: (done: number) => void): Promise<readonly number[]> {
    const begun = performance.now();
    const times: number[] = [];
    const step: Step = {
      title: 'Write',
      run: async (update) => {
        for (let done = 1; done <= 1000; done++) {
          pass(done);
          update(`Write ${done} of 1000`);
        }
      },
    };
    await runLive([step], { ...recordingTerminal(), live: () => void times.push(performance.now() - begun) });
    return times;
  }

  const turn = (): void => void vi.advanceTimersByTime(1);

  it.each([
    ['leaves the clock its turns', () => turn],
    [
      'works without a pause',
      () => {
        const work = timeOfWork();
        return (): void => work(1);
      },
    ],
    [
      'pauses now and then',
      () => {
        const work = timeOfWork();
        return (done: number): void => (done % 150 < 120 ? work(1) : turn());
      },
    ],
  ])('draws a step that %s as often as can be read', async (_what, begin) => {
    const times = await drawnAt(begin());
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(times.length).toBeGreaterThan(4);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
  });

  it('throws what a step threw, behind its last title, and runs none of those that follow', async () => {
    const fault = new Error('Device or resource busy');
    const followed = vi.fn<() => Promise<void>>(async () => undefined);
    const { shown, thrown } = await run(
      quick('Probe'),
      {
        title: 'Write',
        run: async (update) => {
          update('Write 2 of 3');
          throw fault;
        },
      },
      { title: 'Verify', run: followed },
    );
    expect(thrown).toBe(fault);
    expect(shown).toEqual(['~ Probe', '✔ Probe', '~ Write', '✖ Write 2 of 3']);
    expect(followed).not.toHaveBeenCalled();
  });

  it.each([
    ['ended', undefined],
    ['failed', new Error('Device or resource busy')],
  ])('keeps no clock behind a step that %s: it would keep the process', async (_how, fault) => {
    let during = 0;
    await run({
      title: 'Write',
      run: async () => {
        during = vi.getTimerCount();
        if (fault !== undefined) throw fault;
      },
    });
    expect(during).toBeGreaterThan(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
