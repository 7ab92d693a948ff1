import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSteps, type Step } from '../../src/cli/progress.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { recordingTerminal } from './recording-terminal.ts';

/** Steps that say how far they are; the last one fails. */
function stepsOf(ran: string[]): readonly Step[] {
  const step = (title: string, later: string, error?: Error): Step => ({
    title,
    run: async (update) => {
      ran.push(title);
      update(later);
      if (error !== undefined) throw error;
    },
  });
  return [step('Probe', 'Probed 2'), step('Write', 'Write 1 of 3', FAULT), step('Verify', 'Verify')];
}

const FAULT = new Error('Device or resource busy');

describe('runSteps()', () => {
  const { isTTY, columns } = process.stderr;

  beforeEach(() => {
    vi.stubEnv('TERM', 'xterm');
    Object.assign(process.stderr, { isTTY: true, columns: 80 });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    Object.assign(process.stderr, { isTTY, columns });
  });

  async function shownBy(terminal: ReturnType<typeof recordingTerminal>): Promise<readonly string[]> {
    const ran: string[] = [];
    const live: Terminal['live'] = (text) => void terminal.err.push(`live: ${text}`);
    await expect(runSteps(stepsOf(ran), { ...terminal, live })).rejects.toBe(FAULT);
    // However they are shown.
    expect(ran).toEqual(['Probe', 'Write']);
    return terminal.err;
  }

  it.each([
    ['-q', { verbosity: -1 }],
    ['--json', { json: true }],
  ])('says nothing with %s', async (_option, globals) => {
    expect(await shownBy(recordingTerminal(globals))).toEqual([]);
  });

  it('writes over one line where a terminal can', async () => {
    const shown = await shownBy(recordingTerminal());
    expect(shown[0]).toBe('live: ⠋ Probe');
    // How often it is drawn depends on the time that passes: test/cli/live-steps.test.ts.
    expect(shown.filter((line) => !line.startsWith('live: '))).toEqual(['✔ Probed 2', '✖ Write 1 of 3']);
  });

  it.each([
    ['no terminal', {}, { isTTY: false }],
    ['a dumb one', { TERM: 'dumb' }, {}],
    ['one of unknown size', {}, { columns: 0 }],
  ])('writes a line as each begins and ends on %s', async (_what, env, stream) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    Object.assign(process.stderr, stream);
    expect(await shownBy(recordingTerminal())).toEqual(['❯ Probe', '✔ Probed 2', '❯ Write', '✖ Write 1 of 3']);
  });

  it('writes such lines where somebody else writes what comes out of a pipe', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parp-progress-'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const pipe = openSync(join(folder, 'pipe'), 'r+');
    const { fd } = process.stdout;
    Object.assign(process.stdout, { fd: pipe });
    try {
      expect(await shownBy(recordingTerminal())).toEqual(['❯ Probe', '✔ Probed 2', '❯ Write', '✖ Write 1 of 3']);
    } finally {
      Object.assign(process.stdout, { fd });
      closeSync(pipe);
      rmSync(folder, { recursive: true });
    }
  });
});
