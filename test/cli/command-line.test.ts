import { afterEach, describe, expect, it } from 'vitest';
import { commandLine, ENTERED, fileWords } from '../../src/cli/command-line.ts';

const here = { stateDir: undefined };

describe('commandLine()', () => {
  afterEach(() => {
    delete process.env[ENTERED];
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
    expect(commandLine(['plan', 'a.yaml'], { stateDir: '/run/my records' }, false)).toBe(
      "sudo parp --netns blue --state-dir '/run/my records' plan a.yaml",
    );
  });
});

describe('fileWords()', () => {
  it('takes no name for an option', () => {
    expect(fileWords(['-v.yaml', 'a.yaml', '-'])).toEqual(['./-v.yaml', 'a.yaml', '-']);
  });
});
