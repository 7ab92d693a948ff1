import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTerminal, type Terminal } from '../../src/cli/terminal.ts';

const GLOBALS = { json: false, stateDir: undefined, engine: 'netlink', color: true, verbosity: 0 } as const;

/** What a terminal of that width shows of what is written to it: a carriage return goes back, letters take the place of others. */
function screenOf(columns: number) {
  const lines = [''];
  let column = 0;
  return {
    lines,
    write: (text: string): void => {
      for (const character of text) {
        const line = lines.at(-1) ?? '';
        if (character === '\n') {
          lines.push('');
          column = 0;
        } else if (character === '\r') column = 0;
        else {
          if (column === columns) throw new Error(`It wraps: ${JSON.stringify(text)}`);
          lines[lines.length - 1] = line.slice(0, column).padEnd(column) + character + line.slice(column + 1);
          column++;
        }
      }
    },
  };
}

describe('Terminal.live()', () => {
  const COLUMNS = 30;
  const { isTTY, columns } = process.stderr;
  let screen = screenOf(COLUMNS);
  let terminal: Terminal;
  const shown = (): string[] => screen.lines.map((line) => line.trimEnd());

  beforeEach(() => {
    screen = screenOf(COLUMNS);
    terminal = createTerminal(GLOBALS);
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv('NO_COLOR', '1');
    vi.stubEnv('LC_ALL', 'C.UTF-8');
    Object.assign(process.stderr, { isTTY: true, columns: COLUMNS });
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      screen.write(String(chunk));
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    Object.assign(process.stderr, { isTTY, columns });
  });

  it('takes the place of the line before, whatever their lengths', () => {
    for (const text of ['Write 10 of 10', 'Write', 'Verify 12 settings of this very host', 'Done']) terminal.live(text);
    expect(shown()).toEqual(['Done']);
  });

  it('never comes to the last column', () => {
    terminal.live('x'.repeat(200));
    expect(shown()).toEqual(['x'.repeat(COLUMNS - 1)]);
    terminal.live('漢'.repeat(200));
    expect(shown()[0]?.replace(/x*$/, '').trimEnd()).toBe('漢'.repeat((COLUMNS - 2) / 2));
  });

  it('leaves nothing behind where something else is said', () => {
    terminal.live('Announce: 10 of 30 frames');
    terminal.note('Notice: one');
    terminal.live('Announce');
    terminal.error('two');
    expect(shown()).toEqual(['Notice: one', 'two', '']);
  });

  it('is in ASCII where the locale has no more', () => {
    vi.stubEnv('LC_ALL', 'C');
    terminal.live('⠋ a → b');
    expect(shown()).toEqual(['| a -> b']);
  });

  it.each([
    ['a dumb one', { TERM: 'dumb' }, {}],
    ['one of unknown size', {}, { columns: 0 }],
    ['none', {}, { isTTY: false }],
  ])('shows nothing on %s', (_what, env, stream) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    Object.assign(process.stderr, stream);
    terminal.live('Write');
    expect(shown()).toEqual(['']);
  });
});
