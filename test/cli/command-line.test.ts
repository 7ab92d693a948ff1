import { afterEach, describe, expect, it } from 'vitest';
import { commandLine, commandWords, ENTERED, fileWords } from '../../src/cli/command-line.ts';

const here = { stateDir: undefined, engine: 'netlink' } as const;
const VARIABLES = [ENTERED, 'SUDO_UID', 'PARP_STATE_DIR'];

describe('commandLine()', () => {
  afterEach(() => {
    for (const name of VARIABLES) delete process.env[name];
  });

  it.each([
    [['plan', 'office.yaml'], 'parp plan office.yaml'],
    [['apply', "it's here.yaml"], `sudo parp apply 'it'\\''s here.yaml'`],
    [['status'], 'sudo parp status'],
  ])('of %j asks for sudo where that takes it, and quotes for a shell', (words, line) => {
    expect(commandLine(words, here, false)).toBe(line);
    expect(commandLine(words, here, true)).toBe(line.replace('sudo ', ''));
  });

  it('stays in the namespace that --netns named, which takes root to enter, and with the records', () => {
    process.env[ENTERED] = 'blue';
    expect(commandLine(['plan', 'a.yaml'], { ...here, stateDir: '/run/my records' }, false)).toBe(
      "sudo parp --netns blue --state-dir '/run/my records' plan a.yaml",
    );
  });

  it.skipIf(process.getuid?.() !== 0)('asks for sudo again of whoever came by it', () => {
    process.env['SUDO_UID'] = '1000';
    expect(commandLine(['confirm'], here)).toBe('sudo parp confirm');
    process.env['SUDO_UID'] = '0';
    expect(commandLine(['confirm'], here)).toBe('parp confirm');
  });

  it('names the records that sudo would lose, and the engine', () => {
    process.env['PARP_STATE_DIR'] = '/run/mine';
    expect(commandLine(['confirm'], { ...here, engine: 'iproute2' }, false)).toBe(
      'sudo parp --state-dir /run/mine --engine iproute2 confirm',
    );
    expect(commandLine(['confirm'], here, true)).toBe('parp confirm');
  });
});

describe('commandWords()', () => {
  afterEach(() => {
    for (const name of VARIABLES) delete process.env[name];
  });

  it('names the same place, and leaves sudo to the reader', () => {
    process.env[ENTERED] = 'blue';
    expect(commandWords(['rollback'], { ...here, stateDir: '/run/mine' })).toBe('parp --netns blue --state-dir /run/mine rollback');
  });
});

describe('fileWords()', () => {
  it('takes no name for an option', () => {
    expect(fileWords(['-v.yaml', 'a.yaml', '-'])).toEqual(['./-v.yaml', 'a.yaml', '-']);
  });
});
