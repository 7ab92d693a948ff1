import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { commandTree } from '../../src/cli/command-tree.ts';
import { buildProgram, runProgram } from '../../src/cli/program.ts';
import { reportError } from '../../src/cli/report-error.ts';
import { Failure } from '../../src/model/failure.ts';
import { recordingTerminal } from './recording-terminal.ts';

function told(error: unknown, command = 'plan'): { readonly exitCode: number; readonly text: string } {
  const terminal = recordingTerminal();
  const exitCode = reportError(error, command, terminal);
  return { exitCode, text: terminal.err.join('\n') };
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}

describe('reportError()', () => {
  it('tells what a failure itself says to do', () => {
    const { exitCode, text } = told(new Failure('refused', 'capture', 'Cause', { details: ['one'], remedy: 'Its own' }));
    expect({ exitCode, text }).toEqual({ exitCode: 4, text: 'error[capture]: Cause\n  - one\n  help: Its own' });
  });

  it.each([
    ['usage', 'parp help plan'],
    ['unreadable-profile', 'parp init'],
    ['unreadable-plan', 'parp plan FILE --out'],
    ['unreadable-capture', 'parp capture --out'],
    ['unwritable-file', 'you may write to'],
  ])('tells what is usually done about %s', (code, words) => {
    expect(told(new Failure('invalid', code, 'Cause')).text).toMatch(new RegExp(`^error\\[${code}\\]: Cause\n  help: .*${words}`));
  });

  it('does not look for another file where this one may only not be read', () => {
    const { text } = told(new Failure('invalid', 'unreadable-capture', 'Read state.json: Permission denied (EACCES)'));
    expect(text).toContain('help: It is there, but not for you to read');
  });

  it('tells what a system call was about, and what the system answered', () => {
    const { exitCode, text } = told(thrownBy(() => readFileSync('/nowhere/file')));
    expect({ exitCode, text }).toEqual({ exitCode: 1, text: 'error[ENOENT]: Open /nowhere/file: No such file or directory (ENOENT)' });
  });

  it('tells what to do without /proc', () => {
    expect(told(thrownBy(() => readFileSync('/proc/nowhere'))).text).toContain('help: parp reads the kernel by /proc');
  });
});

describe('wrong usage', () => {
  const names = commandTree(buildProgram(() => undefined)).commands.map(({ name }) => name);
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([...names.map((name) => [name]), []])('of %s leads to its help', async (...words) => {
    let text = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      text += String(chunk);
      return true;
    });
    expect(await runProgram([...words, '--no-such-option'])).toBe(3);
    expect(text).toMatch(/^error\[usage\]: /);
    expect(
      text.endsWith(
        `  help: ${words.length === 0 ? 'See what there is with: parp help' : `See how it is used with: parp help ${words[0]}`}\n`,
      ),
      text,
    ).toBe(true);
  });
});
